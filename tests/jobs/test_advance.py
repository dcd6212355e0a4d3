"""Playing the sandbox's time: what falls due on the way happens at its moment, in order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.billing.models import Attempt
from app.billing.rules import AttemptStatus
from app.core.clock import MovableClock, put_clock
from app.core.outbox import Letter
from app.core.refusals import Refused
from app.fulfilment.models import Batch, Box
from app.fulfilment.rules import BoxStatus
from app.jobs.advance import ClockRefusal, advance_to, clock_now, put
from tests.conftest import START
from tests.jobs.shop_with_stand_in import ACTOR, BROKE


@pytest.fixture
def played(shop_of):
    """A shop with two subscribers, on a clock that can be played."""
    tools = shop_of.tools
    shop_of.tools = replace(tools, units=replace(tools.units, clock=MovableClock()))
    with shop_of.tools.units(ACTOR) as work:
        put_clock(work.session, START)
    shop_of.subscribe("Ada")
    shop_of.subscribe("Dev", BROKE)
    return shop_of


def statuses(shop) -> list[str]:
    boxes = sorted(shop.rows(Box), key=lambda box: (box.ships_on, box.number))
    return [box.status.value for box in boxes if box.status is not BoxStatus.PLANNED]


def test_each_batch_locks_at_its_own_moment_and_is_charged_then(played) -> None:
    advance_to(played.tools, START + timedelta(days=21))
    closed = [batch for batch in played.rows(Batch) if batch.composed_at]
    assert len(closed) == 3
    assert [batch.locked_at for batch in closed] == [batch.locks_at for batch in closed]
    assert statuses(played).count("released") == 3
    assert clock_now(played.tools) == START + timedelta(days=21)


def test_a_declined_charge_is_tried_again_one_and_three_days_later(played) -> None:
    advance_to(played.tools, START + timedelta(days=10))
    tries = [each for each in played.rows(Attempt) if each.status is AttemptStatus.FAILED]
    first, *later = sorted(each.begun_at for each in tries)
    assert [moment - first for moment in later] == [timedelta(days=1), timedelta(days=3)]


def test_all_letters_that_were_promised_went_out(played) -> None:
    advance_to(played.tools, START + timedelta(days=14))
    assert [letter.kind for letter in played.rows(Letter) if letter.sent_at is None] == []


def test_playing_to_the_same_moment_again_changes_nothing(played) -> None:
    target = START + timedelta(days=10)
    advance_to(played.tools, target)
    before = (statuses(played), len(played.rows(Letter)))
    assert advance_to(played.tools, target).moments == 0
    assert (statuses(played), len(played.rows(Letter))) == before


def test_the_payment_provider_lives_in_the_same_time(played, provider) -> None:
    target = START + timedelta(days=10)
    advance_to(played.tools, target)
    assert provider.book.now() == int(target.timestamp())


def test_the_report_names_every_moment_on_the_way(played) -> None:
    seen: list[datetime] = []
    outcome = advance_to(played.tools, START + timedelta(days=10), seen.append)
    assert seen == sorted(seen)
    assert len(seen) == outcome.moments > 0


def test_time_never_goes_back(played) -> None:
    for move in (put, advance_to):
        with pytest.raises(Refused) as refused:
            move(played.tools, START - timedelta(seconds=1))
        assert refused.value.refusal is ClockRefusal.BACKWARDS


def test_a_live_shop_has_no_clock_to_move(played) -> None:
    settings = played.tools.settings.model_copy(update={"mode": "live"})
    live = replace(played.tools, settings=settings)
    with pytest.raises(Refused) as refused:
        advance_to(live, datetime(2030, 1, 1, tzinfo=UTC))
    assert refused.value.refusal is ClockRefusal.NOT_HERE

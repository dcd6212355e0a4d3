"""Pauses, closed days and boxes that were called off, where they meet."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.core.refusals import Refused
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxRefusal, BoxStatus
from app.fulfilment.services.close_day import close_day
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.lock_batch import lock_batch
from app.fulfilment.services.pause_subscription import pause_subscription, resume_subscription
from app.fulfilment.services.plan_cycles import plan_cycles
from app.fulfilment.services.refund_box import cancel_box
from app.subscriptions.rules import Start
from tests.cast import add_plan, stock_shelf, subscribe

FIRST = date(2027, 1, 13)
LOCK = datetime(2027, 1, 11, 7, tzinfo=UTC)


@pytest.fixture
def ada(units, actor):
    with units(actor) as work:
        stock_shelf(work)
        return subscribe(work, "Ada", add_plan(work))


def boxes(units, actor, subscription) -> list[Box]:
    with units(actor) as work:
        query = select(Box).where(Box.subscription_id == subscription.id).order_by(Box.cycle)
        return list(work.session.scalars(query))


def statuses(units, actor, subscription) -> dict[date, BoxStatus]:
    return {box.ships_on: box.status for box in boxes(units, actor, subscription)}


def test_a_day_closed_during_a_pause_stays_closed_after_it(units, actor, clock, ada):
    closed = date(2027, 2, 10)
    with units(actor) as work:
        pause_subscription(work, ada.subscriber_id, ada.id)
        close_day(work, closed, None, "holiday")
    clock.move_to(datetime(2027, 1, 20, 15, tzinfo=UTC))
    with units(actor) as work:
        assert plan_cycles(work) > 0
    with units(actor) as work:
        resume_subscription(work, ada.subscriber_id, ada.id)
    found = statuses(units, actor, ada)
    assert found[closed] is BoxStatus.CANCELLED
    assert found[date(2027, 2, 3)] is BoxStatus.PLANNED


def test_a_box_past_its_cut_off_ships_though_its_owner_pauses_before_the_lock(
    units, actor, clock, ada
):
    clock.move_to(datetime(2027, 1, 11, 5, 30, tzinfo=UTC))
    with units(actor) as work:
        pause_subscription(work, ada.subscriber_id, ada.id)
    first = boxes(units, actor, ada)[0]
    clock.move_to(LOCK)
    with units(actor) as work:
        assert lock_batch(work, first.batch_id)
    with units(actor) as work:
        compose_batch(work, first.batch_id)
    found = statuses(units, actor, ada)
    assert found[FIRST] is BoxStatus.COMPOSED
    assert found[date(2027, 1, 20)] is BoxStatus.PAUSED


def test_a_moved_box_keeps_its_new_day_through_a_pause(units, actor, ada):
    with units(actor) as work:
        pause_subscription(work, ada.subscriber_id, ada.id)
        assert close_day(work, FIRST, date(2027, 1, 15), "storm") == 1
        resume_subscription(work, ada.subscriber_id, ada.id)
    moved = boxes(units, actor, ada)[0]
    assert (moved.ships_on, moved.status) == (date(2027, 1, 15), BoxStatus.PLANNED)
    assert moved.cutoff_at == datetime(2027, 1, 13, 4, 59, 59, tzinfo=UTC)


def test_a_moved_welcome_box_keeps_its_short_cut_off(units, actor):
    with units(actor) as work:
        plan = add_plan(work, start=Start.AT_ONCE)
        ben = subscribe(work, "Ben", plan)
        assert close_day(work, date(2027, 1, 5), date(2027, 1, 7), "storm") == 1
    welcome = boxes(units, actor, ben)[0]
    assert welcome.cutoff_at == datetime(2027, 1, 7, 4, 59, 59, tzinfo=UTC)


def test_what_has_ended_cannot_be_called_back(units, actor, clock, ada):
    clock.move_to(LOCK)
    first = boxes(units, actor, ada)[0]
    with units(actor) as work:
        lock_batch(work, first.batch_id)
    with units(actor) as work:
        compose_batch(work, first.batch_id)
    # The next batch gives the unpaid box up.
    clock.move_to(datetime(2027, 1, 18, 7, tzinfo=UTC))
    with units(actor) as work:
        lock_batch(work, boxes(units, actor, ada)[1].batch_id)
    assert statuses(units, actor, ada)[FIRST] is BoxStatus.VOIDED
    with units(actor) as work, pytest.raises(Refused) as refused:
        cancel_box(work, first.id, "staff")
    assert refused.value.refusal is BoxRefusal.ENDED
    with units(actor) as work:
        second = boxes(units, actor, ada)[1]
        assert cancel_box(work, second.id, "staff").status is BoxStatus.CANCELLED
        assert cancel_box(work, second.id, "staff").status is BoxStatus.CANCELLED

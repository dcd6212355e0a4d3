"""What another stock would do to a batch: said beforehand, and nothing is changed."""

import pytest
from sqlalchemy import func, select

from app.catalog.models import Stock, StockCount
from app.core.refusals import Refused
from app.fulfilment.models import Box, ComposeRun
from app.fulfilment.queries import batch_of
from app.fulfilment.rules import BatchRefusal, BatchStatus
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.lock_batch import freeze_batch
from app.fulfilment.services.what_if import what_if
from app.fulfilment.stock_change import changed_stock
from app.personalization.rules import QuizAnswers
from app.personalization.services.answer_quiz import answer_quiz
from tests import cast

LIGHT = QuizAnswers("Light", "Floral", "Weak", ("Pour over",), ("No - just black",))


@pytest.fixture
def batch_id(units, actor):
    """Five people who like light roasts, and a shelf with three bags of each coffee."""
    with units(actor) as work:
        shelf = tuple(cast.Coffee(**{**vars(each), "stock": 3}) for each in cast.SHELF)
        cast.stock_shelf(work, shelf)
        plan = cast.add_plan(work)
        people = [
            cast.subscribe(work, name, plan).subscriber_id
            for name in ("Ada", "Ben", "Cleo", "Dev", "Eve")
        ]
        for person_id in people:
            answer_quiz(work, person_id, LIGHT)
        return work.session.scalars(
            select(Box.batch_id).where(Box.subscriber_id == people[0]).order_by(Box.ships_on)
        ).first()


def asked(units, actor, batch_id, **changes):
    with units.rehearse(actor) as work:
        return what_if(work, batch_id, {f"{code}-250": text for code, text in changes.items()})


def test_less_of_a_liked_coffee_costs_points_and_names_who_loses(units, actor, batch_id):
    found = asked(units, actor, batch_id, ethiopia="=0")
    first = found.skus[0]
    assert (first.code, first.free, first.units) == ("ethiopia-250", (3, 0), (3, 0))
    assert found.share < 0 and found.worse >= 1 and len(found.losers) == found.worse
    assert found.losers[0].satisfaction[1] < found.losers[0].satisfaction[0]
    assert found.losers[0].name and found.least[1] <= found.least[0]
    assert found.boxes == found.of == 5


def test_the_price_of_one_more_bag_is_what_one_more_bag_brings(units, actor, batch_id):
    found = asked(units, actor, batch_id, ethiopia="+1")
    promised = found.skus[0].worth[0]
    gained = found.value[1] - found.value[0]
    assert promised > 0 and gained == pytest.approx(promised, rel=0.35)


def test_nothing_is_changed(units, actor, batch_id):
    asked(units, actor, batch_id, kenya="+500", brazil="=0")
    with units(actor) as work:
        assert batch_of(work.session, batch_id).status is BatchStatus.PLANNED
        assert set(work.session.scalars(select(Stock.on_hand))) == {3}
        assert work.session.scalar(select(func.count()).select_from(ComposeRun)) == 0
        assert set(work.session.scalars(select(StockCount.quantity))) == {3}


def test_what_makes_no_sense_is_refused(units, actor, batch_id):
    with pytest.raises(Refused) as said:
        asked(units, actor, batch_id, kenya="plenty")
    assert said.value.refusal is BatchRefusal.BAD_CHANGE and said.value.field == "change"
    with units(actor) as work:
        freeze_batch(work, batch_of(work.session, batch_id, lock=True))
        compose_batch(work, batch_id)
    with pytest.raises(Refused) as said:
        asked(units, actor, batch_id, kenya="-20%")
    assert said.value.refusal is BatchRefusal.COMPOSED


@pytest.mark.parametrize(
    ("typed", "then"),
    [
        ("-20%", 40),
        (" -20 % ", 40),
        ("−20％", 40),
        ("+240", 290),
        ("=0", 0),
        ("75", 75),
        ("-500", 0),
        ("=20%", None),
        ("", None),
        ("-", None),
        ("many", None),
        ("+1e9", None),
    ],
)
def test_a_change_is_read_as_people_write_it(typed, then):
    assert changed_stock(50, typed) == then

"""What a box lost through scarcity is stored, and who got little comes first next time."""

import pytest
from sqlalchemy import select

from app.catalog.models import Sku
from app.catalog.rules import Roast
from app.catalog.services.move_stock import count_stock
from app.fulfilment.models import Batch, Box, BoxComposition, BoxLine
from app.fulfilment.requests import past_satisfactions
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.lock_batch import lock_batch
from app.fulfilment.services.rehearse_batch import rehearse_batch
from app.fulfilment.services.release_box import release_box
from app.personalization.rules import QuizAnswers
from app.personalization.services.answer_quiz import answer_quiz
from tests.cast import Coffee, add_plan, stock_shelf, subscribe

SHELF = (
    Coffee("dark", Roast.DARK, stock=1, notes=("smoke",), acidity=2, body=9),
    Coffee("light", Roast.LIGHT, stock=50, notes=("jasmine",), acidity=9, body=2),
)


@pytest.fixture
def pair(units, actor):
    """Ada and Ben, who love the same dark coffee, of which there is one bag a week."""
    with units(actor) as work:
        stock_shelf(work, SHELF)
        plan = add_plan(work, no_repeat=0)
        found = [subscribe(work, name, plan, size=1) for name in ("Ada", "Ben")]
        for each in found:
            answer_quiz(work, each.subscriber_id, QuizAnswers(roast="Dark", style="Bold"))
    return found


def compose_next(units, actor, clock):
    """Compose the next batch; return what stands by subscription: its SKU and how it came out."""
    with units(actor) as work:
        query = select(Batch).where(Batch.composed_at.is_(None)).order_by(Batch.locks_at)
        batch = work.session.scalars(query).first()
    clock.move_to(batch.locks_at)
    with units.rehearse(actor) as work:
        dry = rehearse_batch(work, batch.id).composed.outcome_sha
    with units(actor) as work:
        lock_batch(work, batch.id)
        assert compose_batch(work, batch.id).outcome_sha == dry
        for invoice_id in work.session.scalars(
            select(Box.invoice_id).where(Box.batch_id == batch.id)
        ):
            release_box(work, invoice_id)
        rows = work.session.execute(
            select(Box, Sku.code, BoxComposition)
            .join(BoxLine, BoxLine.box_id == Box.id)
            .join(Sku, Sku.id == BoxLine.sku_id)
            .join(BoxComposition, BoxComposition.box_id == Box.id)
            .where(Box.batch_id == batch.id)
        )
        return {box.subscription_id: (code, judged) for box, code, judged in rows}


def test_who_missed_the_favourite_comes_first_next_time(units, actor, clock, pair):
    first = compose_next(units, actor, clock)
    with units(actor) as work:
        dark = work.session.scalar(select(Sku).where(Sku.code == "dark-250"))
        count_stock(work, dark.id, 1, "delivery", "second dark")
    second = compose_next(units, actor, clock)
    unlucky = next(key for key, (code, _) in first.items() if code == "light-250")
    lucky = next(key for key, (code, _) in first.items() if code == "dark-250")
    assert first[lucky][1].satisfaction == 1.0
    assert first[lucky][1].missed_skus == []
    judged = first[unlucky][1]
    assert judged.missed_skus == [{"sku": str(dark.id), "units": 1}]
    assert judged.satisfaction == pytest.approx(judged.value / judged.ideal_value)
    assert 0 < judged.satisfaction < 1
    assert second[unlucky][0] == "dark-250"
    assert second[unlucky][1].credit > second[lucky][1].credit


def test_only_earlier_boxes_are_remembered_the_newest_first(units, actor, clock, pair):
    first = compose_next(units, actor, clock)
    second = compose_next(units, actor, clock)
    with units(actor) as work:
        boxes = work.session.scalars(select(Box).where(Box.cycle == 3)).all()
        past = past_satisfactions(work.session, boxes)
        assert past_satisfactions(work.session, []) == {}
    for subscription in pair:
        had = [each[subscription.id][1].satisfaction for each in (second, first)]
        assert past[subscription.id] == tuple(had)

"""Every line says why it is there; tastes can be switched off; what is nearly gone has a price."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from app.core.refusals import Refused
from app.fulfilment.models import Box, BoxComposition, BoxLine, ComposeRun, Parcel
from app.fulfilment.rules import BoxRefusal
from app.fulfilment.services.choose_lines import pin_product, swap_product
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.forget_own_taste import forget_own_taste
from app.fulfilment.services.lock_batch import lock_batch
from app.fulfilment.services.propose_box import propose_box
from app.fulfilment.services.record_tracking import record_tracking
from app.fulfilment.services.release_box import release_box
from app.fulfilment.services.skip_box import skip_box, unskip_box
from app.fulfilment.shelf_queries import missed_of
from app.fulfilment.tracking_rules import TrackingRow
from app.personalization.queries import diary_of, own_ratings, profiles, ratings
from app.personalization.rules import LineSource, QuizAnswers, Rating, RatingReason
from app.personalization.services.answer_quiz import answer_quiz
from app.personalization.services.personal_taste import switch_taste
from app.personalization.services.rate_product import rate_product, take_rating_back
from tests.cast import add_plan, stock_shelf, subscribe

LOCK = datetime(2027, 1, 11, 7, 0, tzinfo=UTC)
DARK = QuizAnswers(
    roast="Dark", style="Bold", additions=("Milk, dairy alternative, or coffee creamer",)
)


@pytest.fixture
def shelf(units, actor):
    with units(actor) as work:
        return stock_shelf(work)


@pytest.fixture
def ada(units, actor, shelf):
    """Ada likes dark coffees; her first box ships on Wednesday 13 January 2027."""
    with units(actor) as work:
        subscription = subscribe(work, "Ada", add_plan(work))
        answer_quiz(work, subscription.subscriber_id, DARK)
        return subscription


def first_box(work, subscription):
    query = select(Box).where(Box.subscription_id == subscription.id).order_by(Box.cycle)
    return work.session.scalars(query).first()


def compose_first(units, actor, clock, subscription):
    clock.move_to(LOCK)
    with units(actor) as work:
        batch_id = first_box(work, subscription).batch_id
        assert lock_batch(work, batch_id)
    with units(actor) as work:
        compose_batch(work, batch_id)


def kinds(work, subscription):
    return [line.kind for line in diary_of(work.session, subscription.subscriber_id)]


def lines_of(work, subscription):
    box = first_box(work, subscription)
    return work.session.scalars(select(BoxLine).where(BoxLine.box_id == box.id)).all()


def test_every_composed_line_is_stored_with_its_reasons(units, actor, clock, ada, shelf):
    with units(actor) as work:
        pin_product(work, ada.subscriber_id, first_box(work, ada).id, shelf["kenya"])
        preview = propose_box(work, ada.subscriber_id, first_box(work, ada).id)
    compose_first(units, actor, clock, ada)
    with units(actor) as work:
        lines = lines_of(work, ada)
        assert {line.source for line in lines} == {LineSource.CHOSEN, LineSource.AUTO}
        for line in lines:
            assert len(line.reasons["reasons"]) in (1, 2) and line.reasons["offered"] == len(shelf)
        stored = {line.product_id: line.reasons["reasons"] for line in lines}
    assert stored == {line.product_id: line.reasons["reasons"] for line in preview.lines}
    chosen = next(line for line in lines if line.source is LineSource.AUTO)
    told = [part["question"] for part in chosen.reasons["reasons"] if part["kind"] == "answer"]
    assert told and set(told) <= {"roast", "style", "additions"}


def test_a_rated_coffee_is_named_in_the_reasons(units, actor, ada, shelf):
    with units(actor) as work:
        rate_product(work, ada.subscriber_id, shelf["sumatra"], Rating(5))
        answer_quiz(work, ada.subscriber_id, QuizAnswers())
        now = propose_box(work, ada.subscriber_id, first_box(work, ada).id)
    told = [part for line in now.lines for part in line.reasons["reasons"]]
    assert {"en": "Sumatra", "zh": "Sumatra"} in [part.get("name") for part in told]


def test_a_damaged_bag_says_nothing_about_taste(units, actor, ada, shelf):
    owner = ada.subscriber_id
    with units(actor) as work:
        rate_product(work, owner, shelf["kenya"], Rating(4))
        rate_product(work, owner, shelf["kenya"], Rating(1, (RatingReason.DAMAGED,)))
        assert ratings(work.session, None) == [(owner, shelf["kenya"], 4)]
        assert own_ratings(work.session, owner)[0].liking == 1
        take_rating_back(work, owner, shelf["kenya"])
        assert ratings(work.session, None) == []


def test_a_taste_that_is_off_is_neither_used_nor_learnt_from(units, actor, ada, shelf):
    owner = ada.subscriber_id
    with units(actor) as work:
        rate_product(work, owner, shelf["kenya"], Rating(5))
        own = propose_box(work, owner, first_box(work, ada).id)
        switch_taste(work, owner, on=False)
        switch_taste(work, owner, on=False)
        off = propose_box(work, owner, first_box(work, ada).id)
        assert [line.reasons for line in off.lines] == [{"off": True}] * len(off.lines)
        assert sum(line.units for line in off.lines) == off.slots
        assert profiles(work.session, None) == ratings(work.session, None) == []
        pin_product(work, owner, first_box(work, ada).id, shelf["brazil"])
        assert kinds(work, ada) == ["rating"] and len(own_ratings(work.session, owner)) == 1
        switch_taste(work, owner, on=True)
        assert len(ratings(work.session, None)) == 1
    assert {line.product_id for line in own.lines} != {line.product_id for line in off.lines}


def test_what_people_do_with_a_box_is_written_into_the_diary(units, actor, clock, ada, shelf):
    owner = ada.subscriber_id
    with units(actor) as work:
        box = first_box(work, ada)
        inside = propose_box(work, owner, box.id).lines[0].product_id
        skip_box(work, owner, box.id)
        skip_box(work, owner, box.id)
        unskip_box(work, owner, box.id)
        swap_product(work, owner, box.id, inside, shelf["kenya"])
        assert kinds(work, ada) == ["skip"] * 4 + ["swap_out", "swap_in"]
    compose_first(units, actor, clock, ada)
    with units(actor) as work:
        release_box(work, first_box(work, ada).invoice_id)
        number = work.session.scalars(select(Parcel.order_number)).one()
        for _ in range(2):
            record_tracking(work, [TrackingRow(number, "ups", "1Z")])
        assert kinds(work, ada)[6:] == ["keep"]
        later = work.session.scalars(
            select(Box).where(Box.subscription_id == ada.id).order_by(Box.cycle).offset(1)
        ).first()
        pin_product(work, owner, later.id, shelf["kenya"])
        assert kinds(work, ada)[7:] == ["pin", "reorder"]


def test_what_is_nearly_gone_is_granted_by_its_price(units, actor, ada, shelf):
    owner = ada.subscriber_id
    with units(actor) as work:
        box = first_box(work, ada)
        for name in ("Ben", "Cleo", "Dev"):
            subscribe(work, name, ada.plan)
        work.session.execute(
            text(
                "UPDATE stock SET on_hand = 2, received = 2 FROM sku"
                " WHERE sku.id = stock.sku_id AND sku.product_id = ANY(:few)"
            ),
            {"few": [shelf["kenya"], shelf["ethiopia"]]},
        )
        now = {each.product_id: each for each in propose_box(work, owner, box.id).alternatives}
        assert now[shelf["kenya"]].granted, "it had no price when boxes were last composed"
        note_price(work, box.batch_id, shelf["kenya"], 3.0)
        now = propose_box(work, owner, box.id)
        found = {each.product_id: each for each in now.alternatives}
        assert not found[shelf["kenya"]].granted and found[shelf["ethiopia"]].granted
        with pytest.raises(Refused) as refused:
            swap_product(work, owner, box.id, now.lines[0].product_id, shelf["kenya"])
        assert refused.value.refusal is BoxRefusal.KEPT
        swap_product(work, owner, box.id, now.lines[0].product_id, shelf["ethiopia"])


def note_price(work, batch_id, product_id, price):
    """Note a dry run in which one more bag of a coffee was worth so much."""
    sku = work.session.scalar(
        text("SELECT id FROM sku WHERE product_id = :key"), {"key": product_id}
    )
    figures = dict.fromkeys(("boxes", "held", "units", "missing", "total_cents"), 1)
    words = dict.fromkeys(("input_sha", "outcome_sha", "method", "model_version"), "x")
    work.session.add(
        ComposeRun(
            batch_id=batch_id,
            kind="dry",
            seed=1,
            value=1.0,
            bound=1.0,
            prices={str(sku): price},
            created_at=work.now,
            **figures,
            **words,
        )
    )
    work.session.flush()


def test_what_a_box_had_to_miss_is_named(units, actor, ada, shelf):
    with units(actor) as work:
        box = first_box(work, ada)
        assert missed_of(work.session, box.id) is None
        sku = work.session.scalar(
            text("SELECT id FROM sku WHERE product_id = :key"), {"key": shelf["sumatra"]}
        )
        work.session.add(
            BoxComposition(
                box_id=box.id,
                satisfaction=0.8,
                value=4.0,
                ideal_value=5.0,
                credit=1.0,
                missed_skus=[{"sku": str(sku), "units": 1}],
            )
        )
        work.session.flush()
        missed = missed_of(work.session, box.id)
    assert missed.satisfaction == 0.8 and missed.coffees == ({"en": "Sumatra", "zh": "Sumatra"},)


def test_forgetting_leaves_boxes_and_takes_every_reason(units, actor, clock, ada, shelf):
    compose_first(units, actor, clock, ada)
    with units(actor) as work:
        rate_product(work, ada.subscriber_id, shelf["kenya"], Rating(2))
        forget_own_taste(work, ada.subscriber_id)
        forget_own_taste(work, ada.subscriber_id)
    with units(actor) as work:
        assert kinds(work, ada) == [] and profiles(work.session, None) == []
        assert [line.reasons for line in lines_of(work, ada)] == [{}, {}]
        rate_product(work, ada.subscriber_id, shelf["kenya"], Rating(2))
        with pytest.raises(Exception, match="is a diary"):
            work.session.execute(text("DELETE FROM taste_event"))
        work.session.rollback()

"""Whatever is wrong with a batch is refused by name or held for a person, and never charged."""

from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import func, select, update

from app.billing.models import Invoice
from app.catalog.models import Product
from app.catalog.rules import SaleStatus
from app.core.refusals import Refused
from app.fulfilment.due_queries import batches_due
from app.fulfilment.models import Batch, Box, BoxLine
from app.fulfilment.rules import BatchStatus, BoxStatus
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.lock_batch import lock_batch
from app.personalization import brain
from app.personalization.learning import live_model
from app.personalization.model_queries import live_row
from app.personalization.model_rules import ModelRefusal
from app.personalization.models import ArtefactRow, MixEntry, ModelRow
from app.personalization.rules import Exclusion, ExclusionKind, TasteRefusal
from app.personalization.services.roll_back_model import roll_back_model
from app.personalization.services.set_exclusions import set_exclusions
from app.personalization.services.set_mix import set_mix
from app.personalization.services.train_model import train_model
from ml.artefact import Artefact, pack, sha256_of
from tests.cast import SHELF, Coffee, add_plan, stock_shelf, subscribe

LOCKED = datetime(2027, 1, 11, 7, 0, tzinfo=UTC)
EVERYTHING = tuple(Exclusion(ExclusionKind.ROAST, roast) for roast in ("light", "medium", "dark"))


@pytest.fixture
def compose(units, actor, clock):
    """Lock and compose the batch that is due on Monday; return what came of it."""

    def compose():
        clock.move_to(LOCKED)
        with units(actor) as work:
            batch = batches_due(work.session, work.now)[0]
            lock_batch(work, batch)
        with units(actor) as work:
            return compose_batch(work, batch)

    return compose


def two_people(work, shelf=SHELF, exclusions=()):
    """Ada, who may exclude something, and Ben, who takes anything."""
    products, plan = stock_shelf(work, shelf), add_plan(work)
    ada = subscribe(work, "Ada", plan, exclusions=exclusions)
    return products, ada, subscribe(work, "Ben", plan)


def outcome(work, subscription):
    """Return status, products packed and invoices of somebody's first box."""
    box = work.session.scalars(
        select(Box).where(Box.subscription_id == subscription.id).order_by(Box.cycle)
    ).first()
    lines = work.session.execute(
        select(BoxLine.product_id, BoxLine.units).where(BoxLine.box_id == box.id)
    )
    bills = select(func.count()).where(Invoice.subscription_id == subscription.id)
    return box.status, {row.product_id: row.units for row in lines}, work.session.scalar(bills)


HELD = (BoxStatus.HELD, {}, 0)


def test_with_nothing_in_the_catalogue_every_box_is_held(units, actor, compose):
    with units(actor) as work:
        _, ada, ben = two_people(work)
        work.session.execute(update(Product).values(status=SaleStatus.RETIRED))
    composed = compose()
    assert (composed.boxes, composed.held, composed.total_cents) == (0, 2, 0)
    with units(actor) as work:
        assert outcome(work, ada) == outcome(work, ben) == HELD
        assert work.session.scalars(select(Box.reason).where(Box.status == BoxStatus.HELD)).all()


def test_with_all_stock_gone_every_box_is_held(units, actor, compose):
    with units(actor) as work:
        _, ada, _ = two_people(work, tuple(Coffee(name, stock=0) for name in ("a", "b")))
    assert compose().held == 2
    with units(actor) as work:
        assert outcome(work, ada) == HELD


def test_whoever_excludes_everything_is_held_alone(units, actor, compose):
    with units(actor) as work:
        _, ada, ben = two_people(work, exclusions=EVERYTHING)
    composed = compose()
    assert (composed.boxes, composed.held) == (1, 1)
    with units(actor) as work:
        assert outcome(work, ada) == HELD
        status, lines, bills = outcome(work, ben)
    assert (status, sum(lines.values()), bills) == (BoxStatus.COMPOSED, 2, 1)


def test_exclusions_beat_what_somebody_chose_before(units, actor, compose):
    with units(actor) as work:
        products, ada, _ = two_people(work)
        set_mix(work, ada.subscriber_id, ada.id, {products["quiet"]: 1})
        set_exclusions(work, ada.subscriber_id, (Exclusion(ExclusionKind.DECAF),))
    compose()
    with units(actor) as work:
        status, lines, _ = outcome(work, ada)
    assert status is BoxStatus.COMPOSED
    assert products["quiet"] not in lines
    assert sum(lines.values()) == 2


def test_more_choices_than_room_are_refused_and_never_overfill_a_box(units, actor, compose):
    with units(actor) as work:
        products, ada, _ = two_people(work)
        with pytest.raises(Refused) as refused:
            set_mix(
                work,
                ada.subscriber_id,
                ada.id,
                {products[code]: 1 for code in ("kenya", "brazil", "italia")},
            )
        assert refused.value.refusal is TasteRefusal.MIX_TOO_LARGE
        for code in ("kenya", "brazil", "italia"):
            work.session.add(MixEntry(subscription_id=ada.id, product_id=products[code], units=2))
    compose()
    with units(actor) as work:
        status, lines, _ = outcome(work, ada)
    assert (status, sum(lines.values())) == (BoxStatus.COMPOSED, 2)
    assert set(lines) <= {products[code] for code in ("kenya", "brazil", "italia")}


def test_a_coffee_without_allergens_on_record_counts_as_having_them(units, actor, compose):
    shelf = (Coffee("unknown", allergens=None), Coffee("nutty", allergens=("nuts",)))
    with units(actor) as work:
        nuts = (Exclusion(ExclusionKind.ALLERGEN, "nuts"),)
        _, ada, ben = two_people(work, shelf, nuts)
    compose()
    with units(actor) as work:
        assert outcome(work, ada) == HELD
        assert outcome(work, ben)[0] is BoxStatus.COMPOSED


def test_a_model_of_no_numbers_composes_nothing_until_it_is_taken_back(
    units, actor, compose, clock
):
    with units(actor) as work:
        two_people(work)
        train_model(work)
        facts = live_model(work.session).to_dict()
        weights = np.full_like(np.array(facts.pop("weights")), np.nan)
        content = pack(Artefact("taste", facts, {"weights": weights}))
        sha = sha256_of(content)
        work.session.add(ArtefactRow(sha256=sha, content=content, created_at=work.now))
        work.session.flush()
        first = live_row(work.session)
        bad = {c.name: getattr(first, c.name) for c in ModelRow.__table__.columns if c.name != "id"}
        first.status = "retired"
        work.session.flush()
        changed = {"version": "nan-1", "artefact_sha": sha, "replaced": first.version}
        work.session.add(ModelRow(**{**bad, **changed, "status": "live"}))
    with pytest.raises(Refused) as refused:
        compose()
    assert refused.value.refusal is ModelRefusal.OTHER_FORM
    with units(actor) as work:
        batch = work.session.scalars(select(Batch).order_by(Batch.ships_on)).first()
        assert batch.status is BatchStatus.LOCKED
        assert not work.session.scalars(select(Invoice)).all()
        roll_back_model(work)
    with units(actor) as work:
        assert compose_batch(work, batch.id).boxes == 2


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_scores_that_are_no_numbers_are_refused_by_name(wrong):
    scores = np.array([[1.0, wrong], [2.0, 3.0]])
    ones = np.ones(2, dtype=np.int64)
    with pytest.raises(Refused) as refused:
        brain.pose(
            scores=scores,
            allowed=scores > 0,
            slots=ones,
            stock=ones * 9,
            max_per_item=ones,
            min_distinct=ones,
        )
    assert refused.value.refusal is ModelRefusal.CANNOT_COMPOSE
    assert "finite" in refused.value.offer

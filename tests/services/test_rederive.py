"""A past box comes out again to the bit, whatever the shop has learnt and sold since."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import select, text

from app.catalog.services.move_stock import count_stock
from app.core.refusals import Refused
from app.fulfilment.due_queries import batches_due
from app.fulfilment.models import Box, BoxLine, ComposeRun
from app.fulfilment.rules import BatchRefusal, BoxStatus
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.lock_batch import lock_batch
from app.fulfilment.services.rederive_batch import rederive_batch
from app.fulfilment.services.rehearse_batch import rehearse_batch
from app.fulfilment.services.try_held import try_held
from app.personalization import replay
from app.personalization.model_rules import ModelRefusal
from app.personalization.replay import NotKept, Settled, Snapshot, read_snapshot, write_snapshot
from app.personalization.rules import Exclusion, ExclusionKind, QuizAnswers
from app.personalization.services.answer_quiz import answer_quiz
from app.personalization.services.retrain_model import retrain_model
from app.personalization.services.set_exclusions import set_exclusions
from app.personalization.services.set_mix import set_mix
from ml.composer.bands import Band
from ml.composer.problem import Problem
from tests.cast import SHELF, Coffee, add_plan, stock_shelf, subscribe
from tests.services.tasters import ROASTS, let_taste

LOCKED = datetime(2027, 1, 11, 7, 0, tzinfo=UTC)
CAFFEINE = (Exclusion(ExclusionKind.CAFFEINE),)


def dozen(work, shelf=SHELF, exclusions=()):
    """Twelve people with weekly boxes from a short shelf; the first wants a kenya every time."""
    products = stock_shelf(work, shelf)
    plan = add_plan(work)
    found = [subscribe(work, f"Person{at}", plan, exclusions=exclusions) for at in range(12)]
    for at, each in enumerate(found):
        answer_quiz(work, each.subscriber_id, QuizAnswers(roast=ROASTS[at % 3]))
    if "kenya" in products:
        for each in found[:3]:
            set_mix(work, each.subscriber_id, each.id, {products["kenya"]: 1})
    return products, found


@pytest.fixture
def batch_id(units, actor, clock):
    """A batch composed from a shelf of which two people miss the kenya that they chose."""
    with units(actor) as work:
        shelf = tuple(replace(each, stock=1 if each.code == "kenya" else 5) for each in SHELF)
        dozen(work, shelf)
    clock.move_to(LOCKED)
    with units(actor) as work:
        batch = batches_due(work.session, work.now)[0]
        lock_batch(work, batch)
    with units(actor) as work:
        compose_batch(work, batch)
    return batch


def test_a_past_box_comes_out_again_after_everything_has_changed(units, actor, clock, batch_id):
    with units(actor) as work:
        before = [
            (line.box_id, line.sku_id, line.units, line.score, line.source)
            for line in work.session.scalars(select(BoxLine).order_by(BoxLine.box_id))
        ]
        products = work.session.execute(text("SELECT code, id FROM product")).all()
        let_taste(work, 60, {code: key for code, key in products})
        assert retrain_model(work).released
        for sku in work.session.execute(text("SELECT id FROM sku")).scalars():
            count_stock(work, sku, 50, "delivery", f"more {sku}")
        work.session.execute(text("UPDATE sku SET price_cents = price_cents + 300"))
        for person in work.session.scalars(select(Box.subscriber_id)).all():
            answer_quiz(work, person, QuizAnswers(roast="French", style="Bold"))
            set_exclusions(work, person, CAFFEINE)
    with units(actor) as work:
        found = rederive_batch(work, batch_id)
        run = work.session.scalars(select(ComposeRun)).one()
    assert (found.boxes, found.equal) == (12, 12)
    assert (found.same_code, found.same_value, found.same_prices) == (True, True, True)
    assert (found.model_version, found.seed) == ("prior-1", run.seed)
    again = [
        (box.box_id, line.sku_id, line.units, float(line.score), line.source)
        for box in sorted(found.compared, key=lambda each: each.box_id)
        for line in box.again
    ]
    assert sorted(map(repr, again)) == sorted(repr((*each[:4], each[4].value)) for each in before)
    assert {line.source for box in found.compared for line in box.again} >= {
        "chosen",
        "auto",
        "substitute",
    }


def test_one_box_alone_is_compared(units, actor, batch_id):
    with units(actor) as work:
        box = work.session.scalars(select(Box.id).where(Box.batch_id == batch_id)).first()
        found = rederive_batch(work, batch_id, box)
    assert [each.box_id for each in found.compared] == [box]
    assert found.compared[0].stored == found.compared[0].again


def test_a_line_that_was_changed_afterwards_is_found(units, actor, batch_id):
    with units(actor) as work:
        line = work.session.scalars(select(BoxLine)).first()
        line.score = np.nextafter(line.score, 9)
    with units(actor) as work:
        found = rederive_batch(work, batch_id)
    assert found.boxes - found.equal == 1


def test_code_of_another_version_is_named(units, actor, batch_id, monkeypatch):
    monkeypatch.setattr(replay, "COMPOSING_ROOMS", ("composer",))
    with units(actor) as work:
        found = rederive_batch(work, batch_id)
    assert not found.same_code
    assert found.equal == 12


def test_a_tampered_snapshot_is_refused(units, actor, batch_id):
    with units(actor) as work:
        work.session.execute(text("ALTER TABLE artefact DISABLE TRIGGER artefact_fixed"))
        work.session.execute(text("UPDATE artefact SET content = content || 'x'::bytea"))
    with units(actor) as work, pytest.raises(Refused) as refused:
        rederive_batch(work, batch_id)
    assert refused.value.refusal is ModelRefusal.TAMPERED


def test_a_batch_that_was_only_rehearsed_has_nothing_to_compare(units, actor, clock):
    with units(actor) as work:
        dozen(work)
    clock.move_to(LOCKED)
    with units.rehearse(actor) as work:
        batch = batches_due(work.session, work.now)[0]
        rehearsal = rehearse_batch(work, batch)
    assert rehearsal.run["snapshot_sha"] is None
    with units(actor) as work, pytest.raises(Refused) as refused:
        rederive_batch(work, batch)
    assert refused.value.refusal is BatchRefusal.NOT_COMPOSED


def test_boxes_that_were_held_come_out_of_their_own_run(units, actor, clock):
    shelf = (Coffee("night", stock=0, decaf=True), Coffee("calm", decaf=True))
    with units(actor) as work:
        dozen(work, shelf, exclusions=(Exclusion(ExclusionKind.DECAF),))
    clock.move_to(LOCKED)
    with units(actor) as work:
        batch = batches_due(work.session, work.now)[0]
        lock_batch(work, batch)
    with units(actor) as work:
        assert compose_batch(work, batch).held == 12
    with units(actor) as work:
        assert rederive_batch(work, batch).equal == 12
        stock_shelf(work, SHELF[:3])
    with units(actor) as work:
        assert try_held(work, batch) == 12
        assert {box.status for box in work.session.scalars(select(Box))} >= {BoxStatus.COMPOSED}
    with units(actor) as work:
        found = rederive_batch(work, batch)
    assert (found.boxes, found.equal) == (12, 12)
    assert all(box.again for box in found.compared)


def test_every_kind_of_number_comes_back_to_the_bit():
    rng = np.random.default_rng(1)
    scores = np.round(rng.uniform(-2, 5, (7, 5)), 9)
    rough = rng.normal(size=(7, 5))
    band = Band("cost", np.arange(5), np.zeros(7, np.int64), np.full(7, 99))
    ones, few = np.ones(7, np.int64), np.full(5, 9)
    problem = Problem(rough, scores > 0, ones, few, ones, ones, bands=(band,))
    settled = Settled((), (), scores, np.zeros((7, 5), np.int64), scores > 4)
    sha, content = write_snapshot(Snapshot((problem, 0.5, None), settled, "in", "prior-1"))
    back, same = read_snapshot(sha, content)
    other, share, nothing = back.inputs
    assert (same, share, nothing) == (True, 0.5, None)
    for one, two in [
        (other.scores, rough),
        (other.allowed, problem.allowed),
        (other.bands[0].most, band.most),
        (back.settled.tastes, scores),
        (back.settled.repeats, settled.repeats),
    ]:
        assert one.dtype == two.dtype
        assert one.tobytes() == two.tobytes()
    with pytest.raises(NotKept):
        write_snapshot(Snapshot((problem, object()), settled, "in", "prior-1"))

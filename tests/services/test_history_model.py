"""Habits are learnt where people have had boxes enough, and score them if that foresees better."""

import numpy as np
import pytest
from sqlalchemy import select, text

from app.core.refusals import Refused
from app.fulfilment.models import Batch, Box, BoxLine, ComposeRun
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.lock_batch import lock_batch
from app.fulfilment.services.rederive_batch import rederive_batch
from app.personalization import brain
from app.personalization.learning import live_model
from app.personalization.model_queries import live_row, models
from app.personalization.model_rules import ModelRefusal
from app.personalization.queries import lines_of
from app.personalization.services.explain_lines import explain_pairs
from app.personalization.services.read_tasting import read_tasting
from app.personalization.services.retrain_model import retrain_model
from app.personalization.services.roll_back_model import roll_back_model
from app.personalization.services.train_history import train_history
from tests.cast import add_plan, stock_shelf, subscribe
from tests.services.regulars import let_keep

PEOPLE = 210
PLAIN = {"popularity", "recency frequency", "item-kNN", "EASE", "TIFU-kNN", "taste"}


@pytest.fixture
def shelf(units, actor):
    with units(actor) as work:
        return stock_shelf(work)


def tastes(work, people, shelf):
    model = live_model(work.session)
    tasting = read_tasting(work.session, model, people, shelf.values())
    return brain.taste_of(model, tasting), tasting


def test_habits_that_foresee_better_than_the_quiz_take_over(units, actor, clock, shelf):
    with units(actor) as work:
        plan = add_plan(work)
        ada, newcomer = (subscribe(work, name, plan).subscriber_id for name in ("Ada", "Ben"))
        people = let_keep(work, shelf, PEOPLE, 0.85, too=(ada,))
        asked = [*people[:40], newcomer]
        by_quiz, _ = tastes(work, asked, shelf)
        done = retrain_model(work).history
    assert done.objections == ()
    with units(actor) as work:
        row = live_row(work.session)
        assert (row.version, row.kind.value) == (done.trained.version, "history")
        judged = row.metrics["judged"]
        assert set(judged) == PLAIN | {"live", "candidate"}
        assert row.metrics["gains"]["ndcg10"]["low"] > 0
        assert judged["candidate"]["ndcg10"] > judged["popularity"]["ndcg10"]
        by_habit, tasting = tastes(work, asked, shelf)
        again, _ = tastes(work, asked, shelf)
        assert np.array_equal(by_habit, again)
        new = [person for person, _ in tasting.people].index(newcomer)
        assert np.array_equal(by_habit[new], by_quiz[new])
        assert (np.delete(by_habit, new, 0) != np.delete(by_quiz, new, 0)).all(axis=1).any()
        assert by_habit.min() >= 1 and by_habit.max() <= 5
        told_of_habits(work, people[0], shelf)
    ids = [each.id for each in tasting.products]
    expected = dict(zip(ids, by_habit[[who for who, _ in tasting.people].index(ada)], strict=True))
    compose_a_batch(units, actor, clock, row.version, ada, expected)
    tamper(units, actor, row.artefact_sha)
    with units(actor) as work:
        assert roll_back_model(work).version == row.replaced
        assert np.array_equal(tastes(work, asked, shelf)[0], by_quiz)


def compose_a_batch(units, actor, clock, version, person, expected):
    """A batch is composed by habits, and comes out the same when it is derived again."""
    with units(actor) as work:
        batch = work.session.scalars(select(Batch).order_by(Batch.locks_at)).first()
    clock.move_to(batch.locks_at)
    with units(actor) as work:
        lock_batch(work, batch.id)
    with units(actor) as work:
        compose_batch(work, batch.id)
        run = work.session.scalars(select(ComposeRun)).one()
        assert run.model_version == version
    with units(actor) as work:
        own = select(BoxLine).join(Box).where(Box.subscriber_id == person)
        lines = work.session.scalars(own.where(Box.batch_id == batch.id)).all()
        found = rederive_batch(work, batch.id)
    assert lines and all(
        float(line.score) == pytest.approx(expected[line.product_id], abs=1e-6) for line in lines
    )
    assert (found.boxes, found.equal, found.same_value) == (2, 2, True)


def tamper(units, actor, sha):
    """A changed file scores nothing."""
    with units(actor) as work:
        work.session.execute(text("ALTER TABLE artefact DISABLE TRIGGER artefact_fixed"))
        work.session.execute(
            text("UPDATE artefact SET content = content || 'x'::bytea WHERE sha256 = :sha"),
            {"sha": sha},
        )
        work.session.execute(text("ALTER TABLE artefact ENABLE TRIGGER artefact_fixed"))
    with units(actor) as work, pytest.raises(Refused) as refused:
        live_model(work.session)
    assert refused.value.refusal is ModelRefusal.TAMPERED


def told_of_habits(work, person, shelf):
    """What is explained adds up to the score, and past boxes are named where they decide."""
    scores, tasting = tastes(work, [person], shelf)
    products = [each.id for each in tasting.products]
    best = products[int(scores[0].argmax())]
    model = live_model(work.session)
    told = explain_pairs(work.session, model, [(person, best)], set(products))[person, best]
    assert (told["rank"], told["offered"]) == (1, len(products))
    assert told["expected"] == scores[0].max()
    habit = next(part for part in told["reasons"] if part["kind"] == "habit")
    kept = [each for each in lines_of(work.session, [person]) if each.product_id == best]
    assert habit["contrast"] > 0 and habit["value"] == len(kept) > 0


def test_habits_that_foresee_nothing_stay_beside(units, actor, shelf):
    with units(actor) as work:
        let_keep(work, shelf, PEOPLE, habit=0.0)
        done = retrain_model(work).history
    assert done.released is None
    assert any("not better beyond chance" in each for each in done.objections)
    with units(actor) as work:
        assert [(each.kind, each.status) for each in models(work.session)] == [
            ("history", "shadow"),
            ("taste", "live"),
        ]


def test_too_little_history_is_refused_by_name_and_not_tried_at_night(units, actor, shelf):
    with units(actor) as work:
        let_keep(work, shelf, 20, habit=0.85)
        assert retrain_model(work).history is None
    with units(actor) as work, pytest.raises(Refused) as refused:
        train_history(work)
    assert refused.value.refusal is ModelRefusal.TOO_LITTLE_HISTORY
    assert refused.value.offer == "20 of 200"

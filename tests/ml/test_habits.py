"""Liking moved by habit: back from its parts to the bit, monotone, silent about newcomers."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from app.personalization.brain import event_table
from app.personalization.habits import TRUSTED, file_of_habits, open_habits
from app.personalization.queries import Line
from app.personalization.rules import TasteEventKind
from ml.artefact import BadArtefact, Fault, unpack
from ml.recommender.habits import HistoryModel, Known, Lift, fit_history, score
from ml.recommender.ranker import fit_trees
from ml.taste.trained import prior_model
from tests.ml.test_recommender import shop

ROASTS = ("light", "medium", "dark")


@pytest.fixture(scope="module")
def known() -> Known:
    events, _, products = shop()
    quiz = pd.DataFrame(
        {"roast": [None] * 101}, index=[f"p{at}" for at in range(100)] + ["new"], dtype=object
    )
    for question in ("style", "strength", "brew_methods", "additions", "caffeine", "expertise"):
        quiz[question] = None
    table = pd.DataFrame(
        {"roast": [ROASTS[at % 3] for at in range(len(products))]}, index=products.index
    )
    table = table.assign(process="washed", origin="Kenya", decaf=False)
    table["notes"] = [["nuts"] for _ in range(len(table))]
    table = table.assign(acidity=5.0, body=5.0, sweetness=5.0)
    ratings = pd.DataFrame({"subscriber": ["p0"], "product": ["c0"], "liking": [5.0]})
    return Known(quiz, table, ratings, events)


@pytest.fixture(scope="module")
def model(known: Known) -> HistoryModel:
    return fit_history(prior_model(), known, "history-test", seed=2)


def with_trees(model: HistoryModel) -> HistoryModel:
    """Return the model with some trees in it, whatever won."""
    generator = np.random.default_rng(0)
    features = generator.random((400, 32)).astype(np.float32)
    trees = fit_trees(features, features[:, 0] > 0.5, 0)
    return replace(model, recommender=replace(model.recommender, trees=trees))


def test_a_model_comes_back_from_its_file_and_scores_the_same_bytes(
    known: Known, model: HistoryModel
) -> None:
    again = open_habits(*file_of_habits(with_trees(model)))
    assert again.lift == model.lift and again.version == "history-test"
    assert score(again, known).tobytes() == score(model, known).tobytes()
    assert again.recommender.trees is not None


def test_a_file_that_was_changed_or_holds_strangers_is_refused(model: HistoryModel) -> None:
    content, sha = file_of_habits(with_trees(model))
    with pytest.raises(BadArtefact) as refused:
        open_habits(content[:-9] + b"x" * 9, sha)
    assert refused.value.fault is Fault.TAMPERED
    with pytest.raises(BadArtefact) as refused:
        unpack(content, sha, "history", ())
    assert refused.value.fault is Fault.UNTRUSTED and TRUSTED[0] in str(refused.value)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"version": "x", "lift": {"middle": 0.0, "spread": 0.0, "strength": 1.0}, "taste": {}},
        {"version": "x", "lift": {"middle": 0.0, "spread": 1.0, "strength": 1.0}, "taste": {}},
    ],
)
def test_facts_that_do_not_fit_are_refused(model: HistoryModel, facts: dict[str, object]) -> None:
    _, arrays, estimators = model.parts()
    with pytest.raises(ValueError):
        HistoryModel.from_parts(facts, arrays, estimators)


def test_who_had_no_box_is_scored_by_taste_alone(known: Known, model: HistoryModel) -> None:
    with_habits = score(model, known)
    without = score(model, replace(known, events=known.events.iloc[:0]))
    assert np.array_equal(with_habits[-1], without[-1])
    assert not np.array_equal(with_habits[:-1], without[:-1])


def test_a_lift_rises_with_taste_and_habit_and_stays_on_the_scale() -> None:
    lift = Lift(0.0, 1.0, 2.0)
    odds = np.linspace(-2, 2, 9)
    by_habit = lift.lifted(np.full(9, 3.0), odds)
    by_taste = lift.lifted(np.linspace(1.1, 4.9, 9), np.zeros(9))
    assert (np.diff(by_habit) > 0).all() and (np.diff(by_taste) > 0).all()
    assert by_habit[4] == 3.0
    assert (by_habit > 1).all() and (by_habit < 5).all()


def test_a_diary_without_lines_and_one_with_swaps_become_boxes(
    known: Known, model: HistoryModel
) -> None:
    alone = replace(known, quiz=known.quiz.iloc[-1:], events=event_table([]))
    assert score(model, alone).shape == (1, len(known.products))
    kinds = (("rating", -1), ("swap_in", 0), ("keep", 5), ("rating", 6), ("reorder", 90))
    person, coffee, start = uuid.UUID(int=1), uuid.UUID(int=2), datetime(2027, 1, 1, tzinfo=UTC)
    lines = [
        Line(at, person, coffee, TasteEventKind(kind), 1, start + timedelta(days=day))
        for at, (kind, day) in enumerate(kinds)
    ]
    days = (event_table(lines)["box"] - start.timestamp()) / 86400
    assert days.fillna(-1).tolist() == [-1, 5, 5, 5, 90]

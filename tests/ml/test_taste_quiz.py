"""Every answer of the quiz is understood and moves some ranking; what is new is scored as well."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from app.personalization.rules import QUIZ
from ml.taste.answers import OPTIONS, answer_table
from ml.taste.model import TasteModel, Training, fit_taste, prior_model, score
from tests.ml.test_taste import NO_RATINGS, SHELF, in_cell, invented, person, ranking


def shelf_of(lots: int) -> pd.DataFrame:
    """A shelf as a shop has it: few notes, all roasts, some decaf."""
    rng = np.random.default_rng(3)
    notes = ["jasmine", "lemon", "blueberry", "cocoa", "hazelnut", "caramel", "cedar", "wine"]
    return pd.DataFrame(
        {
            "roast": rng.choice(["light", "medium", "dark"], lots),
            "process": rng.choice(["washed", "natural", "honey", "anaerobic"], lots),
            "origin": rng.choice(["Ethiopia", "Brazil", "Sumatra", "Colombia"], lots),
            "notes": [list(rng.choice(notes, 2, replace=False)) for _ in range(lots)],
            "acidity": rng.uniform(4.0, 9.0, lots).round(2),
            "body": rng.uniform(4.0, 9.0, lots).round(2),
            "sweetness": rng.uniform(4.0, 9.0, lots).round(2),
            "decaf": rng.random(lots) < 0.1,
        },
        index=[f"lot-{number}" for number in range(lots)],
    )


def learnt() -> TasteModel:
    """A model of a shop whose people chose among all answers and rated the shelf at random."""
    rng = np.random.default_rng(4)
    people, shelf = 300, shelf_of(40)
    quiz = pd.DataFrame(
        {question: rng.choice(words, people) for question, words in OPTIONS.items()},
        index=[f"person-{number}" for number in range(people)],
    )
    ratings = pd.DataFrame(
        {
            "subscriber": np.repeat(quiz.index, 4),
            "product": rng.choice(shelf.index, people * 4),
            "liking": rng.integers(1, 6, people * 4).astype(float),
        }
    )
    return fit_taste(Training(quiz, shelf, ratings))


@pytest.mark.parametrize("model", [prior_model(), learnt()], ids=["guessed", "learnt"])
def test_every_answer_of_the_quiz_changes_a_ranking(model: TasteModel) -> None:
    shelf = shelf_of(60)
    base = {"roast": "medium", "style": "sweet"}
    asked = [(question, word) for question, words in QUIZ.items() for word in words]
    asked += [("expertise", word) for word in OPTIONS["expertise"]]
    for question, word in asked:
        others = {name: each for name, each in base.items() if name != question}
        before, after = person(**others), person(**(others | {question: in_cell(question, word)}))
        orders = {
            tuple(np.argsort(-score(model, quiz, shelf, NO_RATINGS).values[0], kind="stable"))
            for quiz in (before, after)
        }
        assert len(orders) == 2, (question, word)


def test_every_answer_the_shop_offers_is_understood() -> None:
    for question, words in QUIZ.items():
        for word in words:
            assert answer_table(person(**{question: in_cell(question, word)})).sum() == 1.0, word


def test_expertise_may_come_as_a_number() -> None:
    assert ranking(person(expertise="9", roast="Light")) == ranking(
        person(expertise=9, roast="Light")
    )
    assert answer_table(person(expertise=11)).sum() == 0.0


def test_a_new_coffee_is_scored_for_a_person_nobody_knows() -> None:
    training = invented(200)
    model = fit_taste(training)
    fresh = pd.concat([SHELF, SHELF.loc[["coffee-1"]].rename(index={"coffee-1": "new"})])
    people = pd.concat([training.quiz, person(style=None)])
    scores = score(model, people, fresh, training.ratings)
    assert np.array_equal(scores.values[-1], scores.popularity)
    assert abs(scores.popularity[-1] - scores.popularity[1]) < 0.5

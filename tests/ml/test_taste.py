"""Tastes follow the quiz, learn from ratings, fall back to popularity, and beat it on a real taste
test."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from ml.taste.answers import OPTIONS
from ml.taste.model import BadModel, TasteModel, Training, fit_taste, prior_model, score
from ml.taste.similarity import attribute_similarity

NO_RATINGS = pd.DataFrame({"subscriber": [], "product": [], "liking": []})

SHELF = pd.DataFrame(
    [
        ("light", "washed", "Ethiopia", ["jasmine", "lemon"], 8.5, 4.0, 6.0, False),
        ("light", "natural", "Ethiopia", ["blueberry", "wine"], 7.0, 5.5, 7.5, False),
        ("light", "anaerobic", "Colombia", ["rum", "mango"], 7.0, 6.0, 8.0, False),
        ("medium", "washed", "Guatemala", ["milk chocolate", "almond"], 5.5, 6.0, 6.5, False),
        ("medium", "honey", "Costa Rica", ["caramel", "apple"], 6.0, 5.5, 8.0, False),
        ("medium", "natural", "Brazil", ["hazelnut", "cocoa"], 4.0, 7.0, 6.5, False),
        ("dark", "washed", "Sumatra", ["cedar", "dark chocolate"], 2.5, 9.0, 4.5, False),
        ("dark", "washed", "Blend", [], np.nan, np.nan, np.nan, False),
        ("medium", "washed", "Mexico", ["cocoa", "nuts"], 5.0, 6.0, 6.0, True),
        (None, None, None, None, np.nan, np.nan, np.nan, None),
    ],
    columns=["roast", "process", "origin", "notes", "acidity", "body", "sweetness", "decaf"],
    index=[f"coffee-{number}" for number in range(10)],
)


def person(**answers: object) -> pd.DataFrame:
    return pd.DataFrame({question: [answer] for question, answer in answers.items()}, index=["ada"])


def ranking(quiz: pd.DataFrame, ratings: pd.DataFrame = NO_RATINGS) -> list[int]:
    values = score(prior_model(), quiz, SHELF, ratings).values[0]
    return np.argsort(-values, kind="stable").tolist()


def in_cell(question: str, word: str) -> object:
    return [word] if question in ("brew_methods", "additions") else word


@pytest.mark.parametrize(
    ("question", "word"),
    [(q, word) for q, words in OPTIONS.items() for word in words if word != "other"],
)
def test_every_answer_can_change_what_one_gets(question: str, word: str) -> None:
    changed = False
    for roast in ("Light", "Medium", "Dark"):
        others = {"roast": roast} if question != "roast" else {"style": "sweet"}
        before, after = person(**others), person(**(others | {question: in_cell(question, word)}))
        without, with_it = (
            score(prior_model(), quiz, SHELF, NO_RATINGS).values[0] for quiz in (before, after)
        )
        shift = with_it - without
        changed |= bool(np.ptp(shift) > 0.01) and ranking(before) != ranking(after)
    # A gentle answer need not reorder ten coffees, but it must move them apart.
    assert changed or np.ptp(shift) > 0.05


@pytest.mark.parametrize("question", OPTIONS)
def test_every_question_can_change_the_ranking(question: str) -> None:
    base = {"style": "sweet"} if question != "style" else {"roast": "medium"}
    rankings = {
        tuple(ranking(person(**(base | {question: in_cell(question, word)}))))
        for word in OPTIONS[question]
    }
    assert len(rankings) > 1


def test_answers_point_where_a_barista_would() -> None:
    assert ranking(person(roast="Dark"))[0] in (6, 7)
    assert ranking(person(roast="Light"))[0] in (0, 1, 2)
    assert ranking(person(caffeine="Decaf"))[0] == 8
    assert ranking(person(caffeine="Full caffeine"))[-1] == 8
    assert ranking(person(roast="Medium", style="Nutty"))[0] in (3, 5)
    assert ranking(person(roast="Light", style="Fruity"))[0] in (1, 2)


def test_case_and_unknown_words_do_not_matter() -> None:
    assert ranking(person(roast="  dArK ")) == ranking(person(roast="Dark"))
    assert ranking(person(roast="Dark", style="plaid")) == ranking(person(roast="Dark"))
    odd = person(
        roast=None,
        style=float("nan"),
        strength=7,
        brew_methods=None,
        additions=["?", 3],
        caffeine="",
    )
    values = score(prior_model(), odd, SHELF, NO_RATINGS).values
    assert np.isfinite(values).all()


def test_several_answers_may_come_as_a_list_or_as_one_text() -> None:
    as_list = person(additions=["Milk, dairy alternative, or coffee creamer", "Sugar or sweetener"])
    as_text = person(additions="Milk, dairy alternative, or coffee creamer, Sugar or sweetener")
    one, other = (
        score(prior_model(), quiz, SHELF, NO_RATINGS).values for quiz in (as_list, as_text)
    )
    assert np.array_equal(one, other)


def test_without_answers_everybody_gets_what_is_popular() -> None:
    ratings = pd.DataFrame(
        {
            "subscriber": ["x", "y", "x"],
            "product": ["coffee-6", "coffee-6", "coffee-3"],
            "liking": [5, 5, 1],
        }
    )
    quiz = pd.DataFrame(index=["x", "y", "ada"])
    scores = score(prior_model(), quiz, SHELF, ratings)
    assert np.array_equal(scores.values[2], scores.popularity)
    order = np.argsort(-scores.popularity, kind="stable").tolist()
    assert order == [6, 0, 1, 2, 4, 5, 7, 9, 8, 3]  # the ninth is decaf


def test_a_rating_moves_what_is_alike() -> None:
    quiz = person(roast="Medium")
    before = score(prior_model(), quiz, SHELF, NO_RATINGS).values[0]
    disliked = pd.DataFrame(
        {"subscriber": ["ada"] * 2, "product": ["coffee-6", "coffee-0"], "liking": [1, 5]}
    )
    after = score(prior_model(), quiz, SHELF, disliked).values[0]
    moved = after - before
    assert moved[0] > moved[3] > moved[6]
    assert moved[1] > moved[7]


def test_strange_ratings_are_ignored() -> None:
    quiz = person(roast="Dark")
    strange = pd.DataFrame(
        {
            "subscriber": ["nobody", "ada", "ada"],
            "product": ["coffee-1", "tea", "coffee-2"],
            "liking": [5, 5, None],
        }
    )
    one, other = (score(prior_model(), quiz, SHELF, ratings) for ratings in (NO_RATINGS, strange))
    assert np.array_equal(one.values, other.values)


def invented(people: int, seed: int = 0) -> Training:
    """People who like natural coffees if they say "bold", which no barista would guess."""
    rng = np.random.default_rng(seed)
    index = [f"person-{number}" for number in range(people)]
    quiz = pd.DataFrame({"style": rng.choice(["Bold", "Floral"], people)}, index=index)
    liking = np.where(
        (quiz["style"].to_numpy() == "Bold")[:, None] == (SHELF["process"].to_numpy() == "natural"),
        4.5,
        2.0,
    )
    noisy = np.clip(np.rint(liking + rng.normal(0, 0.4, liking.shape)), 1, 5)
    return Training(
        quiz,
        SHELF,
        pd.DataFrame(
            {
                "subscriber": np.repeat(index, len(SHELF)),
                "product": np.tile(SHELF.index, people),
                "liking": noisy.ravel(),
            }
        ),
    )


def test_ratings_teach_what_nobody_guessed() -> None:
    model = fit_taste(invented(200))
    values = score(model, person(style="Bold"), SHELF, NO_RATINGS).values[0]
    assert set(np.argsort(-values)[:2]) == {1, 5}


def test_a_coffee_nobody_rated_is_scored_from_its_attributes() -> None:
    training = invented(200)
    known = training.ratings[training.ratings["product"] != "coffee-5"]
    model = fit_taste(Training(training.quiz, SHELF.drop(index="coffee-5"), known))
    values = score(model, person(style="Bold"), SHELF, NO_RATINGS).values[0]
    assert values[5] > np.median(values) + 0.3


def test_nothing_to_learn_leaves_the_prior() -> None:
    model = fit_taste(Training(person(roast="Dark"), SHELF, NO_RATINGS))
    assert model.version == prior_model().version


def test_a_model_survives_being_written_down() -> None:
    model = fit_taste(invented(40))
    again = TasteModel.from_dict(json.loads(json.dumps(model.to_dict())))
    quiz = person(roast="Dark", style="Bold")
    one, other = (score(m, quiz, SHELF, NO_RATINGS) for m in (model, again))
    assert one.values.tobytes() == other.values.tobytes()
    assert one.model_version == other.model_version != prior_model().version


@pytest.mark.parametrize(
    "damage", [{"answers": []}, {"weights": [[1.0]]}, {"weights": "gone"}, {"attributes": ["x"]}]
)
def test_a_model_for_another_quiz_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises(BadModel):
        TasteModel.from_dict(prior_model().to_dict() | damage)


def test_likings_stay_between_one_and_five() -> None:
    values = score(fit_taste(invented(50)), invented(50).quiz, SHELF, invented(50).ratings).values
    assert values.min() >= 1.0
    assert values.max() <= 5.0


def test_alike_coffees_are_close_and_decaf_is_far() -> None:
    alike = attribute_similarity(SHELF)
    assert np.array_equal(alike, alike.T)
    assert np.array_equal(np.diag(alike), np.ones(len(SHELF)))
    assert alike.min() >= 0.0
    assert alike[1, 2] > alike[1, 6]
    assert alike[3, 5] > alike[3, 0]
    assert alike[3, 8] < alike[3, 5]


def test_an_empty_shelf_and_an_empty_shop_are_fine() -> None:
    assert score(prior_model(), person(roast="Dark"), SHELF[:0], NO_RATINGS).values.shape == (1, 0)
    assert score(prior_model(), person(roast="Dark")[:0], SHELF, NO_RATINGS).values.shape == (0, 10)
    assert attribute_similarity(SHELF[:0]).shape == (0, 0)


def test_what_a_model_expects_of_an_open_question_is_the_average_answer() -> None:
    model = fit_taste(invented(200))
    bold, floral, silent = (
        score(model, quiz, SHELF, NO_RATINGS).values[0]
        for quiz in (person(style="Bold"), person(style="Floral"), person())
    )
    assert np.abs(silent - (bold + floral) / 2.0).max() < 0.25


def test_a_rating_tells_most_about_the_coffee_itself() -> None:
    model = fit_taste(invented(200))
    quiz = person(style="Bold")
    before = score(model, quiz, SHELF, NO_RATINGS).values[0]
    loved = pd.DataFrame({"subscriber": ["ada"], "product": ["coffee-6"], "liking": [5.0]})
    after = score(model, quiz, SHELF, loved).values[0]
    moved = after - before
    assert int(np.argmax(moved)) == 6
    assert moved[6] > 0.3

"""Reasons add up to the score, name what would change the rank, and can be written down."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.explain import main
from ml.taste.explain import explain
from ml.taste.model import TasteModel, fit_taste, prior_model, score
from ml.taste.reasons import Change, Explanation, Kind
from tests.ml.tasting import SURVEY
from tests.ml.test_taste import NO_RATINGS, SHELF, invented

PEOPLE = pd.DataFrame(
    {
        "roast": ["Dark", "Light", None, "Medium"],
        "style": ["Bold", "Fruity", None, None],
        "additions": [["Milk, dairy alternative, or coffee creamer"], ["No - just black"], [], []],
    },
    index=["bo", "fay", "nobody", "mel"],
    dtype=object,
)
RATED = pd.DataFrame(
    {
        "subscriber": ["bo", "bo", "fay", "zoe"],
        "product": ["coffee-6", "coffee-1", "coffee-2", "coffee-6"],
        "liking": [5.0, 2.0, 4.0, 5.0],
    }
)
ALL = [(who, coffee) for who in PEOPLE.index for coffee in SHELF.index]


def models() -> list[TasteModel]:
    return [prior_model(), fit_taste(invented(60))]


@pytest.mark.parametrize("ratings", [NO_RATINGS, RATED])
def test_the_parts_add_up_to_the_score_itself(ratings: pd.DataFrame) -> None:
    for model in models():
        values = score(model, PEOPLE, SHELF, ratings).values.ravel()
        told = explain(model, PEOPLE, SHELF, ratings, ALL)
        for each, value in zip(told, values, strict=True):
            assert each.expected == pytest.approx(value, abs=1e-8)
            total = sum(part.amount for part in each.contributions)
            assert total == pytest.approx(each.unclipped, abs=1e-7)


def test_every_line_has_a_reason_a_second_only_if_the_rank_hangs_on_it_and_a_rank() -> None:
    named = set()
    for each in explain(prior_model(), PEOPLE, SHELF, RATED, ALL):
        first, *second = each.reasons
        assert {Kind.BASE, Kind.MOOD}.isdisjoint(part.kind for part in each.reasons)
        assert first not in second
        assert all((part.rank_without or 0) > each.rank for part in second)
        assert 1 <= each.rank <= each.offered == len(SHELF)
        named.add(len(each.reasons))
    assert named == {1, 2}


def test_who_told_nothing_hears_what_the_crowd_says() -> None:
    crowd = pd.DataFrame(
        {"subscriber": ["bo", "fay"], "product": ["coffee-3"] * 2, "liking": [5.0, 5.0]}
    )
    told = explain(prior_model(), PEOPLE, SHELF, crowd, [("nobody", "coffee-3")])[0]
    assert told.rank == 1
    assert [each.kind for each in told.reasons] == [Kind.CROWD]
    assert told.reasons[0].rank_without is not None and told.reasons[0].rank_without > 1
    assert told.lever is not None and told.lever.change == Change.ANSWER_GIVEN


def test_the_reason_is_the_answer_and_the_trait_it_works_through() -> None:
    told = explain(prior_model(), PEOPLE, SHELF, NO_RATINGS, [("bo", "coffee-6")])[0]
    assert told.rank == 1
    assert told.reasons[0].kind == Kind.ANSWER
    assert told.reasons[0].question in ("roast", "style")
    assert told.reasons[0].attribute in ("roast", "notes: earthy")
    assert told.reasons[0].contrast > 0.2


def test_a_rating_of_a_like_coffee_is_named_with_its_liking() -> None:
    loved = pd.DataFrame({"subscriber": ["mel"], "product": ["coffee-0"], "liking": [5.0]})
    told = explain(prior_model(), PEOPLE, SHELF, loved, [("mel", "coffee-0")])[0]
    rating = next(each for each in told.contributions if each.kind == Kind.RATING)
    assert (rating.product, rating.liking, rating.likeness) == ("coffee-0", 5.0, 1.0)
    assert rating in told.reasons


def test_taking_the_reason_away_gives_the_rank_foretold() -> None:
    told = explain(
        prior_model(), PEOPLE, SHELF, NO_RATINGS, [("fay", each) for each in SHELF.index]
    )
    for each in told:
        for reason in each.reasons:
            if reason.kind != Kind.ANSWER:
                continue
            changed = PEOPLE.copy()
            empty: object = [] if reason.question == "additions" else None
            changed.at["fay", reason.question] = empty
            values = score(prior_model(), changed, SHELF, NO_RATINGS).values[1]
            place = SHELF.index.get_loc(each.product)
            order = np.argsort(-values, kind="stable").tolist()
            assert order.index(place) + 1 == reason.rank_without


def test_only_what_is_on_offer_is_compared() -> None:
    shelf = SHELF.assign(on_offer=[number in (3, 6) for number in range(10)])
    told = explain(prior_model(), PEOPLE, shelf, NO_RATINGS, [("bo", "coffee-6")])[0]
    assert (told.rank, told.offered) == (1, 2)


def test_an_explanation_survives_being_written_down() -> None:
    for each in explain(models()[1], PEOPLE, SHELF, RATED, ALL):
        assert Explanation.from_dict(json.loads(json.dumps(each.to_dict()))) == each


def test_an_unknown_person_or_coffee_is_refused() -> None:
    for pair in (("eve", "coffee-1"), ("bo", "tea")):
        with pytest.raises(KeyError):
            explain(prior_model(), PEOPLE, SHELF, NO_RATINGS, [pair])


@pytest.mark.skipif(not SURVEY.exists(), reason="the taste test is not beside the repository")
def test_named_reasons_hold_when_they_are_really_taken_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = tmp_path / "people.csv"
    lines = SURVEY.read_text(encoding="utf-8").splitlines(keepends=True)
    people.write_text("".join(lines[:200]), encoding="utf-8")
    lots = SURVEY.with_name("coffees.csv")
    asked = ["--samples", "60", "--lots", "60", "--json", "--model", "taste"]
    assert main([str(people), str(lots), *asked]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["taste"]
    assert found["lines_with_a_reason"] == 1.0 and 0.0 < found["lines_with_two_reasons"] < 1.0
    assert found["named_reason_changes_rank"] >= 0.95

"""The real taste test is foretold as well as the yardsticks ask, and the bench is fair."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.taste import in_folds, main, report
from bench.tasting import Tasters, figures, read_tasters
from ml.taste.model import prior_model, score
from tests.ml.tasting import COFFEES, SURVEY
from tests.ml.test_taste import NO_RATINGS

real = pytest.mark.skipif(not SURVEY.exists(), reason="the taste test is not beside the repository")


@real
def test_the_real_taste_test_is_foretold_as_well_as_the_yardsticks_ask() -> None:
    people = read_tasters(SURVEY).complete()
    foretold, cpu = in_folds(people, folds=5, seed=0)
    found = report(foretold, people, cpu)
    ours, popular, ridge = (
        found[name] for name in ("product", "popularity", "ridge_per_coffee_same_questions")
    )
    assert ours["favourite_first"] >= 0.428 > popular["favourite_first"] + 0.05
    assert ours["pairs"] > 0.679 > popular["pairs"] + 0.1
    assert ours["two_of_four"] > max(3.653, ridge["two_of_four"])
    assert ours["rmse"] < min(1.109, ridge["rmse"])
    assert found["with_three_ratings"]["two_of_four"] >= 3.80
    assert found["new_coffee"]["rmse"] <= 1.18


@real
def test_the_guesses_of_a_new_shop_beat_popularity() -> None:
    people = read_tasters(SURVEY).complete()
    guessed = figures(score(prior_model(), people.quiz, COFFEES, NO_RATINGS).values, people)
    assert guessed["pairs"] > 0.64
    assert guessed["two_of_four"] > 3.55


@real
def test_the_bench_learns_from_one_file_and_reports_on_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, *lines = SURVEY.read_text(encoding="utf-8").splitlines(keepends=True)
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_text("".join([head, *lines[:500]]), encoding="utf-8")
    test.write_text("".join([head, *lines[500:800]]), encoding="utf-8")
    assert main(["--train", str(train), "--test", str(test), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    for name in ("product", "popularity"):
        assert set(found[name]) == {"favourite_first", "pairs", "two_of_four", "rmse"}
    assert found["product"]["rmse"] < found["popularity"]["rmse"]


def test_equal_expectations_share_the_places() -> None:
    people = Tasters(pd.DataFrame(index=["ada"]), np.array([[5.0, 1.0, 3.0, 2.0]]), np.array([0]))
    level = figures(np.full((1, 4), 3.0), people)
    assert level == {
        "favourite_first": 0.25,
        "pairs": 0.5,
        "two_of_four": 2.75,
        "rmse": pytest.approx(np.sqrt((4 + 4 + 0 + 1) / 4)),
    }

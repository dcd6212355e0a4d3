"""Tries ways of expecting people's liking on people whose ratings they never saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.arrays import Floats, Ints
from ml.taste.learn import fit_taste
from ml.taste.model import score
from ml.taste.parts import LEAST, Ratings, shrunk_mean, usable
from ml.taste.trained import TasteModel, Training

FOLDS = 5
RESAMPLES = 2000
Way = Callable[[Training], Floats]


@dataclass(frozen=True, eq=False)
class Tried:
    """How well one way did, person by person (P people with ratings, in the order of the quiz).

    favourite_first  (P,) whether what ranked first is what the person liked best (ties share).
    pairs            (P,) share of pairs of unequal liking put the right way round; nan without.
    best_half        (P,) mean liking of the better half of the person's coffees, as ranked.
    squared_error    (P,) mean squared error of the expected liking.
    expected, real   (P,) sums of expected and real liking above the least possible.
    """

    favourite_first: Floats
    pairs: Floats
    best_half: Floats
    squared_error: Floats
    expected: Floats
    real: Floats


def learnt_way(seen: pd.DataFrame | None = None) -> Way:
    """Return the way of learning a taste anew, from the ratings `seen` by some moment or all."""

    def way(rest: Training) -> Floats:
        known = rest.ratings if seen is None else _of(seen, rest.ratings["subscriber"])
        model = fit_taste(Training(rest.quiz, rest.products, known))
        return score(model, rest.quiz, rest.products, rest.ratings).values

    return way


def fixed_way(model: TasteModel) -> Way:
    """Return the way of a model that learns nothing more."""
    return lambda rest: score(model, rest.quiz, rest.products, rest.ratings).values


def popular_way(rest: Training) -> Floats:
    """Expect of everybody what the others liked on the average."""
    known = usable(rest.ratings, rest.quiz.index, rest.products.index)
    middle = float(known.liking.mean()) if len(known.liking) else LEAST
    means = middle + shrunk_mean(known.product, known.liking - middle, len(rest.products), 1.0)
    return np.tile(means, (len(rest.quiz), 1))


def taste_trial(
    training: Training, ways: Mapping[str, Way], folds: int = FOLDS, seed: int = 0
) -> tuple[pd.Index[str], dict[str, Tried]]:
    """Return the people judged by, and how each way did on them.

    The people with ratings are dealt into folds at random; each fold is judged by what is learnt
    without any rating of its people, of whom the answers alone are known.
    """
    known = usable(training.ratings, training.quiz.index, training.products.index)
    people = np.unique(known.person)
    fold = np.random.default_rng(seed).permutation(len(people)) % folds
    tables = {name: np.zeros((len(training.quiz), len(training.products))) for name in ways}
    for number in range(folds if len(people) >= folds else 0):
        held = training.quiz.index[people[fold == number]]
        rest = training.ratings[~training.ratings["subscriber"].isin(held)]
        rows = people[fold == number]
        for name, way in ways.items():
            tables[name][rows] = way(Training(training.quiz, training.products, rest))[rows]
    return training.quiz.index[people], {
        name: _tried(table, known, people) for name, table in tables.items()
    }


def paired_gain(better: Floats, worse: Floats, seed: int = 0) -> tuple[float, float, float]:
    """Return the mean difference per person and its 95 % interval, people drawn anew.

    Method: paired percentile bootstrap (Efron 1979); pairs with a nan are left out.
    """
    difference = better - worse
    difference = difference[np.isfinite(difference)]
    if not len(difference):
        return 0.0, 0.0, 0.0
    rng, size = np.random.default_rng(seed), len(difference)
    means = [difference[rng.integers(0, size, size)].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(means, (0.025, 0.975))
    return float(difference.mean()), float(low), float(high)


def _of(ratings: pd.DataFrame, people: pd.Series[Any]) -> pd.DataFrame:
    return ratings[ratings["subscriber"].isin(people)]


def _tried(table: Floats, known: Ratings, people: Ints) -> Tried:
    rows = [_one(table[person], known.of(int(person))) for person in people]
    columns = np.reshape(np.array(rows, dtype=np.float64), (len(rows), 6)).T
    return Tried(*columns)


def _one(expected: Floats, own: Ratings) -> tuple[float, ...]:
    hoped, liking = expected[own.product], own.liking
    first = hoped == hoped.max()
    order = np.argsort(-hoped, kind="stable")
    apart = liking[:, None] > liking[None, :]
    right = np.sign(hoped[:, None] - hoped[None, :])[apart]
    return (
        float((liking == liking.max())[first].mean()),
        float((right > 0).mean() + 0.5 * (right == 0).mean()) if apart.any() else float("nan"),
        float(liking[order[: max(1, len(liking) // 2)]].mean()),
        float(((hoped - liking) ** 2).mean()),
        float((hoped - LEAST).sum()),
        float((liking - LEAST).sum()),
    )

"""Measures rankings person by person, and says whether one is really better than another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Floats, Ints, Singles

TOP = 10
DRAWS = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Difference:
    """How much better the first is than the second on average, with a 95 % interval; chance: the
    share of draws in which it is not better at all."""

    mean: float
    low: float
    high: float
    chance: float

    @property
    def wins(self) -> bool:
        """Is the first better beyond chance? Only one side is asked about, so 5 % lie there."""
        return self.chance < 1 - LEVEL

    @property
    def loses(self) -> bool:
        """Is the first worse beyond chance?"""
        return self.high < 0.0


def best(scores: Floats | Singles, count: int = TOP) -> Ints:
    """Return (N, count): the columns of the highest scores, best first, equal ones in order."""
    count = min(count, scores.shape[1])
    if count < scores.shape[1] // 4:
        edge = np.asarray(np.partition(scores, -count, axis=1))[:, -count][:, None]
        scores = np.where(scores >= edge, scores, -np.inf)
    return np.argsort(-scores, axis=1, kind="stable")[:, :count].astype(np.int64)


def hits(top: Ints, wanted: Bools) -> Bools:
    """Return (N, k): is the column in this place of the ranking one of the wanted (N, M)?"""
    return np.take_along_axis(wanted, top, axis=1)


def ndcg(top: Ints, wanted: Bools) -> Floats:
    """Return (N,): discounted gain of the ranking over that of a perfect one; NaN where nothing is
    wanted."""
    worth = 1.0 / np.log2(np.arange(2, top.shape[1] + 2))
    ideal = np.concatenate([[np.nan], np.cumsum(worth)])
    most = np.minimum(wanted.sum(axis=1), top.shape[1])
    return np.asarray((hits(top, wanted) * worth).sum(axis=1) / ideal[most], dtype=np.float64)


def paired_difference(first: Floats, second: Floats, seed: int = 0) -> Difference:
    """Return the mean of first - second over people, bootstrapped over people (percentiles).

    Pairs in which either is NaN are left out.
    """
    gain = first - second
    gain = gain[np.isfinite(gain)]
    if not len(gain):
        return Difference(0.0, 0.0, 0.0, 1.0)
    generator = np.random.default_rng(seed)
    means = np.array(
        [gain[generator.integers(0, len(gain), len(gain))].mean() for _ in range(DRAWS)]
    )
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    chance = float((means <= 0.0).mean())
    return Difference(float(gain.mean()), float(low), float(high), chance)

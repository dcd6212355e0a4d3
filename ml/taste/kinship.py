"""What a rating says about other coffees: how likings of the same person go together beyond what
answers foretell.

Method: normal regression with known covariances (kriging). The covariance of two coffees is a
mood common to all, plus likeness, plus a leaning along attributes; coffees that many people rated
both have one of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats, Ints
from ml.taste.attributes import attribute_table
from ml.taste.similarity import STEPS, attribute_similarity

ENOUGH_TOGETHER = 50.0  # people who rated both before the pair's own covariance counts half
DIGITS = 9
FAR = 5.0  # squared steps by which coffees lie from the middle, usually
STEADY = (
    0.6  # share of a liking that is taste, and would show again when the coffee is tasted again
)


@dataclass(frozen=True, eq=False)
class Kinship:
    """Covariances of likings, in points squared: mood, likeness and leaning are shares of a pair's
    covariance, spread is a liking's variance, middle (attributes,) is where leaning turns.

    pairs: covariances of coffees by their names, in both orders.
    """

    mood: float = 0.1
    likeness: float = 0.6
    leaning: float = 0.0
    spread: float = 1.2
    middle: Floats = field(default_factory=lambda: np.zeros(len(STEPS)))
    pairs: dict[str, dict[str, float]] = field(default_factory=dict)

    def covariances(self, products: pd.DataFrame) -> Floats:
        """Return (M, M) of taste; the noise of a single rating is not part of it."""
        table = attribute_table(products)
        found = self.mood + self.likeness * attribute_similarity(products) ** 2
        found = found + self.leaning * _leanings(table, self.middle)
        place = {str(name): row for row, name in enumerate(products.index)}
        for one, others in self.pairs.items():
            for other, amount in others.items():
                if one in place and other in place:
                    found[place[one], place[other]] = amount
        np.fill_diagonal(found, STEADY * self.spread)
        return np.asarray(found)

    def numbers(self) -> Floats:
        """Return everything in one row, to tell kinships apart."""
        pairs = [amount for row in self.pairs.values() for amount in row.values()]
        return np.array([self.mood, self.likeness, self.leaning, self.spread, *self.middle, *pairs])

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists."""
        return {
            "mood": self.mood,
            "likeness": self.likeness,
            "leaning": self.leaning,
            "spread": self.spread,
            "middle": self.middle.tolist(),
            "pairs": self.pairs,
        }

    @staticmethod
    def from_dict(stored: dict[str, Any]) -> Kinship:
        """Return the kinship that `to_dict` described; raise ValueError if it cannot be right."""
        mood, likeness, leaning, spread = (
            float(stored[name]) for name in ("mood", "likeness", "leaning", "spread")
        )
        middle = np.asarray(stored["middle"], dtype=np.float64)
        pairs = {
            str(one): {str(other): float(amount) for other, amount in others.items()}
            for one, others in stored["pairs"].items()
        }
        found = Kinship(mood, likeness, leaning, spread, middle, pairs)
        if middle.shape != (len(STEPS),) or not np.isfinite(found.numbers()).all() or spread <= 0:
            raise ValueError("covariances have the wrong shape or are no numbers")
        return found


def learn_kinship(table: pd.DataFrame, products: pd.DataFrame) -> Kinship:
    """Return the kinship of coffees as `table` (people, products) of surprises tells, NaN where
    somebody did not rate."""
    from scipy.optimize import nnls  # noqa: PLC0415 - slow to load

    told = table.notna().to_numpy(np.float64)
    surprise = table.fillna(0.0).to_numpy(np.float64)
    together = told.T @ told
    products_of_two = surprise.T @ surprise
    upper = np.triu(together, 1) > 0
    spread = float((surprise**2).sum() / max(told.sum(), 1.0))
    prior = Kinship()
    if not upper.any() or spread <= 0:
        return prior
    attributes = attribute_table(products)
    middle = np.round(attributes.mean(axis=0), DIGITS)
    parts = np.stack(
        [
            np.ones(together.shape),
            attribute_similarity(products) ** 2,
            _leanings(attributes, middle),
        ]
    )
    weight = np.sqrt(together[upper])
    # The prior counts as one pair of coffees that many people rated.
    held = np.sqrt(ENOUGH_TOGETHER) * np.eye(3)
    share, _ = nnls(
        np.vstack([(parts[:, upper] * weight).T, held]),
        np.append(
            products_of_two[upper] / together[upper] * weight,
            held @ [prior.mood, prior.likeness, prior.leaning],
        ),
    )
    share = np.round(np.minimum(share, [1.0, STEADY * spread, STEADY * spread]), DIGITS)
    general = np.tensordot(share, parts, axes=1)
    own = (products_of_two + ENOUGH_TOGETHER * general) / (together + ENOUGH_TOGETHER)
    pairs = _pairs(products, np.round(own, DIGITS), together >= ENOUGH_TOGETHER)
    mood, likeness, leaning = (float(each) for each in share)
    return Kinship(mood, likeness, leaning, round(spread, DIGITS), middle, pairs)


def own_shift(kin: Floats, spread: float, surprise: Floats, told: Bools) -> Floats:
    """Return (R, k): how far each rating moves taste in its own direction.

    R versions of a person with the same k ratings: kin (k, k), surprise (R, k), told (R, k) says
    which count. Times the covariance of rated and other coffees it is the shift of liking.
    """
    both = told[:, :, None] & told[:, None, :]
    # Ratings that do not count are made to stand alone and say nothing.
    system = np.where(both & ~np.eye(len(kin), dtype=bool), kin, 0.0) + spread * np.eye(len(kin))
    right = np.where(told, surprise, 0.0)
    return np.asarray(np.linalg.solve(system, right[:, :, None])[:, :, 0])


def all_own_shifts(
    covariances: Floats, spread: float, who: tuple[Ints, Ints], surprise: Floats, people: int
) -> Floats:
    """Return (people, M): what each person's ratings add for every product.

    `who` holds the row of the person and of the product of every surprise, people in order.
    """
    person, product = who
    shift = np.zeros((people, len(covariances)))
    several, first, count = np.unique(person, return_index=True, return_counts=True)
    for size in np.unique(count):
        chosen = np.flatnonzero(count == size)
        for block in np.array_split(chosen, 1 + len(chosen) * int(size) // 50_000):
            rows = first[block][:, None] + np.arange(size)
            rated = product[rows]
            system = covariances[rated[:, :, None], rated[:, None, :]]
            system[:, np.arange(size), np.arange(size)] = spread
            force = np.linalg.solve(system, surprise[rows][:, :, None])[:, :, 0]
            shift[several[block]] = np.einsum("rk,rkm->rm", force, covariances[rated])
    return shift


def _leanings(attributes: Floats, middle: Floats) -> Floats:
    away = (attributes - middle) * STEPS
    return np.asarray(away @ away.T / FAR)


def _pairs(products: pd.DataFrame, own: Floats, enough: Bools) -> dict[str, dict[str, float]]:
    names = [str(name) for name in products.index]
    pairs: dict[str, dict[str, float]] = {}
    for one, other in zip(*np.nonzero(enough), strict=True):
        if one != other:
            pairs.setdefault(names[one], {})[names[other]] = float(own[one, other])
    return pairs

"""Learns what each answer is worth for each coffee, the coffees lending each other strength through
their attributes.

Method: linear mixed model. What answers are worth for a coffee = weights x its attributes + its own
deviation, both normally distributed about nought; solved exactly from one table of sums per coffee.
How strongly both are held back is chosen by leaving people out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from ml.arrays import Floats, Ints

SHARED = (100.0, 300.0, 1000.0)  # penalties to choose from
OWN = (100.0, 300.0)
ENOUGH_OWN = 5.0  # ratings before a coffee's own mean counts half
FOLDS = 4


@dataclass(frozen=True, eq=False)
class Sums:
    """What the ratings of each coffee come to: gram (M, A, A), right (M, A), square (M,)."""

    gram: Floats
    right: Floats
    square: Floats

    def without(self, other: Sums) -> Sums:
        """Return the sums less those of some of the people."""
        return Sums(self.gram - other.gram, self.right - other.right, self.square - other.square)

    def error(self, worth: Floats) -> float:
        """Return the summed squared error if answers are worth (A, M)."""
        own = np.einsum("mab,am,bm->m", self.gram, worth, worth)
        return float((self.square - 2.0 * np.einsum("ma,am->m", self.right, worth) + own).sum())


def sums_of(answers: Floats, coffee: Ints, liking: Floats, coffees: int) -> Sums:
    """Return the sums over ratings; answers (ratings, A), coffee and liking (ratings,)."""
    width = answers.shape[1]
    gram, right = np.zeros((coffees, width, width)), np.zeros((coffees, width))
    for each in np.unique(coffee):
        rows = answers[coffee == each]
        gram[each] = rows.T @ rows
        right[each] = rows.T @ liking[coffee == each]
    square = np.bincount(coffee, liking**2, minlength=coffees).astype(np.float64)
    return Sums(gram, right, square)


class Pool:
    """The sums of all coffees, ready to be solved for any penalty of the weights.

    `own` is the penalty of what each coffee has of its own.
    """

    def __init__(self, sums: Sums, attributes: Floats, own: float) -> None:
        self._sums, self._attributes = sums, attributes
        coffees, answers = sums.right.shape
        held = np.full(answers, own)
        held[0] = ENOUGH_OWN
        self._held = sums.gram + np.diag(held)
        # The weights live where the coffees' attributes do, which are fewer if coffees are few.
        _, size, axes = np.linalg.svd(attributes, full_matrices=False)
        self._axes = axes[size > 1e-9 * max(size.max(initial=0.0), 1.0)]
        place = attributes @ self._axes.T
        # Deviations averaged out: a coffee tells about the weights as far as it may not deviate.
        told = np.linalg.solve(
            self._held, np.concatenate([sums.gram, sums.right[:, :, None]], axis=2)
        )
        told *= held[:, None]
        width = place.shape[1]
        spread = np.einsum("mj,mk->mjk", place, place).reshape(coffees, -1)
        left = told[:, :, :-1].reshape(coffees, -1).T @ spread
        self._system = (
            left.reshape(answers, answers, width, width)
            .transpose(0, 2, 1, 3)
            .reshape(answers * width, answers * width)
        )
        self._right = (told[:, :, -1].T @ place).reshape(-1)

    def solve(self, shared: float) -> tuple[Floats, Floats]:
        """Return weights (A, attributes) and deviations (A, M)."""
        system = self._system + shared * np.eye(len(self._system))
        found = cho_solve(cho_factor(system, overwrite_a=True), self._right)
        weights = found.reshape(-1, len(self._axes)) @ self._axes
        sums = self._sums
        left = sums.right - np.einsum("mab,bm->ma", sums.gram, weights @ self._attributes.T)
        own = np.linalg.solve(self._held, left[:, :, None])[:, :, 0].T
        return weights, np.asarray(own)


def choose_penalties(parts: list[Sums], attributes: Floats) -> tuple[float, float]:
    """Return the penalties of weights and deviations that foretell best for people left out;
    `parts` are the sums over disjoint groups of people."""
    whole = Sums(
        np.sum([each.gram for each in parts], axis=0),
        np.sum([each.right for each in parts], axis=0),
        np.sum([each.square for each in parts], axis=0),
    )
    error = dict.fromkeys(product(SHARED, OWN), 0.0)
    for part in parts:
        for own in OWN:
            pool = Pool(whole.without(part), attributes, own)
            for shared in SHARED:
                weights, deviations = pool.solve(shared)
                error[shared, own] += part.error(weights @ attributes.T + deviations)
    return min(error, key=error.__getitem__)

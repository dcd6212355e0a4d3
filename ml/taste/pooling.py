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

from ml.arrays import Floats, Ints

SHARED = (100.0, 300.0, 1000.0)  # penalties to choose from
OWN = (100.0, 300.0, 1000.0)
ENOUGH_OWN = 5.0  # ratings before a coffee's own mean counts half
FOLDS = 5


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


def pooled(sums: Sums, attributes: Floats, shared: float, own: float) -> tuple[Floats, Floats]:
    """Return weights (A, attributes) and deviations (A, M) for the two penalties."""
    coffees, answers = sums.right.shape
    held = np.full(answers, own)
    held[0] = ENOUGH_OWN
    # The weights live where the coffees' attributes do, which are fewer if coffees are few.
    _, size, axes = np.linalg.svd(attributes, full_matrices=False)
    axes = axes[size > 1e-9 * max(size.max(initial=0.0), 1.0)]
    place = attributes @ axes.T
    # Deviations averaged out: each coffee tells about the weights as far as it may not deviate.
    told = np.linalg.solve(
        sums.gram + np.diag(held), np.concatenate([sums.gram, sums.right[:, :, None]], axis=2)
    )
    told *= held[:, None]
    spread = np.einsum("mj,mk->mjk", place, place).reshape(coffees, -1)
    left = (told[:, :, :-1].reshape(coffees, -1).T @ spread).reshape(
        answers, answers, axes.shape[0], axes.shape[0]
    )
    size_all = answers * axes.shape[0]
    system = left.transpose(0, 2, 1, 3).reshape(size_all, size_all) + shared * np.eye(size_all)
    right = (told[:, :, -1].T @ place).reshape(-1)
    weights = np.linalg.solve(system, right).reshape(answers, -1) @ axes
    shortfall = sums.right - np.einsum("mab,bm->ma", sums.gram, weights @ attributes.T)
    own_worth = np.linalg.solve(sums.gram + np.diag(held), shortfall[:, :, None])[:, :, 0].T
    return weights, np.asarray(own_worth)


def choose_penalties(parts: list[Sums], attributes: Floats) -> tuple[float, float]:
    """Return the penalties of weights and deviations that foretell best for people left out;
    `parts` are the sums over disjoint groups of people."""
    whole = Sums(
        np.sum([each.gram for each in parts], axis=0),
        np.sum([each.right for each in parts], axis=0),
        np.sum([each.square for each in parts], axis=0),
    )
    rests = [(whole.without(part), part) for part in parts]

    def error(penalties: tuple[float, float]) -> float:
        return sum(
            part.error(_worth(pooled(rest, attributes, *penalties), attributes))
            for rest, part in rests
        )

    return min(product(SHARED, OWN), key=error)


def _worth(found: tuple[Floats, Floats], attributes: Floats) -> Floats:
    return np.asarray(found[0] @ attributes.T + found[1])

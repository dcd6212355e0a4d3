"""Says what packed boxes are worth to who got them, by what was really kept or rated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Floats, Ints, Singles
from ml.composer.compose import compose
from ml.composer.problem import Problem

Packer = Callable[[Floats], Ints]


@dataclass(frozen=True)
class BoxWorth:
    """mean: worth of a packed unit under what is known of it; known: share of units of which
    anything is known; units: how many were packed."""

    mean: float
    known: float
    units: int


def box_worth(scores: Singles | Floats, truth: Floats, pack: Packer) -> BoxWorth:
    """Return the worth of the boxes that `pack` makes of scores (N, M) -> units (N, M), under the
    held-out truth (N, M), NaN where nobody knows."""
    units = pack(np.asarray(scores, dtype=np.float64))
    known = np.isfinite(truth) & (units > 0)
    packed, judged = int(units.sum()), int(units[known].sum())
    worth = float((units[known] * truth[known]).sum() / judged) if judged else 0.0
    return BoxWorth(worth, judged / packed if packed else 0.0, packed)


def plain_packer(allowed: Bools, slots: Ints, stock: Ints, seed: int = 0) -> Packer:
    """Return how to pack a batch with one unit of each product at most per box: allowed (N, M),
    slots (N,), stock (M,)."""

    def pack(scores: Floats) -> Ints:
        ones = np.ones(len(slots), np.int64)
        solution = compose(Problem(scores, allowed, slots, stock, ones, slots, seed=seed))
        units = np.zeros(scores.shape, np.int64)
        units[solution.box, solution.item] = solution.units
        return units

    return pack

"""Says whether predicted chances come true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Floats, Ints, Singles

PARTS = 20


@dataclass(frozen=True)
class Calibration:
    """ratio: predicted over actual; ece: mean distance between predicted and actual chance, over
    groups of like chance; skill: 1 - Brier score over that of always predicting the mean."""

    ratio: float
    ece: float
    skill: float


def calibration(chances: Singles | Floats, happened: Bools) -> Calibration:
    """Return how true chances of any shape are; groups hold equally many pairs."""
    chance, truth = chances.ravel().astype(np.float64), happened.ravel().astype(np.float64)
    rate = float(truth.mean()) if len(truth) else 0.0
    if not rate:
        return Calibration(float("inf") if chance.sum() else 1.0, float(chance.mean()), 0.0)
    order = np.argsort(chance, kind="stable")
    edges = np.linspace(0, len(order), PARTS + 1).astype(np.int64)[:-1]
    edges = np.unique(edges)
    gaps = np.abs(np.add.reduceat(chance[order] - truth[order], edges))
    brier = float(((chance - truth) ** 2).mean())
    return Calibration(
        float(chance.sum() / truth.sum()),
        float(gaps.sum() / len(order)),
        1.0 - brier / (rate * (1.0 - rate)) if rate < 1.0 else 0.0,
    )


def ratio_by_segment(chances: Singles | Floats, happened: Bools, boxes: Ints) -> dict[str, float]:
    """Return predicted over actual for people (rows) without a box, with 1 to 3, and with more."""
    groups = {"new": boxes == 0, "1-3 boxes": (boxes > 0) & (boxes <= 3), "old": boxes > 3}
    return {
        name: calibration(chances[chosen], happened[chosen]).ratio
        for name, chosen in groups.items()
        if chosen.any() and happened[chosen].any()
    }

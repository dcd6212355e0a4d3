"""Says whether the world has moved away from what a recommender learnt."""

from __future__ import annotations

import numpy as np

from ml.arrays import Floats, Singles
from ml.recommender.knowledge import FEATURES

PARTS = 10
LEAST = 1e-4  # share that an empty part counts as
ALARM = 0.2


def stability_index(then: Singles | Floats, now: Singles | Floats) -> float:
    """Return the population stability index of one feature: 0 unchanged, above 0.2 moved.

    Parts hold equally many of the values of then; unknown values (NaN) are a part of their own.
    """
    known = np.asarray(then[np.isfinite(then)], dtype=np.float64)
    if not len(then) or not len(now):
        return 0.0
    edges = np.unique(np.quantile(known, np.arange(1, PARTS) / PARTS)) if len(known) else known
    before, after = (_shares(values, edges) for values in (then, now))
    return float(((after - before) * np.log(after / before)).sum())


def moved_features(then: Singles, now: Singles) -> dict[str, float]:
    """Return the index of every feature (rows, FEATURES) that is above ALARM, by name."""
    found = {
        name: stability_index(then[:, column], now[:, column])
        for column, name in enumerate(FEATURES)
    }
    return {name: index for name, index in found.items() if index > ALARM}


def _shares(values: Singles | Floats, edges: Floats) -> Floats:
    part = np.searchsorted(edges, values, side="right")
    part[np.isnan(values)] = len(edges) + 1
    return np.maximum(np.bincount(part, minlength=len(edges) + 2) / len(values), LEAST)

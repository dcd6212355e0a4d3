"""Says how good composed boxes are, from the lines alone: nothing here knows who composed them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.market import ROWS_AT_ONCE, Market

Floats = npt.NDArray[np.float64]


def quality(market: Market, lines: Path, bound: float, ideal: Floats) -> dict[str, Any]:
    """Return what is right and wrong with the boxes in a file of lines.

    `ideal` (N,) is what each box would be worth under unlimited stock; satisfaction is the box's
    worth over that. `bound` is what no plan that fills every slot exceeds.
    """
    with np.load(lines, allow_pickle=False) as kept:
        box, item = kept["box"], kept["item"]
    boxes, skus = market.scores.shape
    worth = market.scores[box, item].astype(np.float64)
    value = np.bincount(box, weights=worth, minlength=boxes)
    satisfaction = value[ideal > 0] / ideal[ideal > 0]
    over = np.bincount(item, minlength=skus) - market.stock
    return {
        "share_of_bound": float(value.sum() / bound),
        "oversold": int(np.maximum(over, 0).sum()),
        "excluded": int((~market.allowed[box, item]).sum()),
        "duplicates": len(box) - len(np.unique(box.astype(np.int64) * skus + item)),
        "unfilled": int(np.maximum(market.slots - np.bincount(box, minlength=boxes), 0).sum()),
        "satisfaction_min": round(float(satisfaction.min(initial=1.0)), 4),
        "satisfaction_p5": round(float(np.quantile(satisfaction, 0.05)), 4),
        "satisfaction_mean": round(float(satisfaction.mean()), 4),
    }


def ideal_values(market: Market) -> Floats:
    """Return (N,) what each box would be worth if there were enough of everything."""
    most = int(market.slots.max(initial=0))
    ideal = np.zeros(len(market.slots))
    for start in range(0, len(ideal), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        scores = np.where(market.allowed[rows], market.scores[rows], 0.0).astype(np.float64)
        best = -np.sort(-scores, axis=1)[:, :most]
        ideal[rows] = np.where(np.arange(most) < market.slots[rows, None], best, 0.0).sum(axis=1)
    return ideal

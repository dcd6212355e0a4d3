"""Makes batches of rich boxes for the bench: quantities, roaster caps, a cost ceiling that binds in
about half of the boxes, and pins."""

from __future__ import annotations

import numpy as np

from ml.composer.bands import Band
from ml.composer.problem import Problem


def rich_market(boxes: int, items: int, seed: int, ceiling: float = 1.06) -> Problem:
    """Return a batch of (boxes, items): up to 3 of a kind at 1 / .7 / .5 of the value, at most 3 of
    a roaster, a cost ceiling per slot at `ceiling` times what a unit of the stock costs on average,
    and pins in 3 % of the slots.

    Taste is 16 common factors, popularity and personal noise; dear coffees are liked a little
    more. Six exclusion tags and two personal bans rule out about a fifth.
    """
    rng = np.random.default_rng(seed)
    scores = _scores(rng, boxes, items)
    cost = np.rint(np.exp(rng.normal(2.2, 0.35, items)) * 100).astype(np.int64)
    scores = scores * (0.8 + 0.2 * (cost / cost.mean())[None, :] ** 0.5)
    allowed = _allowed(rng, boxes, items)
    slots = rng.integers(4, 9, boxes)
    popular = np.maximum(scores.mean(axis=0), 1e-3) ** 1.5
    stock = np.ceil(popular / popular.sum() * slots.sum() * 1.08).astype(np.int64)
    roaster = rng.integers(0, max(items // 6, 2), items)
    most = _ceilings(stock, slots, cost, ceiling)
    batch = Problem(
        scores=scores,
        allowed=allowed,
        slots=slots,
        stock=stock,
        max_per_item=np.full(boxes, 3),
        min_distinct=np.full(boxes, 2),
        pinned=_pins(rng, allowed, stock, cost, most),
        seed=seed,
        bands=(Band("cost", cost, np.zeros(boxes, np.int64), most),),
        group=roaster,
        group_most=np.full(boxes, 3),
    )
    return batch


def _scores(rng: np.random.Generator, boxes: int, items: int) -> np.ndarray:
    factors = rng.normal(size=(16, items))
    popularity = np.sort(rng.gumbel(size=items))[::-1] * 0.5
    taste = rng.normal(size=(boxes, 16)) @ factors / 4 * 0.9
    return 1 / (1 + np.exp(-(taste + popularity + rng.normal(size=(boxes, items)) * 0.3 - 0.5)))


def _allowed(rng: np.random.Generator, boxes: int, items: int) -> np.ndarray:
    tagged = rng.random((6, items)) < 0.15
    avoids = rng.random((boxes, 6)) < 0.2
    allowed = ~(avoids.astype(np.int64) @ tagged.astype(np.int64) > 0)
    for _ in range(2):
        allowed[np.arange(boxes), rng.integers(0, items, boxes)] = False
    return allowed


def _ceilings(stock: np.ndarray, slots: np.ndarray, cost: np.ndarray, ceiling: float) -> np.ndarray:
    """Return (boxes,) cents: the same for every slot, about what a unit of the stock costs, which
    is too little for those who like dear coffee."""
    return np.floor(slots * float((cost * stock).sum() / stock.sum()) * ceiling).astype(np.int64)


def _pins(
    rng: np.random.Generator,
    allowed: np.ndarray,
    stock: np.ndarray,
    cost: np.ndarray,
    most: np.ndarray,
) -> np.ndarray:
    pinned = np.zeros(allowed.shape, np.int64)
    left = stock.copy()
    for row in np.flatnonzero(rng.random(len(allowed)) < 0.18):
        item = int(rng.integers(0, allowed.shape[1]))
        if allowed[row, item] and left[item] > 0 and cost[item] <= most[row] // 2:
            pinned[row, item] = 1
            left[item] -= 1
    return pinned

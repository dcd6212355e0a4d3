"""Makes markets of any size: who likes what, who may not have what, and too little of what all
like."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

KINDS = ("std", "scarce")
ROWS_AT_ONCE = 8192
TAGS, TAG_SHARE, AVOIDED_SHARE, BANS = 6, 0.12, 0.06, 2
MOST_OF_USABLE = 0.8
SPARE = {"std": 1.05, "scarce": 1.02}

Array = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Size:
    """What makes a market: the same four give the same numbers."""

    boxes: int
    skus: int
    kind: str
    seed: int


@dataclass(frozen=True, eq=False)
class Market:
    """scores (N, M) float32 from 0 to 1, allowed (N, M) bool, slots (N,) 4 to 8, stock (M,)."""

    scores: npt.NDArray[np.float32]
    allowed: npt.NDArray[np.bool_]
    slots: npt.NDArray[np.int64]
    stock: npt.NDArray[np.int64]


def make_market(size: Size) -> Market:
    """Make a market.

    Taste is of rank 16 with noise and a common leaning to what is popular. Six tags that some must
    avoid, two personal bans, and everything of the last box, which was a popular one, are excluded.
    "std": stock 1.05 times what is needed, split by damped popularity, as far as boxes could
    take it; "scarce": 1.02 times, split evenly.
    """
    rng = np.random.default_rng([size.seed, size.boxes, size.skus])
    skus = size.skus
    taste = rng.standard_normal((16, skus), dtype=np.float32)
    popular = rng.gumbel(size=skus).astype(np.float32)
    tags = (rng.random((skus, TAGS)) < TAG_SHARE).astype(np.float32)
    slots = rng.integers(4, 9, size.boxes)
    scores = np.empty((size.boxes, skus), np.float32)
    allowed = np.empty((size.boxes, skus), bool)
    for start in range(0, size.boxes, ROWS_AT_ONCE):
        rows = slice(start, min(start + ROWS_AT_ONCE, size.boxes))
        many = rows.stop - rows.start
        liking = rng.standard_normal((many, 16), dtype=np.float32) @ taste * np.float32(0.25)
        liking += rng.standard_normal((many, skus), dtype=np.float32) * np.float32(0.3)
        scores[rows] = 1 / (1 + np.exp(-liking - popular * np.float32(0.6)))
        avoided = (rng.random((many, TAGS)) < AVOIDED_SHARE).astype(np.float32)
        allowed[rows] = avoided @ tags.T == 0
        _exclude(rng, allowed[rows], popular, slots[rows])
    weight = np.ones(skus) if size.kind == "scarce" else np.exp(0.5 * popular.astype(np.float64))
    usable = allowed.sum(axis=0) * MOST_OF_USABLE
    stock = _split(weight, float(slots.sum()) * SPARE[size.kind], usable)
    return Market(scores, allowed, slots, stock)


def _split(
    weight: npt.NDArray[np.float64], total: float, usable: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Split a stock by weight; nobody buys more of a SKU than boxes could ever take."""
    share = weight / weight.sum() * total
    for _ in range(len(weight)):
        full = share >= usable
        beyond = float((share - usable)[full].sum())
        if full.all() or beyond <= 0:
            break
        share = np.where(full, usable, share + beyond * weight * ~full / weight[~full].sum())
    return np.ceil(share).astype(np.int64)


def _exclude(
    rng: np.random.Generator,
    allowed: npt.NDArray[np.bool_],
    popular: npt.NDArray[np.float32],
    slots: npt.NDArray[np.int64],
) -> None:
    """Close two bans and the last box of each row; popular things came more often."""
    row = np.arange(len(allowed))
    for _ in range(BANS):
        allowed[row, rng.integers(0, len(popular), len(row))] = False
    chance = np.cumsum(np.exp(popular.astype(np.float64) * 0.5))
    for place in range(8):
        came = np.searchsorted(chance, rng.random(len(row)) * chance[-1])
        allowed[row[place < slots], came[place < slots]] = False


def store(market: Market, folder: Path) -> None:
    """Put a market into a folder, one file for each table."""
    for name in ("scores", "allowed", "slots", "stock"):
        np.save(folder / f"{name}.npy", getattr(market, name))


def table(folder: Path, name: str, whole: bool = True) -> Array:
    """Read one table, as a whole or a piece at a time."""
    found: Array = np.load(
        folder / f"{name}.npy", mmap_mode=None if whole else "r", allow_pickle=False
    )
    return found


def read_market(folder: Path, whole: bool = True) -> Market:
    """Read a market; the scores first, since memory is measured above them."""
    return Market(*(table(folder, name, whole) for name in ("scores", "allowed", "slots", "stock")))

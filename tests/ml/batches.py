"""Small hostile batches for the composer's tests, each a function of its seed."""

from __future__ import annotations

import hashlib

import numpy as np

from ml.composer.problem import Problem, Solution

FAMILIES = (
    "plain",
    "ties",
    "shortage",
    "twelve_flavours",
    "everybody_alike",
    "sixty_percent_out",
    "pins",
    "disliked",
    "four_percent_short",
    "blockbuster",
)
SHARE_IN_STOCK = {"shortage": 0.8, "four_percent_short": 0.96}


def hostile(family: str, seed: int, boxes: int = 0, most_items: int = 12) -> Problem:
    """Return a batch of 1 to 24 boxes (or `boxes`) and up to 12 items (or `most_items`) that is
    awkward in the named way."""
    rng = np.random.default_rng(seed)
    many = boxes or int(rng.integers(1, 25))
    items = 12 if family == "twelve_flavours" else int(rng.integers(1, most_items + 1))
    slots = np.full(many, 4) if family == "twelve_flavours" else rng.integers(0, 7, many)
    scores = _scores(family, rng, (many, items))
    allowed = rng.random((many, items)) > (0.6 if family == "sixty_percent_out" else 0.2)
    spread = rng.dirichlet(np.ones(items)) * SHARE_IN_STOCK.get(family, 1.2)
    stock = _stock(family, spread, int(slots.sum()))
    cap = rng.integers(1, 4, many)
    pinned = _pins(rng, allowed, slots, stock, cap) if family == "pins" else None
    return Problem(scores, allowed, slots, stock, cap, rng.integers(0, 6, many), pinned, seed)


def market(boxes: int, items: int, kind: str, seed: int = 0, cap: int = 1) -> Problem:
    """Return a batch with common and personal taste; "scarce" stock ignores what is popular, "std"
    follows it."""
    rng = np.random.default_rng(seed)
    taste = (
        rng.normal(size=(boxes, 16)) @ rng.normal(size=(16, items)) / 4
        + rng.normal(size=(boxes, items)) * 0.3
    )
    scores = 1 / (1 + np.exp(-(taste + np.linspace(1.5, 0, items))))
    slots = rng.integers(4, 9, boxes)
    weight = np.ones(items) if kind == "scarce" else np.exp(np.linspace(1, 0, items))
    spare = 1.02 if kind == "scarce" else 1.05
    stock = np.ceil(weight / weight.sum() * slots.sum() * spare).astype(np.int64)
    distinct = slots if cap == 1 else slots // 2
    return Problem(
        scores,
        rng.random((boxes, items)) > 0.2,
        slots,
        stock,
        np.full(boxes, cap),
        distinct,
        None,
        seed,
    )


def _scores(family: str, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    if family == "ties":
        return rng.integers(1, 4, shape).astype(np.float64)
    if family == "blockbuster":
        liked = rng.random(shape) * 0.2
        liked[:, 0] += 0.8
        return liked
    if family == "everybody_alike":
        return np.tile(rng.random(shape[1]), (shape[0], 1))
    if family == "disliked":
        return rng.normal(size=shape) - 1.0
    return rng.random(shape)


def _stock(family: str, spread: np.ndarray, wanted: int) -> np.ndarray:
    if family != "four_percent_short":
        return np.ceil(spread * wanted).astype(np.int64)
    stock = np.floor(spread * wanted).astype(np.int64)
    missing = int(0.96 * wanted) - int(stock.sum())
    stock[: max(0, missing)] += 1
    return stock


def _pins(
    rng: np.random.Generator,
    allowed: np.ndarray,
    slots: np.ndarray,
    stock: np.ndarray,
    cap: np.ndarray,
) -> np.ndarray:
    pinned = np.zeros(allowed.shape, np.int64)
    for box, item in zip(*np.nonzero(allowed & (rng.random(allowed.shape) < 0.2)), strict=True):
        most = min(slots[box] - pinned[box].sum(), stock[item] - pinned[:, item].sum(), cap[box])
        pinned[box, item] = rng.integers(0, most + 1) if most > 0 else 0
    return pinned


def fingerprint(solution: Solution) -> str:
    """Return a checksum of every byte of a solution."""
    parts = (solution.box, solution.item, solution.units, solution.short, solution.prices)
    numbers = np.array([solution.value, solution.bound, solution.gap])
    return hashlib.sha256(b"".join(part.tobytes() for part in (*parts, numbers))).hexdigest()

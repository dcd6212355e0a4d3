"""Small hostile batches of rich boxes, each a function of its seed, and the best plan by trying all
of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations_with_replacement, product

import numpy as np

from ml.composer.bands import Band
from ml.composer.plan import Plan
from ml.composer.problem import Problem
from tests.ml.batches import hostile

RICH_FAMILIES = (
    "loose",
    "nothing_fits",
    "one_group_of_everything",
    "pins_above_the_ceiling",
    "least_out_of_reach",
    "two_bands",
    "only_one_sum_fits",
    "groups_without_room",
    "supplier_minimums",
    "everybody_alike",
    "ties",
    "shortage",
    "disliked",
)


def rich_hostile(family: str, seed: int, boxes: int = 0) -> Problem:
    """Return a batch of 1 to 24 boxes (or `boxes`) and up to 12 items, awkward in the named way."""
    rng = np.random.default_rng(seed + 77)
    plain = hostile(family if family in ("ties", "shortage", "disliked") else "pins", seed, boxes)
    if family == "everybody_alike":
        plain = replace(plain, scores=np.tile(plain.scores[:1], (plain.boxes, 1)))
    amount = rng.integers(0, 40, plain.items)
    bands = [_band(rng, "cost", amount, plain.slots, family)]
    if family == "two_bands":
        bands.append(_band(rng, "weight", rng.integers(1, 9, plain.items), plain.slots, family))
    groups = 1 if family == "one_group_of_everything" else int(rng.integers(1, 5))
    group = rng.integers(-1 if groups > 1 else 0, groups, plain.items)
    most = rng.integers(0, 1 if family == "groups_without_room" else 5, plain.boxes)
    need = rng.integers(0, 12, plain.items) if family == "supplier_minimums" else None
    pinned = plain.pinned if family == "pins_above_the_ceiling" else _fewer(plain.pins, bands, rng)
    return replace(
        plain, bands=tuple(bands), group=group, group_most=most, need=need, pinned=pinned
    )


def _band(
    rng: np.random.Generator, name: str, amount: np.ndarray, slots: np.ndarray, family: str
) -> Band:
    mean = slots * (amount.mean() if len(amount) else 0)
    least = np.floor(mean * rng.uniform(0, 0.9, len(slots)) * (rng.random(len(slots)) < 0.5))
    most = np.floor(np.maximum(mean * rng.uniform(0.7, 1.6, len(slots)), least))
    if family == "nothing_fits":
        most = np.full(len(slots), max(int(amount.min(initial=1)) - 1, 0))
        least = np.zeros(len(slots))
    if family == "least_out_of_reach":
        least = slots * 50.0
        most = least + 10
    if family == "only_one_sum_fits":
        most = least
    return Band(name, amount, least.astype(np.int64), most.astype(np.int64))


def _fewer(pins: Plan, bands: list[Band], rng: np.random.Generator) -> np.ndarray:
    """Keep some of the pins, one unit of each."""
    pinned = np.minimum(pins.dense().astype(np.int64), 1)
    return np.asarray(pinned * (rng.random(pinned.shape) < 0.3))


def best_of_all(problem: Problem) -> tuple[int, int, int, float]:
    """Return (emptiness, bands below their least, unmet need, -worth) of the best plan, by looking
    at all of them; for two or three boxes of few slots."""
    found = None
    for plan in product(*(_contents(problem, box) for box in range(problem.boxes))):
        out = np.sum([units for units, _ in plan], axis=0)
        if (out > problem.stock).any():
            continue
        need = 0 if problem.need is None else int(np.maximum(problem.need - out, 0).sum())
        costs = np.sum([cost for _, cost in plan], axis=0)
        rank = (int(costs[0]), int(costs[1]), need, float(costs[2]))
        found = rank if found is None or rank < found else found
    assert found is not None
    return found


def _contents(problem: Problem, box: int) -> list[tuple[np.ndarray, tuple[int, int, float]]]:
    """Return all sets that keep the box's own rules, with what they cost."""
    pins = problem.pins.dense()[box].astype(int)
    slots = int(problem.slots[box])
    if not _below_ceilings(problem, box, pins):
        return [(np.zeros(problem.items, int), (0, 0, 0.0))]
    found = []
    for size in range(slots - int(pins.sum()) + 1):
        for items in combinations_with_replacement(range(problem.items), size):
            units = pins + np.bincount(np.array(items, dtype=int), minlength=problem.items)
            if _keeps(problem, box, units, pins):
                below = sum(int(units @ band.amount) < band.least[box] for band in problem.bands)
                holes = slots - int(units.sum())
                found.append(
                    (units, (holes * (holes + 1) // 2, below, -_worth(problem, box, units)))
                )
    return found


def _keeps(problem: Problem, box: int, units: np.ndarray, pins: np.ndarray) -> bool:
    if (units > problem.max_per_item[box]).any() or units[~problem.allowed[box]].any():
        return False
    left = problem.stock - problem.pins.of_item
    reachable = int(((problem.allowed[box] & (left > 0)) | (pins > 0)).sum())
    wanted = min(int(problem.min_distinct[box]), int(problem.slots[box]), reachable)
    repeats = max(int(problem.slots[box]) - wanted, int(np.maximum(pins - 1, 0).sum()))
    if int(np.maximum(units - 1, 0).sum()) > repeats:
        return False
    return _below_ceilings(problem, box, units)


def _below_ceilings(problem: Problem, box: int, units: np.ndarray) -> bool:
    if any(int(units @ band.amount) > band.most[box] for band in problem.bands):
        return False
    if problem.group is None or problem.group_most is None:
        return True
    groups = np.unique(problem.group[problem.group >= 0])
    return all(units[problem.group == name].sum() <= problem.group_most[box] for name in groups)


def _worth(problem: Problem, box: int, units: np.ndarray) -> float:
    total = 0.0
    for item in np.flatnonzero(units):
        score = float(problem.scores[box, item])
        for unit in range(int(units[item])):
            share = problem.repeat_values[min(unit, len(problem.repeat_values) - 1)]
            total += score - (1 - share) * abs(score)
    return total

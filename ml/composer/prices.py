"""Finds what one more unit of each item would be worth, by looking at the swaps the boxes could
still make."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.plan import Units
from ml.composer.task import Task
from ml.composer.worth import LARGEST


def next_worth(task: Task, units: Units, rows: Ints, freed: Bools) -> Floats:
    """Return (rows, M): the worth of adding one unit of each item to each box, -inf where it may
    not be added.

    `freed` (rows,) says that the unit given up for it is itself a repeat, which makes room for
    another repeat.
    """
    held = units[rows]
    may_repeat = task.spare_repeats(units, rows) + freed > 0
    may_add = (
        task.allowed[rows] & (held < task.cap[rows][:, None]) & ((held == 0) | may_repeat[:, None])
    )
    if task.deepest == 1:
        return np.where(may_add, task.first_worth[rows], -np.inf)
    scores = task.weighted(np.asarray(task.scores[rows], dtype=np.float64), rows[:, None])
    unit = held.astype(np.int64) + 1
    worth = task.worth.of(scores, rows[:, None], np.arange(task.shape[1]), unit)
    return np.where(may_add, worth, -np.inf)


def swap_row(task: Task, units: Units, item: int) -> tuple[Floats, Ints]:
    """Return what the cheapest box loses by giving up `item` for each other item, (M,), and which
    box that is."""
    holders = np.flatnonzero(units[:, item] > task.pinned_units[:, item])
    if not len(holders):
        return np.full(task.shape[1], np.inf), np.full(task.shape[1], -1)
    held = units[holders, item].astype(np.int64)
    loss = task.worth_at(holders, item, held)
    swaps = loss[:, None] - next_worth(task, units, holders, held > 1)
    swaps[:, item] = np.inf
    best = np.argmin(swaps, axis=0)
    return swaps[best, np.arange(task.shape[1])], holders[best]


def swap_losses(task: Task, units: Units) -> Floats:
    """Return (M, M): what the cheapest box loses by giving up the row's item for the column's; inf
    if none can."""
    return np.stack([swap_row(task, units, item)[0] for item in range(task.shape[1])])


def prices_of(task: Task, units: Units) -> Floats:
    """Return (M,) prices at which every box is content with what an optimal plan gave it, in the
    unit of the scores.

    An item with stock left is free. Every other price lies midway between the lowest and the
    highest that keep the plan optimal; both are shortest paths on the graph of swaps (linear
    programming duality of network flows).
    """
    if not task.shape[1]:
        return np.zeros(0)
    losses = swap_losses(task, units)
    left = task.stock - (units - task.pinned_units).sum(axis=0, dtype=np.int64) > 0
    lowest = _settle(
        np.zeros(len(left)), lambda price: np.max(price[:, None] - losses, axis=0), np.maximum
    )
    start = np.where(left, 0.0, np.inf)
    highest = _settle(start, lambda price: np.min(price[None, :] + losses, axis=1), np.minimum)
    # An item no chain of swaps ties to a free one could cost anything: it costs no more than the
    # dearest that is tied.
    finite = highest[np.isfinite(highest)]
    ceiling = max(float(lowest.max()), float(finite.max(initial=0.0)))
    highest = _settle(
        np.minimum(start, ceiling),
        lambda price: np.min(price[None, :] + losses, axis=1),
        np.minimum,
    )
    return np.maximum((lowest + np.maximum(highest, lowest)) / 2.0, 0.0) * (
        task.worth.scale / LARGEST
    )


def _settle(
    price: Floats, step: Callable[[Floats], Floats], better: Callable[[Floats, Floats], Floats]
) -> Floats:
    for _ in range(len(price) + 1):
        moved = better(price, step(price))
        if np.array_equal(moved, price):
            break
        price = moved
    return price

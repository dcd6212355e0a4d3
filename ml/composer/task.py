"""Puts the pins in first and says what is left to decide: free slots, free stock, and how many
repeats may follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.plan import Plan, Units
from ml.composer.problem import Problem
from ml.composer.tables import Mask, ScoreTable, blocks_of
from ml.composer.worth import Worth, worth_of


@dataclass(frozen=True, eq=False)
class Task:
    """The rest of a problem once the pins are in.

    scores, allowed, cap  as in the problem (cap is max_per_item, never above the slots).
    pins     units already in the boxes.
    slots    (N,) units still to choose.
    repeats  (N,) how many of those may be a second or later unit of an item.
    stock    (M,) units still to give away.
    weights  (N,) how much each box counts, or None if all count alike.
    """

    scores: ScoreTable
    allowed: Mask
    cap: Ints
    pins: Plan
    slots: Ints
    repeats: Ints
    stock: Ints
    worth: Worth
    weights: Floats | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Boxes and items."""
        return self.pins.shape

    @property
    def deepest(self) -> int:
        """The highest unit number any box may reach: 1 when no box may repeat an item."""
        reach = np.where(self.repeats > 0, self.cap, 1)
        return int(reach.max(initial=1))

    @cached_property
    def pinned_units(self) -> Units:
        """The pins as a table, (N, M); only for tasks that are small."""
        return self.pins.dense()

    @cached_property
    def first_worth(self) -> Ints:
        """What a first unit is worth, (N, M); only for tasks that are small."""
        boxes, items = self.shape
        return self.worth_at(np.arange(boxes)[:, None], np.arange(items), 1)

    def worth_at(self, box: Any, item: Any, unit: Any) -> Ints:
        """Return what the `unit`-th unit of each named item is worth to each named box, weighted,
        in whole numbers; the shapes broadcast."""
        scores = np.asarray(self.scores[box, item], dtype=np.float64)
        return self.worth.of(self.weighted(scores, box), box, item, unit)

    def weighted(self, scores: Floats, box: Any) -> Floats:
        """Return scores of the named boxes times the weights of these."""
        return scores if self.weights is None else scores * self.weights[box]

    def open_units(self, unit: int, rows: slice | Ints = slice(None)) -> Bools:
        """Return where the `unit`-th unit may be given: (rows, M) bool."""
        allowed = np.asarray(self.allowed[rows])
        if unit > 1:
            deep_enough = (self.cap[rows] >= unit) & (self.repeats[rows] > 0)
            allowed = allowed & deep_enough[:, None]
        return allowed & (self.pins.dense(rows) < unit) if len(self.pins.box) else allowed

    def spare_repeats(self, units: Units, rows: slice | Ints = slice(None)) -> Ints:
        """Return how many more repeats each box of `rows` may take, given what it holds."""
        used = repeats_in(units[rows]) - repeats_in(self.pinned_units[rows])
        return np.asarray(self.repeats[rows] - used)

    def part(self, rows: Ints, stock: Ints) -> Task:
        """Return the same task for some boxes and another stock."""
        return Task(
            self.scores[rows],
            self.allowed[rows],
            self.cap[rows],
            self.pins.rows(rows),
            self.slots[rows],
            self.repeats[rows],
            stock,
            self.worth,
            None if self.weights is None else self.weights[rows],
        )


def task_of(problem: Problem, weights: Floats | None = None) -> Task:
    """Return what remains of the problem once its pins are in the boxes.

    `weights` (N,) > 0 says how much each box counts when boxes compete; the problem's own scores
    stay what they are.
    """
    pins = problem.pins
    slots = problem.slots - pins.in_box
    stock = problem.stock - pins.of_item
    cap = np.minimum(problem.max_per_item, np.maximum(problem.slots, 1))
    repeats = np.zeros_like(slots)
    if (cap > 1).any():
        wanted = np.minimum(problem.min_distinct, problem.slots)
        wanted = np.minimum(wanted, _reachable(problem, stock > 0))
        repeats = np.maximum(slots - np.maximum(wanted - pins.kinds_in_box, 0), 0)
        repeats = np.where(cap > 1, repeats, 0)
    # More than every slot together is as good as endless; price times stock must not overflow.
    stock = np.minimum(stock, int(slots.sum()) + 1)
    return Task(
        problem.scores,
        problem.allowed,
        cap,
        pins,
        slots,
        repeats,
        stock,
        worth_of(problem, weights),
        weights,
    )


def _reachable(problem: Problem, in_stock: Bools) -> Ints:
    """Count the items each box could hold at all."""
    found = np.zeros(problem.boxes, np.int64)
    for rows in blocks_of(problem.boxes):
        usable = problem.allowed[rows] & in_stock
        if len(problem.pins.box):
            usable = usable | (problem.pins.dense(rows) > 0)
        found[rows] = np.count_nonzero(usable, axis=1)
    return found


def repeats_in(units: Units | Ints) -> Ints:
    """Return (rows,) how many units of each row are second or later ones of their item."""
    held = units.sum(axis=1, dtype=np.int64)
    return np.asarray(held - np.count_nonzero(units, axis=1))

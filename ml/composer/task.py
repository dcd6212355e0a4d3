"""Puts the pins in first and says what is left to decide: free slots, free stock, and how many
repeats may follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.arrays import Bools, Floats, Ints
from ml.composer.problem import Problem
from ml.composer.worth import Worth, worth_of

Units = npt.NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Task:
    """The rest of a problem once the pins are in.

    scores, allowed, cap  as in the problem (cap is max_per_item, never above the slots).
    pins     (N, M) int16 units already in the box.
    slots    (N,) units still to choose.
    repeats  (N,) how many of those may be a second or later unit of an item.
    stock    (M,) units still to give away.
    """

    scores: Floats
    allowed: Bools
    cap: Ints
    pins: Units
    slots: Ints
    repeats: Ints
    stock: Ints
    worth: Worth

    @property
    def shape(self) -> tuple[int, int]:
        """Boxes and items."""
        return int(self.scores.shape[0]), int(self.scores.shape[1])

    @property
    def deepest(self) -> int:
        """The highest unit number any box may reach: 1 when no box may repeat an item."""
        reach = np.where(self.repeats > 0, self.cap, 1)
        return int(reach.max(initial=1))

    def open_units(self, unit: int, rows: slice | Ints = slice(None)) -> Bools:
        """Return where the `unit`-th unit may be given: (rows, M) bool."""
        pins = self.pins[rows]
        if unit == 1:
            return np.asarray(self.allowed[rows] & (pins == 0))
        deep_enough = (self.cap[rows] >= unit) & (self.repeats[rows] > 0)
        return np.asarray(self.allowed[rows] & (pins < unit) & deep_enough[:, None])

    def spare_repeats(self, units: Units, rows: slice | Ints = slice(None)) -> Ints:
        """Return how many more repeats each box of `rows` may take, given what it holds."""
        used = _repeats_in(units[rows]) - _repeats_in(self.pins[rows])
        return np.asarray(self.repeats[rows] - used)

    def part(self, rows: Ints, stock: Ints) -> Task:
        """Return the same task for some boxes and another stock."""
        return Task(
            self.scores[rows],
            self.allowed[rows],
            self.cap[rows],
            self.pins[rows],
            self.slots[rows],
            self.repeats[rows],
            stock,
            self.worth,
        )


def task_of(problem: Problem) -> Task:
    """Return what remains of the problem once its pins are in the boxes."""
    shape = (problem.boxes, problem.items)
    pins = np.zeros(shape, np.int16) if problem.pinned is None else problem.pinned.astype(np.int16)
    stock = problem.stock - pins.sum(axis=0, dtype=np.int64)
    slots = problem.slots - pins.sum(axis=1, dtype=np.int64)
    pinned_kinds = np.count_nonzero(pins, axis=1)
    reachable = np.count_nonzero((problem.allowed & (stock > 0)) | (pins > 0), axis=1)
    wanted = np.minimum(np.minimum(problem.min_distinct, problem.slots), reachable)
    repeats = np.maximum(slots - np.maximum(wanted - pinned_kinds, 0), 0)
    cap = np.minimum(problem.max_per_item, np.maximum(problem.slots, 1))
    repeats = np.where(cap > 1, repeats, 0)
    # More than every slot together is as good as endless; price times stock must not overflow.
    stock = np.minimum(stock, int(slots.sum()) + 1)
    return Task(
        problem.scores, problem.allowed, cap, pins, slots, repeats, stock, worth_of(problem)
    )


def _repeats_in(units: Units) -> Ints:
    held = units.sum(axis=1, dtype=np.int64)
    return np.asarray(held - np.count_nonzero(units, axis=1))

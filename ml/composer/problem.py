"""Says what a batch of boxes asks for and what an answer looks like; refuses what has no sense."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ml.arrays import Bools, Floats, Ints

MOST_SLOTS = 1000


class BadProblem(ValueError):
    """The batch cannot be composed as described; the message names the first thing wrong."""


@dataclass(frozen=True, eq=False)
class Problem:
    """One batch of N boxes to be filled from M items.

    scores        (N, M) float64: what one unit of the item is worth to the box; any sign, finite.
    allowed       (N, M) bool: False is a hard exclusion, never a penalty.
    slots         (N,) int: units every box must hold.
    stock         (M,) int: units that may be given away in all.
    max_per_item  (N,) int >= 1: most units of one item in the box.
    min_distinct  (N,) int >= 0: different items the box must hold. It is read as "at most slots -
                  min_distinct units are repeats", and is lowered to what the box could hold at all:
                  its slots, and the items that are allowed and not used up by pins. A box that must
                  stay partly empty keeps that limit.
    pinned        (N, M) int or None: units that must be in the box whatever they score.
    seed          breaks ties between equal answers, nothing else.
    repeat_values the worth of the 1st, 2nd, 3rd ... unit of one item, the last one repeated; from 1
                  downwards, none below 0. A unit of value v is worth `score - (1 - v) * |score|`,
                  so that a repeat is never more attractive than the first unit, not even where the
                  score is negative.

    Raises BadProblem when shapes, ranges or pins contradict each other.
    """

    scores: Floats
    allowed: Bools
    slots: Ints
    stock: Ints
    max_per_item: Ints
    min_distinct: Ints
    pinned: Ints | None = None
    seed: int = 0
    repeat_values: tuple[float, ...] = (1.0, 0.7, 0.5)

    def __post_init__(self) -> None:
        """Bring every field to its type, then refuse what cannot be meant."""
        scores = _finite_matrix(self.scores)
        boxes, items = scores.shape
        _set(self, "scores", scores)
        _set(self, "allowed", _mask(self.allowed, scores.shape))
        _set(self, "slots", _whole("slots", self.slots, (boxes,), 0))
        _set(self, "stock", _whole("stock", self.stock, (items,), 0))
        _set(self, "max_per_item", _whole("max_per_item", self.max_per_item, (boxes,), 1))
        _set(self, "min_distinct", _whole("min_distinct", self.min_distinct, (boxes,), 0))
        _set(self, "seed", _seed(self.seed))
        _set(self, "repeat_values", _falling(self.repeat_values))
        if self.slots.max(initial=0) > MOST_SLOTS:
            raise BadProblem(f"slots: at most {MOST_SLOTS} units fit one box")
        if self.pinned is not None:
            _set(self, "pinned", _whole("pinned", self.pinned, scores.shape, 0))
            _refuse_pins(self)

    @property
    def boxes(self) -> int:
        """Number of boxes, N."""
        return int(self.scores.shape[0])

    @property
    def items(self) -> int:
        """Number of items, M."""
        return int(self.scores.shape[1])


@dataclass(frozen=True, eq=False)
class Solution:
    """What goes into every box, and how good it provably is.

    box, item, units  (L,) int64: one line per (box, item), sorted by box, then item; units >= 1.
    short             (N,) int64: slots that stay empty because nothing was left to put in.
    prices            (M,) float64 >= 0: what one more unit in stock would add to the value.
    value             worth of all lines together.
    bound             no plan that leaves the same slots empty is worth more than this.
    gap               (bound - value) / |bound|; 0 is optimal.
    method            "exact" or "priced".
    """

    box: Ints
    item: Ints
    units: Ints
    short: Ints
    prices: Floats
    value: float
    bound: float
    gap: float
    method: str


def gap_of(value: float, bound: float) -> float:
    """Return how far the value may be from the best, relative to the bound, whatever the sign."""
    distance = max(0.0, bound - value)
    size = abs(bound) or abs(value)
    return distance / size if size else 0.0


def _set(problem: Problem, name: str, value: Any) -> None:
    object.__setattr__(problem, name, value)


def _finite_matrix(scores: Any) -> Floats:
    try:
        matrix = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as reason:
        raise BadProblem(f"scores: not numbers ({reason})") from reason
    if matrix.ndim != 2:
        raise BadProblem(
            f"scores: a table of boxes by items is needed, not {matrix.ndim} dimensions"
        )
    if not np.isfinite(matrix).all():
        raise BadProblem("scores: every score must be a finite number")
    return matrix


def _mask(allowed: Any, shape: tuple[int, ...]) -> Bools:
    mask = np.asarray(allowed)
    if mask.dtype != np.bool_:
        raise BadProblem(f"allowed: true or false is needed, not {mask.dtype}")
    if mask.shape != shape:
        raise BadProblem(f"allowed: shape {mask.shape} instead of {shape}")
    return mask


def _whole(name: str, value: Any, shape: tuple[int, ...], least: int) -> Ints:
    given = np.asarray(value)
    if given.shape != shape:
        raise BadProblem(f"{name}: shape {given.shape} instead of {shape}")
    if given.size and given.dtype.kind not in "iu":
        raise BadProblem(f"{name}: whole numbers are needed, not {given.dtype}")
    if given.size and (int(given.min()) < least or int(given.max()) > 2**40):
        raise BadProblem(f"{name}: every number must lie between {least} and 2**40")
    return given.astype(np.int64)


def _seed(seed: Any) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise BadProblem("seed: a whole number is needed")
    return int(seed) % 2**64


def _falling(values: Any) -> tuple[float, ...]:
    series = tuple(float(value) for value in values)
    if not series or series[0] != 1.0:
        raise BadProblem("repeat_values: the first unit counts exactly 1")
    if any(not later <= earlier for earlier, later in pairwise(series)) or not series[-1] >= 0.0:
        raise BadProblem("repeat_values: must never rise and never fall below 0")
    return series


def _refuse_pins(problem: Problem) -> None:
    pinned = problem.pinned
    if pinned is None:
        return
    if (pinned.sum(axis=1) > problem.slots).any():
        raise BadProblem("pinned: more units than the box has slots")
    if ((pinned > 0) & ~problem.allowed).any():
        raise BadProblem("pinned: an item that is not allowed in this box")
    if (pinned > problem.max_per_item[:, None]).any():
        raise BadProblem("pinned: more units of one item than max_per_item")
    if (pinned.sum(axis=0) > problem.stock).any():
        raise BadProblem("pinned: more units than there are in stock")

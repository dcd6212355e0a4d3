"""Says what a batch of boxes asks for and what an answer looks like; refuses what has no sense."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from ml.arrays import Floats, Ints
from ml.composer.bands import BadBand, Band, Held, clean_bands, clean_group, whole
from ml.composer.plan import Plan, lines_of, no_lines
from ml.composer.tables import BadProblem as BadProblem
from ml.composer.tables import Mask, ScoreTable, mask_table, score_table

MOST_SLOTS = 1000


@dataclass(frozen=True, eq=False)
class Problem:
    """One batch of N boxes to be filled from M items.

    scores        (N, M) float32 or float64, kept as it is: what one unit of the item is worth to
                  the box; any sign, finite. Or a `tables.Source`, which makes rows when asked.
    allowed       (N, M) bool: False is a hard exclusion, never a penalty. Or a `tables.Source`,
                  such as `tables.PackedMask`.
    slots         (N,) int: units every box must hold.
    stock         (M,) int: units that may be given away in all.
    max_per_item  (N,) int >= 1: most units of one item in the box.
    min_distinct  (N,) int >= 0: different items the box must hold. It is read as "at most slots -
                  min_distinct units are repeats", and is lowered to what the box could hold at all:
                  its slots, and the items that are allowed and not used up by pins. A box that must
                  stay partly empty keeps that limit.
    pinned        units that must be in the box whatever they score: (N, M) int, or the `Plan` of
                  their lines alone, or None.
    seed          breaks ties between equal answers, nothing else.
    repeat_values the worth of the 1st, 2nd, 3rd ... unit of one item, the last one repeated; from 1
                  downwards, none below 0. A unit of value v is worth `score - (1 - v) * |score|`,
                  so that a repeat is never more attractive than the first unit, not even where the
                  score is negative.
    bands         what the units of a box must add up to, in cents or grams. `most` is never broken;
                  a box that cannot reach `least` is filled as well as it can be and named in
                  `Solution.held`. Filling a slot comes before reaching `least`. min_distinct is not
                  lowered for a band.
    group         (M,) int or None: the group (the roaster) of each item, -1 for none.
    group_most    (N,) int or None: units of one group the box holds at most.
    need          (M,) int or None: units that should go out in all. They are met as far as they can
                  be without leaving a slot empty or breaking a rule, by paying for the item.

    Pins that alone pass `most` or `group_most` leave their box empty and held, and give nothing
    away of the stock.

    Raises BadProblem when shapes, ranges or pins contradict each other.
    """

    scores: ScoreTable
    allowed: Mask
    slots: Ints
    stock: Ints
    max_per_item: Ints
    min_distinct: Ints
    pinned: Ints | Plan | None = None
    seed: int = 0
    repeat_values: tuple[float, ...] = (1.0, 0.7, 0.5)
    bands: tuple[Band, ...] = ()
    group: Ints | None = None
    group_most: Ints | None = None
    need: Ints | None = None

    def __post_init__(self) -> None:
        """Bring every field to its type, then refuse what cannot be meant."""
        scores = score_table(self.scores)
        boxes, items = scores.shape
        _set(self, "scores", scores)
        _set(self, "allowed", mask_table(self.allowed, scores.shape))
        _set(self, "slots", _whole("slots", self.slots, (boxes,), 0))
        _set(self, "stock", _whole("stock", self.stock, (items,), 0))
        _set(self, "max_per_item", _whole("max_per_item", self.max_per_item, (boxes,), 1))
        _set(self, "min_distinct", _whole("min_distinct", self.min_distinct, (boxes,), 0))
        _set(self, "seed", _seed(self.seed))
        _set(self, "repeat_values", _falling(self.repeat_values))
        if self.slots.max(initial=0) > MOST_SLOTS:
            raise BadProblem(f"slots: at most {MOST_SLOTS} units fit one box")
        if self.pinned is not None:
            _set(self, "pinned", _pins("pinned", self.pinned, scores.shape))
            _refuse_pins(self)
        if self.is_rich:
            _clean_rich(self)

    @property
    def is_rich(self) -> bool:
        """Whether sums, groups or supplier minimums limit the boxes."""
        asked = (self.group, self.group_most, self.need)
        return bool(self.bands) or any(part is not None for part in asked)

    @cached_property
    def pins(self) -> Plan:
        """The lines of the pinned units."""
        if isinstance(self.pinned, Plan):
            return self.pinned
        shape = (self.boxes, self.items)
        return no_lines(shape) if self.pinned is None else lines_of(self.pinned)

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
    method            "exact", "priced", or for rich boxes "rich" or "rich_exact".
    held              boxes that a human must look at, each with its reason, sorted by box.
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
    held: tuple[Held, ...] = ()


def gap_of(value: float, bound: float) -> float:
    """Return how far the value may be from the best, relative to the bound, whatever the sign."""
    distance = max(0.0, bound - value)
    size = abs(bound) or abs(value)
    return distance / size if size else 0.0


def _set(problem: Problem, name: str, value: Any) -> None:
    object.__setattr__(problem, name, value)


def _pins(name: str, pinned: Any, shape: tuple[int, ...]) -> Ints | Plan:
    if not isinstance(pinned, Plan):
        return _whole(name, pinned, shape, 0)
    if pinned.shape != shape:
        raise BadProblem(f"{name}: shape {pinned.shape} instead of {shape}")
    lines = pinned.box * max(shape[1], 1) + pinned.item
    inside = (pinned.box >= 0) & (pinned.box < shape[0]) & (pinned.item >= 0)
    if not (inside & (pinned.item < shape[1]) & (pinned.units >= 1)).all():
        raise BadProblem(f"{name}: a line without a box, an item or a unit")
    if not (lines[1:] > lines[:-1]).all():
        raise BadProblem(f"{name}: lines must be sorted by box, then item, each pair once")
    return pinned


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


def _clean_rich(problem: Problem) -> None:
    boxes, items = problem.boxes, problem.items
    try:
        _set(problem, "bands", clean_bands(problem.bands, boxes, items))
        if problem.group is not None or problem.group_most is not None:
            group, most = clean_group(problem.group, problem.group_most, boxes, items)
            _set(problem, "group", group)
            _set(problem, "group_most", most)
        if problem.need is not None:
            _set(problem, "need", whole("need", problem.need, items, (0, 2**40)))
    except BadBand as reason:
        raise BadProblem(str(reason)) from reason


def _refuse_pins(problem: Problem) -> None:
    pins = problem.pins
    if (pins.in_box > problem.slots).any():
        raise BadProblem("pinned: more units than the box has slots")
    if not problem.allowed[pins.box, pins.item].all():
        raise BadProblem("pinned: an item that is not allowed in this box")
    if (pins.units > problem.max_per_item[pins.box]).any():
        raise BadProblem("pinned: more units of one item than max_per_item")
    if (pins.of_item > problem.stock).any():
        raise BadProblem("pinned: more units than there are in stock")

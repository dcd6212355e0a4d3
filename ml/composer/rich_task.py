"""What is left to decide about rich boxes once the pins are in: slots, stock, and room below every
ceiling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.bands import PINS_OVER_BAND, PINS_OVER_GROUP, Held
from ml.composer.plan import Units
from ml.composer.problem import Problem
from ml.composer.worth import Worth, worth_of

ENDLESS = 2**40


@dataclass(frozen=True, eq=False)
class RichTask:
    """The rest of a rich batch of N boxes, M items, B bands and G groups.

    scores, allowed  (N, M) as in the problem.
    cap      (N,) most units of one item, pins included.
    pins     (N, M) units already in the box; none in boxes whose pins break a ceiling.
    slots    (N,) units still to choose, 0 in those boxes.
    repeats  (N,) how many of those may be a second or later unit of an item.
    stock    (M,) units still to give away.
    need     (M,) units still to give away for the supplier minimum, never above the stock.
    amount   (B, M) what one unit counts.
    least, most  (B, N) what the units still to choose must come to; least may be below 0.
    group    (M,) 0 to G - 1; items of no group share the last one, which has no ceiling.
    room     (N, G) units of each group still to choose at most.
    stopped  boxes that stay empty, with the reason.
    """

    scores: Floats
    allowed: Bools
    cap: Ints
    pins: Units
    slots: Ints
    repeats: Ints
    stock: Ints
    need: Ints
    amount: Ints
    least: Ints
    most: Ints
    group: Ints
    room: Ints
    worth: Worth
    stopped: tuple[Held, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Boxes and items."""
        return int(self.scores.shape[0]), int(self.scores.shape[1])

    @property
    def deepest(self) -> int:
        """The highest unit number any box may reach."""
        reach = np.where(self.repeats > 0, self.cap, 1)
        return int(np.maximum(reach, self.pins.max(axis=1, initial=0) + 1).max(initial=1))

    def part(self, rows: Ints, stock: Ints, need: Ints) -> RichTask:
        """Return the same task for some boxes and another stock."""
        return RichTask(
            self.scores[rows],
            self.allowed[rows],
            self.cap[rows],
            self.pins[rows],
            self.slots[rows],
            self.repeats[rows],
            stock,
            need,
            self.amount,
            self.least[:, rows],
            self.most[:, rows],
            self.group,
            self.room[rows],
            self.worth,
            (),
        )

    def unit_worth(self, rows: Ints, item: Ints, unit: Ints) -> Ints:
        """Return what the `unit`-th unit of (rows, K) items is worth, in whole numbers."""
        box = rows[:, None]
        return self.worth.of(self.scores[box, item], box, item, unit)

    def sums(self, units: Units) -> Ints:
        """Return (B, N): what the chosen units, pins apart, come to."""
        chosen = units.astype(np.int64) - self.pins
        return np.asarray(self.amount @ chosen.T)

    def counts(self, units: Units) -> Ints:
        """Return (N, G): how many chosen units, pins apart, each group has."""
        chosen = units.astype(np.int64) - self.pins
        member = np.zeros((self.shape[1], self.room.shape[1]), np.int64)
        member[np.arange(self.shape[1]), self.group] = 1
        return np.asarray(chosen @ member)

    def spare_repeats(self, units: Units) -> Ints:
        """Return (N,) how many more repeats each box may take."""
        return np.asarray(self.repeats - _repeats(units) + _repeats(self.pins))


def rich_task_of(problem: Problem) -> RichTask:
    """Return what remains of the problem; boxes whose pins break a ceiling are emptied first."""
    stopped = _stopped(problem)
    out = np.array(sorted({held.box for held in stopped}), dtype=np.int64)
    pins = problem.pins.dense()
    pins[out] = 0
    asked = problem.slots.copy()
    asked[out] = 0
    slots = asked - pins.sum(axis=1, dtype=np.int64)
    stock = problem.stock - pins.sum(axis=0, dtype=np.int64)
    allowed = np.asarray(problem.allowed[:])
    cap = np.minimum(problem.max_per_item, np.maximum(asked, 1))
    room = _rooms(problem, pins)
    need = np.zeros(problem.items, np.int64) if problem.need is None else problem.need
    stock_used = np.minimum(stock, int(slots.sum()) + 1)
    return RichTask(
        np.asarray(problem.scores[:], dtype=np.float64),
        allowed,
        cap,
        pins,
        slots,
        _repeats_left(problem, asked, pins, allowed & (stock > 0)),
        stock_used,
        np.clip(need - pins.sum(axis=0, dtype=np.int64), 0, stock_used),
        _table([band.amount for band in problem.bands], problem.items),
        _left(problem, pins, "least"),
        _left(problem, pins, "most"),
        _groups(problem),
        room,
        worth_of(problem),
        stopped,
    )


def _stopped(problem: Problem) -> tuple[Held, ...]:
    pins = problem.pins
    found = []
    for band in problem.bands:
        total = np.zeros(problem.boxes, np.int64)
        np.add.at(total, pins.box, pins.units * band.amount[pins.item])
        found += [
            Held(int(box), PINS_OVER_BAND, band.name) for box in np.flatnonzero(total > band.most)
        ]
    if problem.group is not None and problem.group_most is not None:
        count = np.zeros((problem.boxes, int(problem.group.max(initial=-1)) + 2), np.int64)
        np.add.at(count, (pins.box, problem.group[pins.item]), pins.units)
        over = (count[:, :-1] > problem.group_most[:, None]).any(axis=1)
        found += [Held(int(box), PINS_OVER_GROUP, "") for box in np.flatnonzero(over)]
    return tuple(sorted(found, key=lambda held: (held.box, held.why, held.name)))


def _repeats_left(problem: Problem, asked: Ints, pins: Units, reachable: Bools) -> Ints:
    kinds = np.count_nonzero(pins, axis=1)
    wanted = np.minimum(
        np.minimum(problem.min_distinct, asked), np.count_nonzero(reachable | (pins > 0), axis=1)
    )
    slots = asked - pins.sum(axis=1, dtype=np.int64)
    return np.asarray(np.maximum(slots - np.maximum(wanted - kinds, 0), 0))


def _left(problem: Problem, pins: Units, side: str) -> Ints:
    found = [getattr(band, side) - pins @ band.amount for band in problem.bands]
    return _table(found, problem.boxes)


def _table(rows: list[Ints], width: int) -> Ints:
    return np.array(rows, dtype=np.int64).reshape(len(rows), width)


def _groups(problem: Problem) -> Ints:
    if problem.group is None:
        return np.zeros(problem.items, np.int64)
    _, group = np.unique(problem.group[problem.group >= 0], return_inverse=True)
    found: Ints = np.full(problem.items, int(group.max(initial=-1)) + 1)
    found[problem.group >= 0] = group
    return found


def _rooms(problem: Problem, pins: Units) -> Ints:
    group = _groups(problem)
    grouped = int(group[problem.group >= 0].max(initial=-1)) + 1 if problem.group is not None else 0
    room: Ints = np.full((problem.boxes, grouped + 1), ENDLESS)
    if problem.group_most is not None:
        room[:, :grouped] = problem.group_most[:, None]
    for name in range(grouped):
        room[:, name] -= pins[:, group == name].sum(axis=1, dtype=np.int64)
    return np.asarray(np.maximum(room, 0))


def _repeats(units: Units) -> Ints:
    return np.asarray(units.sum(axis=1, dtype=np.int64) - np.count_nonzero(units, axis=1))

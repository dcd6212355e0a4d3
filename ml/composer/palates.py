"""Looks after boxes that several people share: exchanges units until nobody in them comes off
badly."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.ideal import box_values, ideal_of
from ml.composer.plan import Plan, gathered
from ml.composer.problem import Problem, Solution, gap_of
from ml.composer.task import repeats_in, task_of
from ml.composer.worth import unit_values

FAIR = 0.6  # of the own best box: nobody stays below that where a box can be had that allows it
LITTLE = 1e-9
MOST_STEPS = 200


@dataclass(frozen=True, eq=False)
class Palates:
    """Who shares a box: `row` (K,) names the box of each person, rising, all of a box together, and
    `scores` (K, M) is what one unit of each item is worth to that person."""

    row: Ints
    scores: Floats


@dataclass(frozen=True)
class _Move:
    """A unit of `gives` goes for one of `takes`; `partner` is the box that has it, or -1 for what
    nobody holds."""

    gives: int
    takes: int
    partner: int = -1


def shares_of(problem: Problem, solution: Solution, palates: Palates) -> Floats:
    """Return (K,): what each person gets of the best box of their own that the shelf allows."""
    part = _alone(problem, palates)
    best = ideal_of(part).value
    plan = _plan(problem, solution).rows(palates.row)
    held = replace(solution, box=plan.box, item=plan.item, units=plan.units)
    value = box_values(part, held)
    return np.divide(value, best, out=np.ones(len(best)), where=best > LITTLE)


def shared_fairly(problem: Problem, solution: Solution, palates: Palates) -> Solution:
    """Return the solution in which whoever fares worst in a shared box fares as well as can be.

    Units are exchanged for such as nobody holds while the smallest share of a box grows, and, while
    it is below FAIR, for those of a box of one person alone, the one that loses least. Every rule
    of the problem is kept; no slot is emptied, and the bound stays what it was.
    """
    emptied = {one.box for one in solution.held}
    board = _Board(problem, solution, palates)
    rows = [int(row) for row in np.unique(palates.row) if int(row) not in emptied]
    changed = [board.settle(row) for row in rows]
    return board.solution(solution) if any(changed) else solution


class _Board:
    """The units of all boxes while they are exchanged."""

    def __init__(self, problem: Problem, solution: Solution, palates: Palates) -> None:
        self.problem, self.palates = problem, palates
        plan = _plan(problem, solution)
        self.left = problem.stock - plan.of_item
        self.plan = plan
        self.dense: dict[int, Ints] = {}
        self.best = ideal_of(_alone(problem, palates)).value
        task = task_of(problem)
        self.cap, self.repeats = task.cap, task.repeats
        self.shared = set(palates.row.tolist()) | {one.box for one in solution.held}

    def settle(self, row: int) -> bool:
        """Exchange units of one shared box while that helps; say whether anything was."""
        for step in range(MOST_STEPS):
            move = self._better(row)
            if move is None:
                return step > 0
            self._make(row, move)
        return True

    def solution(self, was: Solution) -> Solution:
        """Return the boxes as they are now, with what they are worth."""
        shape = self.plan.shape
        kept = ~np.isin(self.plan.box, list(self.dense))
        fresh = [
            (row, at, units[at]) for row, units in self.dense.items() for at in units.nonzero()
        ]
        box = [self.plan.box[kept], *(np.full(len(at), row) for row, at, _ in fresh)]
        item = [self.plan.item[kept], *(at for _, at, _ in fresh)]
        units = [self.plan.units[kept], *(many for _, _, many in fresh)]
        plan = gathered(shape, *(np.concatenate(each) for each in (box, item, units)))
        found = replace(was, box=plan.box, item=plan.item, units=plan.units)
        value = math.fsum(box_values(self.problem, found).tolist())
        return replace(found, value=value, gap=gap_of(value, max(was.bound, value)))

    def _units(self, row: int) -> Ints:
        if row in self.dense:
            return self.dense[row]
        return np.asarray(self.plan.dense(slice(row, row + 1))[0], dtype=np.int64)

    def _better(self, row: int) -> _Move | None:
        """Return the exchange after which the smallest share is largest, if it grows."""
        mine = slice(*np.searchsorted(self.palates.row, [row, row + 1]))
        scores, best = self.palates.scores[mine], self.best[mine]
        if not (best > LITTLE).all():
            return None
        units, pinned = self._units(row), self._pinned(row)
        gives = np.flatnonzero(units > pinned)
        free = self.problem.allowed[row : row + 1][0]
        takes = np.flatnonzero(np.asarray(free) & (units < self.cap[row]))
        if not len(gives) or not len(takes):
            return None
        now = self._value(scores, units) / best
        lost = self._unit(scores[:, gives], units[gives]) / best[:, None]
        won = self._unit(scores[:, takes], units[takes] + 1) / best[:, None]
        after = now[:, None, None] - lost[:, :, None] + won[:, None, :]
        gain = after.min(axis=0) - now.min()
        low = float(now.min()) < FAIR - LITTLE
        for give, take in _ranked(np.round(gain, 9), np.round(after.sum(axis=0), 9)):
            at, other = int(gives[give]), int(takes[take])
            if at == other or not self._may(row, units, at, other):
                continue
            if self.left[other] > 0:
                return _Move(at, other)
            partner = self._partner(at, other) if low else -1
            if partner >= 0:
                return _Move(at, other, partner)
        return None

    def _make(self, row: int, move: _Move) -> None:
        for box, gives, takes in (
            (row, move.gives, move.takes),
            (move.partner, move.takes, move.gives),
        ):
            if box < 0:
                self.left[move.gives] += 1
                self.left[move.takes] -= 1
                continue
            units = self._units(box).copy()
            units[gives] -= 1
            units[takes] += 1
            self.dense[box] = units

    def _partner(self, gives: int, takes: int) -> int:
        """Return the box of one person that loses least by the opposite exchange, or -1."""
        holders = set(self.plan.box[self.plan.item == takes].tolist()) | set(self.dense)
        rows = np.array(sorted(holders - self.shared), dtype=np.int64)
        if not len(rows):
            return -1
        free = np.asarray(self.problem.allowed[rows])[:, gives]
        scores = np.asarray(self.problem.scores[rows], dtype=np.float64)
        lost = np.round(scores[:, takes] - scores[:, gives], 9)
        for at in np.lexsort((rows, lost)):
            row = int(rows[at])
            units = self._units(row)
            plain = units[takes] == 1 and not units[gives] and not self._pinned(row)[takes]
            if free[at] and plain and self._may(row, units, takes, gives):
                return row
        return -1

    def _may(self, row: int, units: Ints, gives: int, takes: int) -> bool:
        """Say whether a box may exchange these units by all rules but the stock."""
        after = units.copy()
        after[gives] -= 1
        after[takes] += 1
        pinned = self._pinned(row)
        repeats = int(repeats_in(after[None])[0] - repeats_in(pinned[None])[0])
        before = int(repeats_in(units[None])[0] - repeats_in(pinned[None])[0])
        if repeats > max(int(self.repeats[row]), before):
            return False
        return self._in_bands(row, units, after) and self._in_groups(row, after)

    def _in_bands(self, row: int, before: Ints, after: Ints) -> bool:
        for band in self.problem.bands:
            was, would = int(band.amount @ before), int(band.amount @ after)
            if would > band.most[row] or would < min(int(band.least[row]), was):
                return False
        return True

    def _in_groups(self, row: int, after: Ints) -> bool:
        group, most = self.problem.group, self.problem.group_most
        if group is None or most is None:
            return True
        named = group >= 0
        return int(np.bincount(group[named], after[named]).max(initial=0)) <= int(most[row])

    def _pinned(self, row: int) -> Ints:
        return np.asarray(self.problem.pins.dense(slice(row, row + 1))[0], dtype=np.int64)

    def _value(self, scores: Floats, units: Ints) -> Floats:
        at = np.flatnonzero(units)
        summed = np.zeros(len(scores))
        for unit in range(1, int(units.max(initial=0)) + 1):
            more = at[units[at] >= unit]
            summed += unit_values(scores[:, more], unit, self.problem.repeat_values).sum(axis=1)
        return summed

    def _unit(self, scores: Floats, units: Ints) -> Floats:
        """Return what the `units`-th unit of each column is worth to everybody."""
        found = np.zeros_like(scores)
        for unit in np.unique(units).tolist():
            same = units == unit
            found[:, same] = unit_values(scores[:, same], unit, self.problem.repeat_values)
        return found


def _ranked(gain: Floats, total: Floats) -> Iterator[tuple[int, int]]:
    """Walk over the exchanges by which the worst-off gain: the largest gain first, then the largest
    sum of shares, then the first."""
    order = np.lexsort((-total.ravel(), -gain.ravel()))
    better: Bools = gain.ravel()[order] > LITTLE
    for cell in order[better]:
        give, take = divmod(int(cell), gain.shape[1])
        yield give, take


def _alone(problem: Problem, palates: Palates) -> Problem:
    """Return the shared boxes as if each person in them had one alone, of what is in stock."""
    rows = palates.row
    return replace(
        problem,
        scores=palates.scores,
        allowed=np.asarray(problem.allowed[rows]) & (problem.stock > 0),
        slots=problem.slots[rows],
        max_per_item=problem.max_per_item[rows],
        min_distinct=problem.min_distinct[rows],
        pinned=problem.pins.rows(rows),
        bands=tuple(
            replace(band, least=band.least[rows], most=band.most[rows]) for band in problem.bands
        ),
        group_most=None if problem.group_most is None else problem.group_most[rows],
        need=None,
        stock=np.full(problem.items, int(problem.slots[rows].sum()) + 1),
    )


def _plan(problem: Problem, solution: Solution) -> Plan:
    return Plan((problem.boxes, problem.items), solution.box, solution.item, solution.units)

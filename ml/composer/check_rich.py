"""Checks what rich boxes add up to: bands, groups, and whether a box was held for a true reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ml.arrays import Bools, Ints
from ml.composer.bands import BELOW_LEAST, PINS_OVER_BAND, PINS_OVER_GROUP, Band
from ml.composer.plan import Plan
from ml.composer.problem import Problem, Solution

Fault = tuple[str, int | None, int | None]


@dataclass(frozen=True, eq=False)
class Contents:
    """What lies in the boxes: one line per (box, item), sorted by box, then item.

    stock_left (M,), repeats_left (N,) how many more repeats each box may take.
    """

    box: Ints
    item: Ints
    units: Ints
    stock_left: Ints
    repeats_left: Ints


def without_emptied(problem: Problem, solution: Solution) -> Problem:
    """Return the problem as it is for the boxes that had to stay empty: no slots, no pins there."""
    empty = [held.box for held in solution.held if held.why != BELOW_LEAST]
    if not empty or any(not 0 <= box < problem.boxes for box in empty):
        return problem
    slots, pins = problem.slots.copy(), problem.pins
    slots[empty] = 0
    stay = ~np.isin(pins.box, empty)
    left = Plan(pins.shape, pins.box[stay], pins.item[stay], pins.units[stay])
    return replace(problem, slots=slots, pinned=left)


def rich_faults(problem: Problem, solution: Solution, contents: Contents) -> list[Fault]:
    """Return (kind, box, item) of everything wrong with sums, groups and held boxes."""
    found = [fault for band in problem.bands for fault in _band_faults(band, solution, contents)]
    found += _group_faults(problem, contents)
    found += _held_faults(problem, solution)
    for held in solution.held:
        if held.why == BELOW_LEAST and 0 <= held.box < problem.boxes:
            found += [
                ("held_though_fixable", held.box, item)
                for item in _saviours(problem, contents, held.box)
            ]
    return found


def unmet(problem: Problem, solution: Solution) -> Ints:
    """Return (M,) how many units of each supplier minimum did not go out; not a violation."""
    out = np.zeros(problem.items, np.int64)
    np.add.at(out, solution.item, solution.units)
    need = np.zeros(problem.items, np.int64) if problem.need is None else problem.need
    return np.asarray(np.maximum(need - out, 0))


def room_for(problem: Problem, contents: Contents, box: int, items: Ints) -> Bools:
    """Return (items,) bool: whether one more unit of each would break no ceiling of the box."""
    mine = _lines_of(contents, box)
    fits = np.ones(len(items), bool)
    for band in problem.bands:
        total = int((band.amount[contents.item[mine]] * contents.units[mine]).sum())
        fits &= total + band.amount[items] <= band.most[box]
    if problem.group is not None and problem.group_most is not None:
        count = _count_of_groups(problem, contents, mine)
        fits &= (problem.group[items] < 0) | (count[problem.group[items]] < problem.group_most[box])
    return fits


def _sums(band: Band, contents: Contents) -> Ints:
    total = np.zeros(len(band.most), np.int64)
    np.add.at(total, contents.box, band.amount[contents.item] * contents.units)
    return total


def _band_faults(band: Band, solution: Solution, contents: Contents) -> Iterator[Fault]:
    total = _sums(band, contents)
    for over in np.flatnonzero(total > band.most):
        yield "over_band", int(over), None
    excused = {each.box for each in solution.held if each.why != BELOW_LEAST}
    named = {
        each.box for each in solution.held if each.why == BELOW_LEAST and each.name == band.name
    }
    below = {int(box) for box in np.flatnonzero(total < band.least)} - excused
    for box in sorted(below - named):
        yield "below_least", box, None
    for box in sorted(named - below):
        yield "held_wrong", box, None


def _group_faults(problem: Problem, contents: Contents) -> list[Fault]:
    if problem.group is None or problem.group_most is None or not len(contents.box):
        return []
    width = int(problem.group.max()) + 2
    key, where = np.unique(
        contents.box * width + problem.group[contents.item] + 1, return_inverse=True
    )
    count = np.zeros(len(key), np.int64)
    np.add.at(count, where, contents.units)
    over = (key % width > 0) & (count > problem.group_most[key // width])
    return [("over_group", int(box), None) for box in np.unique(key[over] // width)]


def _held_faults(problem: Problem, solution: Solution) -> list[Fault]:
    """Find boxes that stayed empty, or are named, for no reason that holds."""
    names = {band.name: band for band in problem.bands}
    found: list[Fault] = []
    for held in solution.held:
        if not 0 <= held.box < problem.boxes:
            found.append(("held_wrong", None, None))
        elif held.why == BELOW_LEAST:
            found += [] if held.name in names else [("held_wrong", held.box, None)]
        elif not _pins_break(problem, names.get(held.name), held.why, held.box):
            found.append(("held_wrong", held.box, None))
    return found


def _pins_break(problem: Problem, band: Band | None, why: str, box: int) -> bool:
    pins = problem.pins.rows(np.array([box]))
    if why == PINS_OVER_BAND and band is not None:
        return int((pins.units * band.amount[pins.item]).sum()) > int(band.most[box])
    if why != PINS_OVER_GROUP or problem.group is None or problem.group_most is None:
        return False
    grouped = problem.group[pins.item] >= 0
    count = np.bincount(problem.group[pins.item[grouped]], pins.units[grouped])
    return bool((count > problem.group_most[box]).any())


def _lines_of(contents: Contents, box: int) -> slice:
    start, stop = np.searchsorted(contents.box, [box, box + 1])
    return slice(int(start), int(stop))


def _count_of_groups(problem: Problem, contents: Contents, mine: slice) -> Ints:
    group = np.zeros(0, np.int64) if problem.group is None else problem.group
    count = np.zeros(int(group.max(initial=0)) + 1, np.int64)
    grouped = group[contents.item[mine]] >= 0
    np.add.at(count, group[contents.item[mine]][grouped], contents.units[mine][grouped])
    return count


def _saviours(problem: Problem, contents: Contents, box: int) -> Iterator[int]:
    """Yield the first item of the stock left that, put in for one unit, would repair the box."""
    mine = _lines_of(contents, box)
    item, units = contents.item[mine], contents.units[mine]
    held = np.zeros(problem.items, np.int64)
    held[item] = units
    row = np.array([box])
    out = item[units > problem.pins.dense(row)[0][item]]
    into = np.flatnonzero(
        (contents.stock_left > 0) & problem.allowed[row][0] & (held < problem.max_per_item[box])
    )
    fits = into != out[:, None]
    spare = contents.repeats_left[box] + (held[out] > 1)
    fits &= (held[into] == 0) | (spare[:, None] > 0)
    for band in problem.bands:
        total = int((band.amount[item] * units).sum())
        after = total - band.amount[out][:, None] + band.amount[into]
        fits &= (after >= band.least[box]) & (after <= band.most[box])
    if problem.group is not None and problem.group_most is not None:
        count = _count_of_groups(problem, contents, mine)
        same = problem.group[into] == problem.group[out][:, None]
        free = (problem.group[into] < 0) | (count[problem.group[into]] < problem.group_most[box])
        fits &= same | free
    yield from (int(each) for each in into[fits.any(axis=0)][:1])

"""Checks a composed batch against everything that was asked, trusting nothing that composed it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Ints
from ml.composer.check_rich import Contents, rich_faults, room_for, without_emptied
from ml.composer.problem import Problem, Solution

CLOSE = 1e-9
ROWS_AT_ONCE = 8192


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong, and where: the row of its box, the column of its item.

    Kinds: excluded, oversold, overfull, unfilled_though_fillable, too_many_of_one,
    too_few_distinct, pin_missing, duplicate_line, unsorted, unknown, short_wrong, value_wrong,
    bound_below_value; for rich boxes over_band, below_least, over_group, held_wrong,
    held_though_fixable.
    """

    kind: str
    box: int | None = None
    item: int | None = None


class WrongSolution(ValueError):
    """A plan breaks the rules and must not be packed; `violations` lists every way it does."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        """Keep the list and name its kinds."""
        self.violations = violations
        kinds = sorted({violation.kind for violation in violations})
        super().__init__(f"{len(violations)} violations: {', '.join(kinds)}")


def ensure_right(problem: Problem, solution: Solution) -> None:
    """Return quietly if the plan keeps every rule, else raise WrongSolution with the list."""
    found = violations(problem, solution)
    if found:
        raise WrongSolution(found)


def violations(problem: Problem, solution: Solution) -> tuple[Violation, ...]:
    """Return everything that is wrong with the plan, empty if nothing is.

    A box has too few different items when it holds more repeats than `slots - min_distinct`, where
    min_distinct is lowered to what the box could hold at all, and more than its pins force. Lines
    that name no box, no item or no unit are reported as unknown, and the other rules are then
    checked without them. Boxes whose pins break a ceiling must stay empty. A box may be held for a
    band's least only if no single swap for an item left over would reach it.
    """
    asked, problem = problem, without_emptied(problem, solution)
    lines, found = _readable(problem, solution)
    found += _line_faults(problem, lines)
    found += _box_faults(problem, lines)
    found += _item_faults(problem, lines)
    found += _pin_faults(problem, lines)
    found += _holes(problem, lines)
    found += _sums(asked, solution, lines)
    if asked.is_rich or solution.held:
        rich = rich_faults(asked, solution, _contents(problem, lines))
        found += [Violation(kind, box, item) for kind, box, item in rich]
    return tuple(found)


@dataclass(frozen=True, eq=False)
class _Lines:
    """One line per (box, item) that exists, duplicates added up, sorted."""

    box: Ints
    item: Ints
    units: Ints
    twice: Bools
    in_box: Ints
    kinds_in_box: Ints
    of_item: Ints


def _readable(problem: Problem, solution: Solution) -> tuple[_Lines, list[Violation]]:
    box, item, units = (
        np.asarray(part, dtype=np.int64) for part in (solution.box, solution.item, solution.units)
    )
    if box.ndim != 1 or not box.shape == item.shape == units.shape:
        return _gather(
            problem, np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
        ), [Violation("unknown")]
    named = (box >= 0) & (box < problem.boxes) & (item >= 0) & (item < problem.items) & (units > 0)
    found = [
        Violation("unknown", int(box[line]), int(item[line])) for line in np.flatnonzero(~named)
    ]
    box, item, units = box[named], item[named], units[named]
    key = box * problem.items + item
    found += [
        Violation("unsorted", int(box[line])) for line in np.flatnonzero(key[1:] < key[:-1])[:1]
    ]
    return _gather(problem, box, item, units), found


def _gather(problem: Problem, box: Ints, item: Ints, units: Ints) -> _Lines:
    width = max(problem.items, 1)
    key, where, times = np.unique(box * width + item, return_inverse=True, return_counts=True)
    total = np.zeros(len(key), np.int64)
    np.add.at(total, where, units)
    in_box, of_item = np.zeros(problem.boxes, np.int64), np.zeros(problem.items, np.int64)
    np.add.at(in_box, key // width, total)
    np.add.at(of_item, key % width, total)
    kinds = np.bincount(key // width, minlength=problem.boxes)
    return _Lines(key // width, key % width, total, times > 1, in_box, kinds, of_item)


def _line_faults(problem: Problem, lines: _Lines) -> list[Violation]:
    wrong = {
        "excluded": ~problem.allowed[lines.box, lines.item],
        "too_many_of_one": lines.units > problem.max_per_item[lines.box],
        "duplicate_line": lines.twice,
    }
    return [
        Violation(kind, int(lines.box[line]), int(lines.item[line]))
        for kind, faulty in wrong.items()
        for line in np.flatnonzero(faulty)
    ]


def _box_faults(problem: Problem, lines: _Lines) -> list[Violation]:
    wrong = {
        "overfull": lines.in_box > problem.slots,
        "too_few_distinct": lines.in_box - lines.kinds_in_box > _repeats_allowed(problem),
    }
    return [
        Violation(kind, int(box))
        for kind, faulty in wrong.items()
        for box in np.flatnonzero(faulty)
    ]


def _item_faults(problem: Problem, lines: _Lines) -> list[Violation]:
    return [
        Violation("oversold", None, int(item))
        for item in np.flatnonzero(lines.of_item > problem.stock)
    ]


def _pin_faults(problem: Problem, lines: _Lines) -> list[Violation]:
    pins = problem.pins
    missing = _held(problem, lines, pins.box, pins.item) < pins.units
    return [
        Violation("pin_missing", int(pins.box[pin]), int(pins.item[pin]))
        for pin in np.flatnonzero(missing)
    ]


def _contents(problem: Problem, lines: _Lines) -> Contents:
    repeats_left = _repeats_allowed(problem) - (lines.in_box - lines.kinds_in_box)
    left = problem.stock - lines.of_item
    return Contents(lines.box, lines.item, lines.units, left, repeats_left)


def _holes(problem: Problem, lines: _Lines) -> list[Violation]:
    contents = _contents(problem, lines)
    left = np.flatnonzero(lines.of_item < problem.stock)
    return [
        Violation("unfilled_though_fillable", int(box), int(item))
        for box in np.flatnonzero(lines.in_box < problem.slots)
        for item in _fitting(problem, lines, contents, int(box), left)
    ]


def _fitting(
    problem: Problem, lines: _Lines, contents: Contents, box: int, left: Ints
) -> Iterator[int]:
    held = _held(problem, lines, np.full(len(left), box), left)
    fits = (
        problem.allowed[box, left]
        & (held < problem.max_per_item[box])
        & ((held == 0) | (contents.repeats_left[box] > 0))
    )
    if problem.is_rich:
        fits &= room_for(problem, contents, box, left)
    yield from (int(item) for item in left[fits][:1])


def _repeats_allowed(problem: Problem) -> Ints:
    pins = problem.pins
    still_there = problem.stock > pins.of_item
    # In parts, since the mask may be a stream that is nowhere whole.
    parts = [
        (problem.allowed[start : start + ROWS_AT_ONCE] & still_there).sum(axis=1)
        for start in range(0, problem.boxes, ROWS_AT_ONCE)
    ]
    reachable = np.concatenate([np.zeros(0, np.int64), *parts])
    # What is pinned is allowed, and there for its own box even if nothing of it is left.
    np.add.at(reachable, pins.box, ~still_there[pins.item])
    forced = pins.in_box - pins.kinds_in_box
    wanted = np.minimum(problem.min_distinct, reachable)
    return np.asarray(np.maximum(np.maximum(problem.slots - wanted, 0), forced))


def _held(problem: Problem, lines: _Lines, box: Ints, item: Ints) -> Ints:
    """Return how many units of each item stand in each box."""
    if not len(lines.box):
        return np.zeros(len(box), np.int64)
    keys = lines.box * problem.items + lines.item
    asked = box * problem.items + item
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.asarray(np.where(keys[place] == asked, lines.units[place], 0))


def _sums(problem: Problem, solution: Solution, lines: _Lines) -> list[Violation]:
    found = _short_faults(problem, solution, lines)
    value = _value(problem, lines)
    tolerance = CLOSE * max(1.0, abs(value))
    if not abs(solution.value - value) <= tolerance:
        found.append(Violation("value_wrong"))
    if not solution.bound >= solution.value - tolerance:
        found.append(Violation("bound_below_value"))
    return found


def _short_faults(problem: Problem, solution: Solution, lines: _Lines) -> list[Violation]:
    short = np.asarray(solution.short)
    if short.shape != (problem.boxes,):
        return [Violation("short_wrong")]
    missing = np.maximum(problem.slots - lines.in_box, 0)
    return [Violation("short_wrong", int(box)) for box in np.flatnonzero(short != missing)]


def _value(problem: Problem, lines: _Lines) -> float:
    """Add up every unit: the k-th loses `(1 - its repeat value)` of the size of its score."""
    score = problem.scores[lines.box, lines.item]
    deepest = int(lines.units.max(initial=0))
    shares = problem.repeat_values + problem.repeat_values[-1:] * max(
        0, deepest - len(problem.repeat_values)
    )
    lost = np.concatenate([[0.0], np.cumsum([1.0 - share for share in shares])])
    return math.fsum(score * lines.units - np.abs(score) * lost[lines.units])

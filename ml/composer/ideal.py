"""Says what every box would hold if nothing were scarce, and how close its real content comes to
that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.compose import compose
from ml.composer.problem import Problem, Solution
from ml.composer.task import Task, task_of
from ml.composer.worth import unit_values

ROWS_AT_ONCE = 8192


@dataclass(frozen=True, eq=False)
class Ideal:
    """The boxes under unlimited stock: `value` (N,) of each, and lines (box, item, units) as in a
    solution."""

    value: Floats
    box: Ints
    item: Ints
    units: Ints


@dataclass(frozen=True, eq=False)
class Missed:
    """Units (L,) of items that a box would hold under unlimited stock and does not: sorted by box,
    then by score, the most wanted first."""

    box: Ints
    item: Ints
    units: Ints


def ideal_of(problem: Problem) -> Ideal:
    """Return the best content of every box by itself, all rules but the stock kept.

    Pins stay in. Equal items are taken in their order, so that every machine names the same ones.
    """
    plenty = replace(problem, stock=np.full(problem.items, int(problem.slots.sum()) + 1))
    if problem.is_rich:
        found = compose(plenty)
        return Ideal(box_values(problem, found), found.box, found.item, found.units)
    task = task_of(plenty)
    prices = np.zeros(problem.items)
    everyone = np.arange(problem.boxes)
    parts = [best_lines(task, rows, task.slots[rows], prices) for rows in chunks(everyone)]
    parts = parts or [(everyone, everyone, everyone)]
    box, item, units = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Ideal(lines_value(problem, box, item, units), box, item, units)


def box_values(problem: Problem, solution: Solution) -> Floats:
    """Return (N,): what the content of each box is worth."""
    return lines_value(problem, solution.box, solution.item, solution.units)


def satisfaction_of(value: Floats, ideal_value: Floats) -> Floats:
    """Return value over ideal value, 0 to 1; where scores are negative, how little of the ideal's
    size is lost."""
    size = np.abs(ideal_value)
    lost = np.maximum(ideal_value - value, 0.0)
    share = np.divide(lost, size, out=(lost > 0).astype(np.float64), where=size > 0)
    return np.asarray(np.clip(1.0 - share, 0.0, 1.0))


def missed_of(problem: Problem, ideal: Ideal, solution: Solution) -> Missed:
    """Return what every box would hold under unlimited stock and does not."""
    width = problem.items
    wished, got = ideal.box * width + ideal.item, solution.box * width + solution.item
    held = np.zeros(len(wished), np.int64)
    if len(got):
        place = np.minimum(np.searchsorted(got, wished), len(got) - 1)
        held = np.where(got[place] == wished, solution.units[place], 0)
    lines = np.flatnonzero(ideal.units > held)
    box, item = ideal.box[lines], ideal.item[lines]
    order = np.lexsort((item, -problem.scores[box, item], box))
    return Missed(box[order], item[order], (ideal.units - held)[lines][order])


def chunks(rows: Ints) -> Iterator[Ints]:
    """Walk over rows, some thousands at once."""
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]


def best_lines(
    task: Task, rows: Ints, slots: Ints, prices: Floats, weights: Floats | None = None
) -> tuple[Ints, Ints, Ints]:
    """Return the lines (box, item, units) of the content that each box of `rows` would buy at the
    prices, pins included: `slots` (rows,) units, its scores counting `weights` (rows,) times."""
    scores = np.asarray(task.scores[rows], dtype=np.float64)
    if weights is not None:
        scores = scores * weights[:, None]
    gains = [
        np.where(
            task.open_units(unit, rows),
            unit_values(scores, unit, task.worth.repeat_values) - prices,
            -np.inf,
        )
        for unit in range(1, task.deepest + 1)
    ]
    if len(gains) > 1:
        again = np.concatenate(gains[1:], axis=1)
        again[~_top(again, task.repeats[rows])] = -np.inf
        gains = [gains[0], again]
    taken = _top(np.concatenate(gains, axis=1), slots)
    taken = taken.reshape(len(rows), task.deepest, scores.shape[1])
    units = taken.sum(axis=1) + task.pins.dense(rows)
    row, item = np.nonzero(units)
    return rows[row], item, units[row, item].astype(np.int64)


def _top(values: Floats, count: Ints) -> Bools:
    """Return where the `count` (rows,) largest of each row stand; of equal ones the first."""
    most = min(int(count.max(initial=0)), values.shape[1])
    if not most:
        return np.zeros(values.shape, bool)
    best = np.sort(np.partition(-values, most - 1, axis=1)[:, :most], axis=1)
    last = -best[np.arange(len(values)), np.clip(count, 1, most) - 1][:, None]
    above = values > last
    level = (values == last) & (values > -np.inf)
    room = np.minimum(count, most)[:, None] - above.sum(axis=1, keepdims=True)
    return np.asarray((above | (level & (np.cumsum(level, axis=1) <= room))) & (count > 0)[:, None])


def lines_value(problem: Problem, box: Ints, item: Ints, units: Ints) -> Floats:
    """Return (N,): what these lines are worth to each box."""
    score = np.asarray(problem.scores[box, item], dtype=np.float64)
    worth = np.zeros(len(score))
    for unit in range(1, int(units.max(initial=0)) + 1):
        worth += np.where(units >= unit, unit_values(score, unit, problem.repeat_values), 0.0)
    summed = np.bincount(box, weights=worth, minlength=problem.boxes)
    return np.asarray(summed, dtype=np.float64)

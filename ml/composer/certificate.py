"""Proves how good a plan is: with any prices, no plan is worth more than what the boxes would pay
for."""

from __future__ import annotations

import math

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.plan import Plan
from ml.composer.problem import Problem, Solution, gap_of
from ml.composer.tables import ROWS_AT_ONCE, blocks_of
from ml.composer.task import Task
from ml.composer.worth import unit_values


def upper_bound(problem: Problem, task: Task, plan: Plan, prices: Floats) -> float:
    """Return a value that no plan with the same empty slots exceeds.

    Every box buys its favourite units at the prices, and the stock is sold at them: Lagrangian
    relaxation of the stock limits. `prices` (M,) must not be negative. Scores and mask are read
    once, block by block.
    """
    return _value_and_bound(problem, task, plan, prices)[1]


def favourites(
    task: Task, rows: slice | Ints, chosen: Ints, prices: Floats, scores: Floats | None = None
) -> Floats:
    """Return (rows,): worth minus price of each box's best `chosen` units, repeats limited.

    `scores` (rows, M) are those of the boxes, where they are at hand already.
    """
    most = int(chosen.max(initial=0))
    if scores is None:
        scores = np.asarray(task.scores[rows], dtype=np.float64)
    best = _largest(_gains(task, rows, scores, prices, 1), most)
    again = [
        _largest(_gains(task, rows, scores, prices, unit), most)
        for unit in range(2, task.deepest + 1)
    ]
    if again:
        repeats = _largest(np.concatenate(again, axis=1), most)
        repeats[np.arange(repeats.shape[1]) >= task.repeats[rows][:, None]] = -np.inf
        best = _largest(np.concatenate([best, repeats], axis=1), most)
    worth = np.zeros(len(chosen))
    for position in range(best.shape[1]):
        worth += np.where(position < chosen, best[:, position], 0.0)
    return worth


def plan_value(problem: Problem, plan: Plan) -> float:
    """Return what all units together are worth."""
    scores = np.asarray(problem.scores[plan.box, plan.item], dtype=np.float64)
    return _worth(scores, plan.units, problem.repeat_values)


def total(values: Floats) -> float:
    """Add up numbers alike on every machine: exactly within thousands, then exactly over those."""
    chunks = (values[start : start + ROWS_AT_ONCE] for start in range(0, len(values), ROWS_AT_ONCE))
    return math.fsum(math.fsum(chunk.tolist()) for chunk in chunks)


def certified(problem: Problem, task: Task, plan: Plan, prices: Floats, method: str) -> Solution:
    """Return the plan as sorted lines with its value and its certified bound.

    Any `prices` (M,) >= 0 in the unit of the scores prove a bound, good ones a close one.
    """
    value, bound = _value_and_bound(problem, task, plan, prices)
    # The bound is never below the value in exact arithmetic; the last rounding must not say
    # otherwise.
    bound = max(bound, value)
    short = problem.slots - plan.in_box
    gap = gap_of(value, bound)
    return Solution(plan.box, plan.item, plan.units, short, prices, value, bound, gap, method)


def _value_and_bound(
    problem: Problem, task: Task, plan: Plan, prices: Floats
) -> tuple[float, float]:
    """Work both out in one walk over the scores, since making these may be dear."""
    chosen = plan.in_box - task.pins.in_box
    values: list[float] = []
    bounds = [math.fsum(prices * task.stock)]
    for rows in blocks_of(problem.boxes):
        scores = np.asarray(task.scores[rows], dtype=np.float64)
        lines, pins = plan.rows(rows), task.pins.rows(rows)
        for part, sums in ((lines, values), (pins, bounds)):
            sums.append(_worth(scores[part.box, part.item], part.units, problem.repeat_values))
        bounds.append(total(favourites(task, rows, chosen[rows], prices, scores)))
    return math.fsum(values), math.fsum(bounds)


def _worth(scores: Floats, units: Ints, repeat_values: tuple[float, ...]) -> float:
    parts: list[float] = []
    for unit in range(1, int(units.max(initial=0)) + 1):
        reached = scores if unit == 1 else scores[units >= unit]
        parts.append(total(unit_values(reached, unit, repeat_values)))
    return math.fsum(parts)


def _gains(task: Task, rows: slice | Ints, scores: Floats, prices: Floats, unit: int) -> Floats:
    worth = unit_values(scores, unit, task.worth.repeat_values) - prices
    return _barred(worth, task.open_units(unit, rows))


def _barred(worth: Floats, allowed: Bools) -> Floats:
    return np.where(allowed, worth, -np.inf)


def _largest(values: Floats, count: int) -> Floats:
    """Return the largest values of each row, falling."""
    if count < values.shape[1]:
        least = values.shape[1] - count
        values = np.partition(values, least, axis=1)[:, least:] if count else values[:, :0]
    return np.asarray(np.sort(values, axis=1)[:, ::-1])

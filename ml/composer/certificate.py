"""Proves how good a plan is: with any prices, no plan is worth more than what the boxes would pay
for."""

from __future__ import annotations

import math

import numpy as np

from ml.arrays import Floats, Ints
from ml.composer.problem import Problem, Solution, gap_of
from ml.composer.task import Task, Units
from ml.composer.worth import unit_values

ROWS_AT_ONCE = 16384


def upper_bound(problem: Problem, task: Task, units: Units, prices: Floats) -> float:
    """Return a value that no plan with the same empty slots exceeds.

    Every box buys its favourite units at the prices, and the stock is sold at them: Lagrangian
    relaxation of the stock limits. `prices` (M,) must not be negative.
    """
    chosen = (units - task.pins).sum(axis=1, dtype=np.int64)
    parts = [plan_value(problem, task.pins), math.fsum(prices * task.stock)]
    for start in range(0, problem.boxes, ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, problem.boxes))
        parts.extend(favourites(task, rows, chosen[rows], prices))
    return math.fsum(parts)


def favourites(task: Task, rows: Ints, chosen: Ints, prices: Floats) -> Floats:
    """Return (rows,): worth minus price of each box's best `chosen` units, repeats limited."""
    most = int(chosen.max(initial=0))
    best = _largest(_gains(task, rows, 1, prices), most)
    again = [
        _largest(_gains(task, rows, unit, prices), most) for unit in range(2, task.deepest + 1)
    ]
    if again:
        repeats = _largest(np.concatenate(again, axis=1), most)
        repeats[np.arange(repeats.shape[1]) >= task.repeats[rows][:, None]] = -np.inf
        best = _largest(np.concatenate([best, repeats], axis=1), most)
    total = np.zeros(len(rows))
    for position in range(best.shape[1]):
        total += np.where(position < chosen, best[:, position], 0.0)
    return total


def plan_value(problem: Problem, units: Units) -> float:
    """Return what all units together are worth."""
    parts: list[float] = []
    for unit in range(1, int(units.max(initial=0)) + 1):
        parts.extend(unit_values(problem.scores[units >= unit], unit, problem.repeat_values))
    return math.fsum(parts)


def solution_of(
    problem: Problem, task: Task, units: Units, prices: Floats, method: str
) -> Solution:
    """Return the plan as sorted lines with its value and its certified bound."""
    box, item = np.nonzero(units)
    value = plan_value(problem, units)
    # The bound is never below the value in exact arithmetic; the last rounding must not say
    # otherwise.
    bound = max(upper_bound(problem, task, units, prices), value)
    short = problem.slots - units.sum(axis=1, dtype=np.int64)
    counts = units[box, item].astype(np.int64)
    return Solution(box, item, counts, short, prices, value, bound, gap_of(value, bound), method)


def _gains(task: Task, rows: Ints, unit: int, prices: Floats) -> Floats:
    worth = unit_values(task.scores[rows], unit, task.worth.repeat_values)
    return np.where(task.open_units(unit, rows), worth - prices, -np.inf)


def _largest(values: Floats, count: int) -> Floats:
    if count < values.shape[1]:
        values = -np.partition(-values, count - 1, axis=1)[:, :count] if count else values[:, :0]
    return np.asarray(-np.sort(-values, axis=1))

"""Composes a whole batch of boxes at once: exactly where that is quick, by prices where the batch
is very large."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ml.arrays import Floats
from ml.composer.certificate import certified
from ml.composer.exact import exact_plan
from ml.composer.plan import Plan, lines_of
from ml.composer.priced import priced_plan
from ml.composer.problem import Problem, Solution
from ml.composer.rich import EXACT_CELLS, compose_rich
from ml.composer.task import Task, task_of

EXACT_PAIRS = 3_000_000

Progress = Callable[[str, float], None]


@dataclass(frozen=True, eq=False)
class Allocation:
    """Who gets what, not yet certified: the plan with its pins, and (M,) prices in the unit of the
    scores; the method is "exact" or "priced"."""

    task: Task
    plan: Plan
    prices: Floats
    method: str


def compose(
    problem: Problem, progress: Progress | None = None, exact_pairs: int = EXACT_PAIRS
) -> Solution:
    """Return the boxes of the batch: as few empty slots as can be, then as much worth as can be.

    `progress` is told (what happens now, share done 0..1). Batches of more than `exact_pairs` boxes
    times items are composed by prices; their gap is certified but not exactly zero. Rich boxes have
    a way of their own.
    """
    tell = progress or _silence
    if problem.is_rich:
        return compose_rich(problem, tell, min(exact_pairs, EXACT_CELLS))
    tell("units are given away", 0.1)
    allocation = allocate(problem, exact_pairs)
    tell("the plan is certified", 0.8)
    solution = certified(
        problem, allocation.task, allocation.plan, allocation.prices, allocation.method
    )
    tell("composed", 1.0)
    return solution


def allocate(
    problem: Problem, exact_pairs: int = EXACT_PAIRS, weights: Floats | None = None
) -> Allocation:
    """Return who gets what, and the prices, not yet certified.

    `weights` (N,) > 0 says how much each box counts when boxes compete; the prices are then those
    of the weighted scores.
    """
    task = task_of(problem, weights)
    if problem.boxes * problem.items > exact_pairs:
        plan, prices = priced_plan(task)
        return Allocation(task, plan, prices, "priced")
    units, prices = exact_plan(task)
    return Allocation(task, lines_of(units), prices, "exact")


def _silence(_stage: str, _done: float) -> None:
    """Hear nobody."""

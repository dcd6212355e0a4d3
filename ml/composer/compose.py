"""Composes a whole batch of boxes at once: exactly where that is quick, by prices where the batch
is very large."""

from __future__ import annotations

from collections.abc import Callable

from ml.composer.certificate import certified
from ml.composer.flow import exact_units
from ml.composer.plan import lines_of
from ml.composer.priced import priced_plan
from ml.composer.prices import prices_of
from ml.composer.problem import Problem, Solution
from ml.composer.task import task_of

EXACT_PAIRS = 3_000_000

Progress = Callable[[str, float], None]


def compose(
    problem: Problem, progress: Progress | None = None, exact_pairs: int = EXACT_PAIRS
) -> Solution:
    """Return the boxes of the batch: as few empty slots as can be, then as much worth as can be.

    `progress` is told (what happens now, share done 0..1). Batches of more than `exact_pairs` boxes
    times items are composed by prices; their gap is certified but not exactly zero.
    """
    tell = progress or _silence
    task = task_of(problem)
    tell("units are given away", 0.1)
    if problem.boxes * problem.items <= exact_pairs:
        units, method = exact_units(task), "exact"
        tell("prices are found", 0.6)
        plan, prices = lines_of(units), prices_of(task, units)
    else:
        (plan, prices), method = priced_plan(task), "priced"
    tell("the plan is certified", 0.8)
    solution = certified(problem, task, plan, prices, method)
    tell("composed", 1.0)
    return solution


def _silence(_stage: str, _done: float) -> None:
    """Hear nobody."""

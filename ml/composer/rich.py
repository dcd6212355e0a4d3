"""Composes rich boxes: sums within bands, so many of a roaster, supplier minimums."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ml.arrays import Ints
from ml.composer.bands import BELOW_LEAST, Held
from ml.composer.plan import Units
from ml.composer.problem import Problem, Solution, gap_of
from ml.composer.rich_board import board_of
from ml.composer.rich_bound import filled_as, plan_value, rich_bound
from ml.composer.rich_exact import Answer, improved
from ml.composer.rich_mend import fill, sell_back
from ml.composer.rich_pick import picked
from ml.composer.rich_polish import polish
from ml.composer.rich_prices import (
    FEW_PASSES,
    MANY_BOXES,
    PASSES,
    Asked,
    balanced,
    candidates,
    sampled,
)
from ml.composer.rich_task import RichTask, rich_task_of
from ml.composer.rich_trade import fill_by_chains, trade
from ml.composer.worth import LARGEST, draw

EXACT_CELLS = 3_000
TRADES = 15

Progress = Callable[[str, float], None]


def compose_rich(problem: Problem, tell: Progress, exact_cells: int = EXACT_CELLS) -> Solution:
    """Return rich boxes close to the best: as few empty slots as can be, then as few boxes below a
    band's least, then supplier minimums, then worth.

    `tell` hears (what happens now, share done 0..1). Batches of at most `exact_cells` boxes times
    items are composed by integer programming, which starts from the priced plan and keeps the
    better of the two. Method: Lagrangian relaxation of stock and bands, a greedy choice per box,
    exchanges within and between boxes.
    """
    task = rich_task_of(problem)
    tell("prices are found", 0.1)
    units, asked = priced_plan(task, tell)
    answer = Answer(units, "rich", math.inf)
    if 0 < problem.boxes * problem.items <= exact_cells:
        tell("the best boxes are looked for", 0.6)
        answer = improved(task, units)
    tell("the plan is certified", 0.8)
    solution = solution_of(problem, task, answer, asked)
    tell("composed", 1.0)
    return solution


def priced_plan(task: RichTask, tell: Progress) -> tuple[Units, Asked]:
    """Return (N, M) units, pins included, with the prices and tolls they were found at."""
    boxes, items = task.shape
    if not boxes or not items:
        tolls = np.zeros((len(task.amount), boxes), np.int64)
        return task.pins, Asked(np.zeros(items, np.int64), tolls)
    fewer = replace(task, slots=_planned_slots(task), need=_ample(task))
    sample = sampled(fewer)
    pool = candidates(fewer, sample)
    asked = balanced(fewer, pool, _from_sample(sample, boxes), _passes(boxes))
    tell("units are given away", 0.4)
    chosen = picked(fewer, pool, asked)
    units = task.pins.copy()
    np.add.at(units, (pool.rows[:, None], pool.item), chosen.astype(np.int16))
    board = board_of(task, units)
    polish(board, pool.item, asked.prices)
    sell_back(board, asked.prices)
    fill(board, asked.prices)
    fill_by_chains(board, pool.item, asked.prices)
    tell("boxes trade", 0.6)
    trade(board, pool.item, asked.prices, TRADES)
    fill(board, asked.prices)
    return board.units, asked


def _from_sample(sample: Asked, boxes: int) -> Asked:
    middle = np.sort(sample.tolls, axis=1)[:, sample.tolls.shape[1] // 2]
    return Asked(sample.prices, np.repeat(middle[:, None], boxes, axis=1))


def _passes(boxes: int) -> int:
    return PASSES if boxes <= MANY_BOXES else FEW_PASSES


def _ample(task: RichTask) -> Ints:
    """Aim a little above the supplier minimums: what boxes choose never fits to the unit."""
    more = np.where(task.need > 0, task.need // 30 + 1, 0)
    return np.asarray(np.minimum(task.need + more, task.stock))


def _planned_slots(task: RichTask) -> Ints:
    """Take the slots nobody can fill from as many different boxes as possible."""
    slots = task.slots.copy()
    missing = int(slots.sum() - task.stock.sum())
    order = np.argsort(draw(task.worth.seed, np.arange(len(slots)), 0), kind="stable")
    while missing > 0:
        shortened = order[slots[order] > 0][:missing]
        slots[shortened] -= 1
        missing -= len(shortened)
    return slots


def solution_of(problem: Problem, task: RichTask, answer: Answer, asked: Asked) -> Solution:
    """Return the plan as sorted lines with its value, its certified bound and its held boxes."""
    units = answer.units
    box, item = np.nonzero(units)
    value = plan_value(task, units)
    asked = settled_prices(task, units, asked)
    proven = plan_value(task, task.pins) + answer.most
    bound = max(min(rich_bound(task, units, asked), proven), value)
    short = problem.slots - units.sum(axis=1, dtype=np.int64)
    prices = asked.prices.astype(np.float64) * (task.worth.scale / LARGEST)
    return Solution(
        box,
        item,
        units[box, item].astype(np.int64),
        short,
        prices,
        value,
        bound,
        gap_of(value, bound),
        answer.method,
        held_boxes(problem, task, units),
    )


def settled_prices(task: RichTask, units: Units, asked: Asked) -> Asked:
    """Return prices for the slots that are filled at all; those that served the search may be far
    too high where slots had to stay empty."""
    chosen = (units.astype(np.int64) - task.pins).sum(axis=1)
    if (chosen == task.slots).all() and not (task.sums(units) < task.least).any():
        return asked
    rest = filled_as(task, np.arange(task.shape[0]), units)
    pool = candidates(rest, asked)
    return balanced(rest, pool, Asked(asked.prices // 4, asked.tolls // 4), 2 * _passes(len(units)))


def held_boxes(problem: Problem, task: RichTask, units: Units) -> tuple[Held, ...]:
    """Return every box that a human must look at, sorted."""
    stopped = {held.box for held in task.stopped}
    below = task.sums(units) < task.least
    found = list(task.stopped)
    for band, box in zip(*np.nonzero(below), strict=True):
        if int(box) not in stopped:
            found.append(Held(int(box), BELOW_LEAST, problem.bands[band].name))
    return tuple(sorted(found, key=lambda held: (held.box, held.why, held.name)))

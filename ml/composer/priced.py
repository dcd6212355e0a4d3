"""Composes very large batches: prices make every box choose for itself, a small exact flow settles
the close calls.

The steps stand alone, so that a batch can also be composed in parts: `sample_prices`, `pool_of`,
`refined_prices`, `settled`. Prices are whole numbers of POOL_LARGEST between them, since no machine
may round its way to other boxes; `in_scores` and `in_steps` turn them into the unit of the scores
and back.
"""

from __future__ import annotations

import numpy as np

from ml.arrays import Floats, Ints
from ml.composer.finish import settled
from ml.composer.flow import exact_units
from ml.composer.mend import mended
from ml.composer.plan import Plan
from ml.composer.pool import POOL_LARGEST, drawn_boxes, pool_of
from ml.composer.prices import prices_of
from ml.composer.refine import refined_prices
from ml.composer.task import Task
from ml.composer.worth import draw

SAMPLE_BOXES = 5000
SAMPLE_PAIRS = 1_000_000


def priced_plan(task: Task, prices: Floats | None = None) -> tuple[Plan, Floats]:
    """Return a plan close to the best, pins included, and (M,) prices in the unit of the scores.

    `prices` to start from save the sample. Method: Lagrangian relaxation of the stock limits;
    prices start from an exactly solved sample and are refined over all boxes. Boxes that are sure
    of a unit at the final prices get it; the rest is one exact flow; holes that remain are filled
    along chains of swaps.
    """
    if not all(task.shape):
        return task.pins, np.zeros(task.shape[1])
    start = sample_prices(task) if prices is None else prices
    pool = pool_of(task, planned_slots(task), in_steps(task, start))
    best = refined_prices(pool, in_steps(task, start), task.worth.seed)
    return mended(task, settled(task, pool, best)), in_scores(task, best)


def in_steps(task: Task, prices: Floats) -> Ints:
    """Return prices in the unit of the scores as whole numbers of POOL_LARGEST."""
    return np.rint(prices / task.worth.scale * POOL_LARGEST).astype(np.int64)


def in_scores(task: Task, steps: Ints) -> Floats:
    """Return whole-number prices in the unit of the scores."""
    return steps.astype(np.float64) * (task.worth.scale / POOL_LARGEST)


def planned_slots(task: Task) -> Ints:
    """Return (N,) the slots that can be filled: what the stock is short of is taken from as many
    different boxes as possible."""
    slots = task.slots.copy()
    missing = int(slots.sum() - task.stock.sum())
    if missing <= 0:
        return slots
    lots = draw(task.worth.seed, np.arange(len(slots)), 0)
    # Whoever counts least gives way first; among equals, whoever the draw names.
    order = np.lexsort((lots,) if task.weights is None else (lots, task.weights))
    while missing > 0:
        # One slot of each box, then the next round of everybody.
        shortened = order[slots[order] > 0][:missing]
        slots[shortened] -= 1
        missing -= len(shortened)
    return slots


def sample_prices(task: Task, count: int = SAMPLE_BOXES) -> Floats:
    """Return (M,) prices in the unit of the scores at which a sample of at most `count` boxes, with
    its share of the stock, shares best: solved exactly."""
    boxes, items = task.shape
    count = max(1, min(count, boxes // 4 + 1, SAMPLE_PAIRS // (items * task.deepest)))
    rows = drawn_boxes(task.worth.seed, boxes, count)
    share = -(-task.stock * int(task.slots[rows].sum()) // max(1, int(task.slots.sum())))
    sample = task.part(rows, share)
    return prices_of(sample, exact_units(sample))

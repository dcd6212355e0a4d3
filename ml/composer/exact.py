"""Solves a batch exactly without looking at every pair: most pairs of box and item are far from
being worth their price, and the prices prove it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.flow import exact_units
from ml.composer.plan import Units
from ml.composer.pool import pool_of
from ml.composer.priced import in_steps, sample_prices
from ml.composer.prices import prices_of
from ml.composer.task import Task
from ml.composer.worth import LARGEST

FEW_PAIRS = 200_000
SAMPLE_BOXES = 1000
CANDIDATES = 12
ROUNDS = 4


def exact_plan(task: Task, few_pairs: int = FEW_PAIRS) -> tuple[Units, Floats]:
    """Return (N, M) units, pins included, that are best for the whole task, and (M,) prices in the
    unit of the scores at which every box is content with them.

    A larger task without repeats is solved over each box's candidates alone. At the prices of that
    answer every pair left out is looked at; where one would pay, it is let in and the answer is
    sought again. Method: column generation (Gilmore and Gomory 1961).
    """
    boxes, items = task.shape
    found = None
    if boxes * items > few_pairs and task.deepest == 1:
        found = _from_candidates(task)
    if found is None:
        units = exact_units(task)
        found = units, prices_of(task, units)
    return found


def _from_candidates(task: Task) -> tuple[Units, Floats] | None:
    """Return the answer if it is proven, None if slots stay empty or too many rounds pass."""
    allowed = np.asarray(task.allowed[:])
    prices = sample_prices(task, SAMPLE_BOXES)
    pool = pool_of(task, task.slots, in_steps(task, prices), CANDIDATES)
    known = np.zeros(task.shape, bool)
    np.put_along_axis(known, pool.item.astype(np.int64), True, axis=1)
    for _ in range(ROUNDS):
        part = replace(task, allowed=allowed & known)
        units = exact_units(part)
        chosen = units > task.pinned_units
        if (chosen.sum(axis=1) < task.slots).any():
            return None
        prices = prices_of(part, units)
        paying = _paying(task.first_worth, prices * (LARGEST / task.worth.scale), chosen)
        paying &= allowed & ~known & (task.pinned_units == 0)
        if not paying.any():
            return units, prices
        known |= paying
    return None


def _paying(worth: Ints, steps: Floats, chosen: Bools) -> Bools:
    """Return where an item gains a box more than the least of what it chose, (N, M)."""
    gain = worth - steps
    least = np.min(gain, axis=1, where=chosen, initial=np.inf)
    return np.asarray(gain > least[:, None] + 0.25)

"""Proves how good a plan of rich boxes is: at any prices and tolls, no plan is worth more than what
the boxes would pay for."""

from __future__ import annotations

import math

import numpy as np

from ml.arrays import Floats, Ints
from ml.composer.plan import Units
from ml.composer.rich_prices import Asked, band_pull, climb_from, first_step
from ml.composer.rich_task import RichTask
from ml.composer.rich_wish import FOR_A_BOUND, STEEPEST, Pool, Wish, choose, pool_of
from ml.composer.worth import LARGEST, unit_values

ROWS_AT_ONCE = 2048
ROUNDS = 10


def plan_value(task: RichTask, units: Units) -> float:
    """Return what all units, pins included, are worth, in the unit of the scores."""
    parts: list[float] = []
    for unit in range(1, int(units.max(initial=0)) + 1):
        found = unit_values(task.scores[units >= unit], unit, task.worth.repeat_values)
        parts.extend(found)
    return math.fsum(parts)


def rich_bound(task: RichTask, units: Units, asked: Asked) -> float:
    """Return a value that no plan with the same empty slots exceeds, if it keeps the ceilings and
    sends out no less of what has a supplier minimum.

    Each box's part is the lowest over some tolls of what its best units gain; stock is sold at the
    prices, and items with a price below 0 are paid for as often as the plan sends them out for
    their minimum. A band's least is dropped for boxes that do not reach it.
    """
    chosen = units.astype(np.int64) - task.pins
    used = chosen.sum(axis=0)
    owed = np.minimum(task.need, used)
    step = task.worth.scale / LARGEST
    prices = asked.prices.astype(np.float64) * step
    parts = [plan_value(task, task.pins)]
    parts.append(math.fsum(prices * np.where(asked.prices >= 0, task.stock, owed)))
    for start in range(0, len(units), ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, len(units)))
        parts.extend(_box_bounds(filled_as(task, rows, units), asked, rows))
    return math.fsum(parts)


def filled_as(task: RichTask, rows: Ints, units: Units) -> RichTask:
    """Return the part of the task in which boxes fill as many slots as the plan did, and need not
    reach a band's least that the plan did not reach."""
    part = task.part(rows, task.stock, task.need)
    chosen = units[rows].astype(np.int64) - task.pins[rows]
    least = np.where(task.amount @ chosen.T >= part.least, part.least, -(2**50))
    return RichTask(
        part.scores,
        part.allowed,
        part.cap,
        part.pins,
        chosen.sum(axis=1),
        part.repeats,
        part.stock,
        part.need,
        part.amount,
        least,
        part.most,
        part.group,
        part.room,
        part.worth,
        (),
    )


def _box_bounds(part: RichTask, asked: Asked, rows: Ints) -> Floats:
    count, items = part.shape
    everything = np.tile(np.arange(items), (count, 1))
    pool = pool_of(part, np.arange(count), everything, shaken=False)
    nothing = np.zeros((len(part.amount), count), np.int64)
    free = choose(part, pool, asked.prices, nothing, FOR_A_BOUND)
    best = _priced(part, pool, asked, free, nothing)
    tight = np.flatnonzero(((free.sums > part.most) | (free.sums < part.least)).any(axis=0))
    if not len(tight):
        return best
    narrow = pool.part(tight)
    toll = climb_from(asked.tolls[:, rows[tight]], first_step(part) // 4, STEEPEST)
    for _ in range(ROUNDS):
        wish = choose(part, narrow, asked.prices, toll.value, FOR_A_BOUND)
        best[tight] = np.minimum(best[tight], _priced(part, narrow, asked, wish, toll.value))
        toll.move(band_pull(part.least[:, tight], part.most[:, tight], wish, toll.value))
        toll.value = np.where(part.least[:, tight] > 0, toll.value, np.maximum(toll.value, 0))
    return best


def _priced(part: RichTask, pool: Pool, asked: Asked, wish: Wish, tolls: Ints) -> Floats:
    """Return (n,): exact worth less prices of the wished units, and what the tolls add."""
    step = part.worth.scale / LARGEST
    row, place, depth = np.nonzero(wish.bought)
    item = pool.item[row, place]
    scores = part.scores[pool.rows[row], item]
    shares = np.asarray(part.worth.repeat_values)
    value = shares[np.minimum(depth, len(shares) - 1)]
    net = scores - (1.0 - value) * np.abs(scores) - asked.prices[item] * step
    total = np.bincount(row, net, minlength=len(pool.rows))
    limit = np.where(tolls > 0, part.most[:, pool.rows], part.least[:, pool.rows])
    extra = np.where(tolls != 0, (limit - wish.sums) * (tolls * step), 0.0)
    return np.asarray(total + extra.sum(axis=0))

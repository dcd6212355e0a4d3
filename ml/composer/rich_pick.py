"""Takes for every box, at given item prices, the best set of units that keeps its ceilings."""

from __future__ import annotations

import numpy as np

from ml.arrays import Bools, Ints
from ml.composer.rich_prices import Asked, band_pull, climb_from, first_step
from ml.composer.rich_task import RichTask
from ml.composer.rich_wish import STEEPEST, Pool, choose

ROUNDS = 18


def picked(task: RichTask, pool: Pool, asked: Asked) -> Ints:
    """Return (n, K) units per candidate of each box; no ceiling is broken, slots may stay empty.

    A box whose free choice keeps its bands gets it. The others try tolls around the given ones and
    keep the best set met that fits; where none fits, units are dropped from the cheapest set.
    """
    free = choose(task, pool, asked.prices, np.zeros_like(asked.tolls))
    units = free.bought.sum(axis=2)
    fits = _inside(task, pool.rows, free.sums)
    tight = np.flatnonzero(~fits)
    if len(tight):
        part = Asked(asked.prices, asked.tolls[:, tight])
        units[tight] = _squeezed(task, pool.part(tight), part)
    return np.asarray(units)


def _squeezed(task: RichTask, pool: Pool, asked: Asked) -> Ints:
    units = np.zeros(pool.item.shape, np.int64)
    best = np.full(len(pool.rows), -(2**62))
    least, most = task.least[:, pool.rows], task.most[:, pool.rows]
    toll = climb_from(asked.tolls, first_step(task), STEEPEST)
    for _ in range(ROUNDS):
        wish = choose(task, pool, asked.prices, toll.value)
        full = wish.bought.sum(axis=(1, 2)) * (2**44)
        score = np.where(_inside(task, pool.rows, wish.sums), wish.net + full, -(2**62))
        better = score > best
        units[better] = wish.bought[better].sum(axis=2)
        best = np.maximum(best, score)
        toll.move(band_pull(least, most, wish, toll.value))
    lost = np.flatnonzero(best == -(2**62))
    if len(lost):
        units[lost] = _cheapest(task, pool.part(lost), asked.prices)
    return units


def _cheapest(task: RichTask, pool: Pool, prices: Ints) -> Ints:
    """Return the units that come to least, without those that still pass a ceiling."""
    steep = np.full((len(task.amount), len(pool.rows)), STEEPEST)
    units = choose(task, pool, prices, steep).bought.sum(axis=2)
    amount = task.amount[:, pool.item]
    most = task.most[:, pool.rows]
    while True:
        over = np.einsum("bnk,nk->bn", amount, units) - most
        rows = np.flatnonzero((over > 0).any(axis=0))
        if not len(rows):
            return np.asarray(units)
        worst = np.argmax(over[:, rows], axis=0)
        heavy = np.where(units[rows] > 0, amount[worst, rows], -1)
        units[rows, np.argmax(heavy, axis=1)] -= 1


def _inside(task: RichTask, rows: Ints, sums: Ints) -> Bools:
    return np.asarray(((sums <= task.most[:, rows]) & (sums >= task.least[:, rows])).all(axis=0))

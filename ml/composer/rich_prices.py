"""Finds prices for items and tolls for boxes at which what boxes choose fits stock and ceilings."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ml.arrays import Ints
from ml.composer.rich_task import RichTask
from ml.composer.rich_wish import STEEPEST, WITHIN_REASON, Pool, Wish, choose, pool_of
from ml.composer.worth import LARGEST, draw

SAMPLE_BOXES = 800
SAMPLE_PAIRS = 200_000
SAMPLE_PASSES = 70
PASSES = 40
FEW_PASSES = 12
MANY_BOXES = 30_000
CANDIDATES = 48
ROWS_AT_ONCE = 4096


@dataclass(eq=False)
class Climb:
    """Numbers that climb or fall by steps of their own (Rprop, Riedmiller and Braun 1993)."""

    value: Ints
    step: Ints
    before: Ints
    steepest: int

    def move(self, pull: Ints) -> None:
        """Move every number by its step in the direction of `pull` (-1, 0, 1)."""
        same, turned = pull * self.before > 0, pull * self.before < 0
        step = np.where(
            same, self.step + self.step // 2, np.where(turned, self.step // 2, self.step)
        )
        self.step = np.clip(step, 1, self.steepest // 8)
        self.value = np.clip(self.value + pull * self.step, -self.steepest, self.steepest)
        self.before = pull


@dataclass(frozen=True, eq=False)
class Asked:
    """Prices (M,) of the items, tolls (B, N) of the boxes, in whole numbers."""

    prices: Ints
    tolls: Ints


def climb_from(value: Ints, step: int, steepest: int) -> Climb:
    """Return numbers that start at `value`."""
    return Climb(value, np.full(value.shape, max(step, 1)), np.zeros_like(value), steepest)


def first_step(task: RichTask) -> int:
    """Return a toll that an average unit would feel."""
    mean = int(task.amount.sum()) // max(1, task.amount.size)
    return LARGEST // (16 * max(1, mean)) + 1


def balanced(task: RichTask, pool: Pool, start: Asked, passes: int) -> Asked:
    """Return the prices and tolls with the lowest dual value met in some passes.

    `pool` holds every box of the task once. Method: Lagrangian relaxation of stock, supplier
    minimums and bands, sign-based steps.
    """
    price = climb_from(start.prices, LARGEST >> 7, 4 * LARGEST)
    toll = climb_from(start.tolls, first_step(task), STEEPEST)
    best, found = math.inf, start
    for _ in range(passes):
        wish = choose(task, pool, price.value, toll.value, WITHIN_REASON)
        wanted = demand(task, pool, wish)
        dual = dual_value(task, wish, price.value, toll.value)
        if dual < best:
            best, found = dual, Asked(price.value, toll.value)
        toll.move(band_pull(task.least[:, pool.rows], task.most[:, pool.rows], wish, toll.value))
        toll.value = _one_sided(task, pool.rows, toll.value)
        price.move(_price_pull(task, wanted, price.value))
        floor = np.where(task.need > 0, -4 * LARGEST, 0)
        price.value = np.maximum(price.value, floor)
    return found


def demand(task: RichTask, pool: Pool, wish: Wish) -> Ints:
    """Return (M,) units that the boxes choose."""
    return np.bincount(pool.item[wish.bought.nonzero()[:2]], minlength=task.shape[1])


def dual_value(task: RichTask, wish: Wish, prices: Ints, tolls: Ints) -> float:
    """Return what all boxes gain and all limits cost, at the prices and tolls."""
    limit = np.where(tolls > 0, task.most, task.least) - wish.sums
    parts = np.where(tolls != 0, limit * tolls.astype(np.float64), 0.0)
    sold = np.where(prices >= 0, task.stock, task.need)
    return float(int(wish.net.sum()) + int((prices * sold).sum())) + math.fsum(parts.ravel())


def band_pull(least: Ints, most: Ints, wish: Wish, tolls: Ints) -> Ints:
    """Return (B, n): whether a toll should rise, fall or stay."""
    over, under = wish.sums > most, wish.sums < least
    back = -np.sign(tolls) * ~over * ~under
    return np.asarray(over.astype(np.int64) - under + back)


def sampled(task: RichTask) -> Asked:
    """Return prices for the whole task and the tolls of a sample of boxes, found on the sample."""
    boxes, items = task.shape
    count = max(1, min(SAMPLE_BOXES, boxes, SAMPLE_PAIRS // items))
    order = np.argsort(draw(task.worth.seed, np.arange(boxes), 1), kind="stable")
    rows = np.sort(order[:count])
    part, whole = int(task.slots[rows].sum()), max(1, int(task.slots.sum()))
    # Fractions of a unit are carried by counting the sample in parts of its own share.
    share, need = -(-task.stock * part // whole), task.need * part // whole
    sample = task.part(rows, share, need)
    everything = np.tile(np.arange(items), (count, 1))
    pool = pool_of(sample, np.arange(count), everything, shaken=True)
    start = Asked(np.zeros(items, np.int64), np.zeros((len(task.amount), count), np.int64))
    return balanced(sample, pool, start, SAMPLE_PASSES)


def candidates(task: RichTask, asked: Asked) -> Pool:
    """Return the items worth looking at for each box: its best at low, middling and high tolls."""
    boxes, items = task.shape
    width = max(CANDIDATES, 4 * int(task.slots.max(initial=0)))
    ordered = np.sort(asked.tolls, axis=1)
    levels = [ordered[:, ordered.shape[1] * part // 20] for part in (1, 7, 13, 18)]
    parts = []
    for start in range(0, boxes, ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, boxes))
        item = np.tile(np.arange(items), (len(rows), 1))
        if width < items:
            item = _best_at(task, rows, asked.prices, levels, width)
        parts.append(pool_of(task, rows, item, shaken=True))
    return Pool(
        np.arange(boxes),
        np.concatenate([part.item for part in parts]),
        np.concatenate([part.worth for part in parts]),
    )


def _best_at(task: RichTask, rows: Ints, prices: Ints, levels: list[Ints], width: int) -> Ints:
    columns = np.arange(task.shape[1])
    first = task.unit_worth(rows, columns[None, :], np.ones(1, np.int64)) - prices
    first[~task.allowed[rows]] = -(2**50)
    ahead = np.full(first.shape, -(2**60))
    for level in levels:
        gain = first - level @ task.amount
        last = -np.partition(-gain, width // 2, axis=1)[:, width // 2]
        ahead = np.maximum(ahead, gain - last[:, None])
    return np.asarray(np.sort(np.argpartition(-ahead, width - 1, axis=1)[:, :width], axis=1))


def _one_sided(task: RichTask, rows: Ints, tolls: Ints) -> Ints:
    """Keep tolls from falling below 0 where there is no least to reach."""
    return np.where(task.least[:, rows] > 0, tolls, np.maximum(tolls, 0))


def _price_pull(task: RichTask, wanted: Ints, prices: Ints) -> Ints:
    pull = np.sign(wanted - task.stock)
    pull = np.where((pull < 0) & (prices <= 0), 0, pull)
    hungry = (wanted < task.need) & (prices <= 0)
    sated = (wanted > task.need) & (prices < 0) & (pull == 0)
    return np.asarray(np.where(hungry, -1, np.where(sated, 1, pull)))

"""Composes very large batches: prices make every box choose for itself, a small exact flow settles
the close calls.

Everything is counted in whole numbers (see `worth`), so that no machine rounds its way to other
boxes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.flow import choices_at, exact_units, given
from ml.composer.mend import mend
from ml.composer.prices import prices_of
from ml.composer.task import Task, Units
from ml.composer.worth import LARGEST, draw

CANDIDATES = 24
SAMPLE_BOXES = 5000
SAMPLE_PAIRS = 1_000_000
PASSES = 40
PATIENCE = 8
ROWS_AT_ONCE = 16384
NEVER = -(2**61)
# A draw of 64 - 43 = 21 bits, about 1e-3 of LARGEST: crowds of alike boxes must not move as one.
TIE_BITS = 43


@dataclass(frozen=True, eq=False)
class _Pool:
    """The few units each box may get: (N, K) items, (N, K, deepest) worth, NEVER if not open."""

    item: Ints
    worth: Ints
    slots: Ints
    repeats: Ints
    stock: Ints


@dataclass(frozen=True, eq=False)
class _Wish:
    """What every box would buy: gain (N, K, deepest), the gain of its last buy (N,), the buys."""

    gain: Ints
    last: Ints
    bought: Bools


def priced_units(task: Task) -> tuple[Units, Floats]:
    """Return (N, M) units, pins included, close to the best, and the (M,) prices in the unit of the
    scores.

    Method: Lagrangian relaxation of the stock limits; prices start from an exactly solved sample
    and are refined by sign-based steps (Rprop, Riedmiller and Braun 1993). Boxes that are sure of a
    unit at the final prices get it; the rest is one exact flow; holes that remain are filled along
    chains of swaps.
    """
    if not all(task.shape):
        return task.pins, np.zeros(task.shape[1])
    slots = _planned_slots(task)
    prices = _sample_prices(task)
    pool = _pool(task, slots, prices)
    prices = _refined(pool, prices)
    units = mend(task, _settled(task, pool, prices))
    return units, prices.astype(np.float64) * (task.worth.scale / LARGEST)


def _planned_slots(task: Task) -> Ints:
    """Take the slots nobody can fill from as many different boxes as possible."""
    slots = task.slots.copy()
    missing = int(slots.sum() - task.stock.sum())
    order = np.argsort(draw(task.worth.seed, np.arange(len(slots)), 0), kind="stable")
    while missing > 0:
        # Among boxes with equally many empty slots, whoever the draw names; then the next round of
        # everybody.
        shortened = order[slots[order] > 0][:missing]
        slots[shortened] -= 1
        missing -= len(shortened)
    return slots


def _sample_prices(task: Task) -> Ints:
    boxes, items = task.shape
    count = max(1, min(SAMPLE_BOXES, boxes // 4 + 1, SAMPLE_PAIRS // (items * task.deepest)))
    order = np.argsort(draw(task.worth.seed, np.arange(boxes), 1), kind="stable")
    rows = np.sort(order[:count])
    share = -(-task.stock * int(task.slots[rows].sum()) // max(1, int(task.slots.sum())))
    sample = task.part(rows, share)
    prices = prices_of(sample, exact_units(sample))
    return np.rint(prices / task.worth.scale * LARGEST).astype(np.int64)


def _pool(task: Task, slots: Ints, prices: Ints) -> _Pool:
    boxes, items = task.shape
    width = min(items, max(CANDIDATES, 2 * int(slots.max(initial=0))))
    item = np.zeros((boxes, width), np.int64)
    worth = np.full((boxes, width, task.deepest), NEVER)
    for start in range(0, boxes, ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, boxes))
        item[rows] = _candidates(task, rows, prices, width)
        for unit in range(1, task.deepest + 1):
            worth[rows, :, unit - 1] = _pool_worth(task, rows, item[rows], unit)
    return _Pool(item, worth, slots, task.repeats, task.stock)


def _candidates(task: Task, rows: Ints, prices: Ints, width: int) -> Ints:
    columns = np.arange(task.shape[1])
    first = task.worth.of(task.scores[rows], rows[:, None], columns, 1) - prices
    first[~task.allowed[rows]] = NEVER
    if width == len(columns):
        return np.tile(columns, (len(rows), 1))
    return np.sort(np.argpartition(-first, width - 1, axis=1)[:, :width], axis=1)


def _pool_worth(task: Task, rows: Ints, item: Ints, unit: int) -> Ints:
    box = rows[:, None]
    worth = task.worth.of(task.scores[box, item], box, item, unit)
    worth += (draw(task.worth.seed + 1, box, item) >> np.uint64(TIE_BITS)).astype(np.int64)
    return np.where(np.take_along_axis(task.open_units(unit, rows), item, axis=1), worth, NEVER)


def _wish(pool: _Pool, prices: Ints) -> _Wish:
    gain = pool.worth - prices[pool.item][:, :, None]
    gain[pool.worth == NEVER] = NEVER
    if gain.shape[2] > 1:
        again = gain[:, :, 1:].reshape(len(gain), -1)
        keep = (again >= _nth(again, pool.repeats)[:, None]).reshape(gain[:, :, 1:].shape)
        gain[:, :, 1:] = np.where(keep, gain[:, :, 1:], NEVER)
    last = _nth(gain.reshape(len(gain), -1), pool.slots)
    return _Wish(gain, last, (gain >= last[:, None, None]) & (gain > NEVER))


def _nth(values: Ints, rank: Ints) -> Ints:
    """Return the rank-th largest of each row; -NEVER for rank 0, NEVER beyond the row's end."""
    if not values.shape[1]:
        return np.where(rank > 0, NEVER, -NEVER)
    ordered = np.sort(values, axis=1)
    place = np.clip(values.shape[1] - rank, 0, values.shape[1] - 1)
    found = np.where(rank > values.shape[1], NEVER, ordered[np.arange(len(values)), place])
    return np.asarray(np.where(rank > 0, found, -NEVER))


def _refined(pool: _Pool, prices: Ints) -> Ints:
    step = np.full(len(prices), LARGEST >> 8)
    before = np.zeros(len(prices), np.int64)
    best, best_prices, idle = None, prices, 0
    for _ in range(PASSES):
        wish = _wish(pool, prices)
        wanted = np.bincount(pool.item[wish.bought.nonzero()[:2]], minlength=len(prices))
        dual = int(wish.gain[wish.bought].sum()) + int((prices * pool.stock).sum())
        if best is None or dual < best - abs(best) // 10_000_000:
            best, best_prices, idle = dual, prices, 0
        idle += 1
        pull = np.sign(wanted - pool.stock)
        if idle > PATIENCE or not (pull * ((prices > 0) | (pull > 0))).any():
            break
        step = np.where(
            pull * before > 0, step + step // 5, np.where(pull * before < 0, step // 2, step)
        )
        step = np.clip(step, 1, LARGEST >> 4)
        prices, before = np.maximum(prices + pull * step, 0), pull
    return best_prices


def _settled(task: Task, pool: _Pool, prices: Ints) -> Units:
    """Give what is certain, let the flow decide what is within reach of each box's last buy."""
    wish = _wish(pool, prices)
    reach = LARGEST >> 6
    sure = _sure(wish, reach)
    while (np.bincount(pool.item[sure], minlength=len(prices)) > pool.stock).any():
        reach *= 2
        sure = _sure(wish, reach)
    close = (wish.gain >= wish.last[:, None, None] - reach) & (wish.gain > NEVER)
    close[:, :, 0] &= ~sure
    box, place, depth = np.nonzero(close)
    choices = choices_at(task, box, pool.item[box, place], depth + 1)
    stock = pool.stock - np.bincount(pool.item[sure], minlength=len(prices))
    taken = given(task, choices, pool.slots - sure.sum(axis=1), stock, pool.repeats)
    units = task.pins.copy()
    sure_box, sure_place = np.nonzero(sure)
    np.add.at(units, (sure_box, pool.item[sure_box, sure_place]), 1)
    np.add.at(units, (choices.box[taken], choices.item[taken]), 1)
    return units


def _sure(wish: _Wish, reach: int) -> Bools:
    # Only first units can be certain: repeats share a limit, which the flow keeps. A box without
    # enough candidates (its last buy is NEVER) is sure of nothing.
    certain = (wish.gain[:, :, 0] > wish.last[:, None] + reach) & (wish.last > NEVER)[:, None]
    return np.asarray(certain & wish.bought[:, :, 0])

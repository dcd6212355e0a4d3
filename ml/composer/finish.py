"""Finishes a batch at its prices: clear buys are given away, the close calls become one exact
flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Ints
from ml.composer.flow import Choices, choices_at, given
from ml.composer.plan import Plan, gathered, together
from ml.composer.pool import NEVER, POOL_LARGEST, Pool, Wish, wish_of
from ml.composer.tables import blocks_of
from ml.composer.task import Task

MOST_OPEN = 150_000
WIDEST = POOL_LARGEST >> 6
OPEN_ALL = 2**31 - 2
SHUT = OPEN_ALL + 1
TRIES = 3


@dataclass(frozen=True, eq=False)
class _Calls:
    """Units that boxes buy, or nearly buy: (C,) box, item, unit, whether bought, and how far prices
    may be off before the decision could be another."""

    box: Ints
    item: Ints
    unit: Ints
    bought: Bools
    margin: Ints


def settled(task: Task, pool: Pool, prices: Ints) -> Plan:
    """Return the plan, pins included, that follows from whole-number `prices` (M,); it gives no
    unit away that the task does not have.

    What a box buys by a clear margin it gets. All closer calls are decided together by one exact
    flow of some hundred thousand arcs; where that leaves slots empty that were to be filled, the
    margin is widened.
    """
    best, fewest = task.pins, -1
    all_at_once = pool.worth.size <= MOST_OPEN
    for attempt in range(TRIES):
        widest = OPEN_ALL if all_at_once else min(WIDEST << (4 * attempt), OPEN_ALL)
        calls = _calls(pool, prices, widest)
        reach = _reach_of_items(pool, calls, MOST_OPEN << attempt)
        if int(reach.max()) > widest:
            calls = _calls(pool, prices, int(reach.max()))
        plan = together(task.pins, _decided(task, pool, calls, _close(pool, calls, reach)))
        holes = int((pool.slots + task.pins.in_box - plan.in_box).sum())
        if fewest < 0 or holes < fewest:
            best, fewest = plan, holes
        if not holes or reach.min() >= OPEN_ALL:
            break
    return best


def _reach_of_items(pool: Pool, calls: _Calls, most: int) -> Ints:
    """Return (M,) the margin up to which a buy of each item is open: about `most` calls in all, and
    so much that what is bought beyond it is there."""
    nearest = calls.margin if len(calls.margin) <= most else np.partition(calls.margin, most)
    reach = np.full(len(pool.stock), int(nearest[: most + 1].max(initial=0)))
    item, margin = calls.item[calls.bought], calls.margin[calls.bought]
    while True:
        clear = np.bincount(item[margin > reach[item]], minlength=len(reach))
        scarce = clear > pool.stock
        if not scarce.any():
            return reach
        reach[scarce] = np.minimum(2 * reach[scarce] + 1, OPEN_ALL)
        watched = scarce[item]
        item, margin = item[watched], margin[watched]


def _close(pool: Pool, calls: _Calls, reach: Ints) -> Bools:
    """Return which calls are open: a box is open as far as the farthest of its open buys."""
    nearest = int(reach.min())
    wide = calls.bought & (calls.margin > nearest) & (calls.margin <= reach[calls.item])
    reach_of_box = np.full(len(pool.slots), nearest)
    np.maximum.at(reach_of_box, calls.box[wide], calls.margin[wide])
    return np.asarray(calls.margin <= reach_of_box[calls.box])


def _decided(task: Task, pool: Pool, calls: _Calls, close: Bools) -> Plan:
    """Give the clear buys away and let the flow decide the others."""
    clear = calls.bought & ~close
    stock = pool.stock - np.bincount(calls.item[clear], minlength=len(pool.stock))
    slots = pool.slots - np.bincount(calls.box[clear], minlength=len(pool.slots))
    box, place = np.unique(calls.box[close], return_inverse=True)
    item, unit = calls.item[close].astype(np.int64), calls.unit[close].astype(np.int64)
    worth = choices_at(task, box[place], item, unit).worth
    taken = given(Choices(place, item, unit, worth), slots[box], stock, pool.repeats[box])
    everything = np.concatenate([calls.box[clear], box[place][taken]]).astype(np.int64)
    return gathered(task.shape, everything, np.concatenate([calls.item[clear], item[taken]]))


def _calls(pool: Pool, prices: Ints, reach: int) -> _Calls:
    parts = []
    for rows in blocks_of(len(pool.slots)):
        wish = wish_of(pool, prices, rows)
        margin = _margin(wish)
        row, place, depth = np.nonzero(((margin <= reach) & (wish.gain > NEVER)) | wish.bought)
        parts.append(
            (
                (row + rows.start).astype(np.int32),
                pool.item[rows][row, place],
                (depth + 1).astype(np.int16),
                wish.bought[row, place, depth],
                margin[row, place, depth],
            )
        )
    return _Calls(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _margin(wish: Wish) -> Ints:
    """Return for every unit by how much prices may be off before another decision could be right,
    (rows, K, deepest) int32.

    Only first units can be clear: repeats share a limit, which the flow keeps. A box without enough
    candidates (its last buy is NEVER) is sure of nothing.
    """
    beaten = np.where(wish.next > NEVER, wish.next, wish.last)[:, None, None]
    above = np.where(wish.last[:, None, None] > NEVER, wish.gain - beaten, 0)
    above[:, :, 1:] = 0
    margin = np.where(wish.bought, above, wish.last[:, None, None] - wish.gain)
    margin = np.where(wish.gain > NEVER, np.clip(margin, 0, OPEN_ALL), SHUT)
    return margin.astype(np.int32)

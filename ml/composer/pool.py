"""Keeps of a huge table only what matters at the prices: the few items each box might still get.

Which items these are is decided in float32, which every machine rounds alike; what they are worth
is counted in whole numbers (see `worth`), a quarter as fine as elsewhere, so that they fit 32 bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.arrays import Bools, Ints
from ml.composer.tables import blocks_of
from ml.composer.task import Task
from ml.composer.worth import LARGEST, draw

CANDIDATES = 24
COARSER = 2
POOL_LARGEST = LARGEST >> COARSER
CLOSED = np.iinfo(np.int32).min
NEVER = -(2**61)
# A draw of 64 - 43 = 21 bits, about 1e-3 of LARGEST: crowds of alike boxes must not move as one.
TIE_BITS = 43
TIE_SHARE = 1e-3
RING = 2**16

Singles = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Pool:
    """The few units each of N boxes may get, best first by nothing but their item's number.

    item     (N, K) small int: candidates of the box, rising.
    worth    (N, K, deepest) int32: what the 1st, 2nd ... unit is worth, CLOSED if not to be had.
    slots    (N,) units to choose.
    repeats  (N,) of which so many may be second or later ones.
    stock    (M,) units there are.
    """

    item: npt.NDArray[np.integer]
    worth: npt.NDArray[np.int32]
    slots: Ints
    repeats: Ints
    stock: Ints

    def part(self, rows: Ints, stock: Ints) -> Pool:
        """Return some boxes alone, with another stock."""
        return Pool(self.item[rows], self.worth[rows], self.slots[rows], self.repeats[rows], stock)


@dataclass(frozen=True, eq=False)
class Wish:
    """What some boxes would buy at given prices.

    gain    (rows, K, deepest) int64 worth minus price, NEVER where nothing may be had.
    last    (rows,) gain of the box's last buy; NEVER if it cannot fill its slots, -NEVER if it has
            none.
    next    (rows,) gain of the best unit it leaves.
    bought  (rows, K, deepest) bool.
    """

    gain: Ints
    last: Ints
    next: Ints
    bought: Bools


def pool_of(task: Task, slots: Ints, prices: Ints, candidates: int = CANDIDATES) -> Pool:
    """Return the candidates of every box at whole-number `prices` (M,) of POOL_LARGEST.

    One pass over scores and mask, block by block; K is `candidates`, or twice the largest box.
    Items that tie are told apart by a draw, or a crowd of boxes would all keep the same ones.
    """
    boxes, items = task.shape
    width = min(items, max(candidates, 2 * int(slots.max(initial=0))))
    item = np.zeros((boxes, width), np.int16 if items < 2**15 else np.int32)
    worth = np.zeros((boxes, width, task.deepest), np.int32)
    ring = _ring(task.worth.seed, items)
    cost = (prices * (task.worth.scale / POOL_LARGEST)).astype(np.float32)
    for rows in blocks_of(boxes):
        allowed = np.asarray(task.allowed[rows])
        scores = np.asarray(task.scores[rows])
        wanted = scores.astype(np.float32, copy=False)
        if task.weights is not None:
            wanted = wanted * task.weights[rows, None].astype(np.float32)
        places = draw(task.worth.seed, np.arange(rows.start, rows.stop), 4) % np.uint64(RING)
        jitter = ring[places.astype(np.int64)] * np.float32(task.worth.scale * TIE_SHARE)
        gain = np.where(allowed, wanted - cost + jitter, -np.inf)
        item[rows] = _best(gain, width)
        worth[rows] = _worth(task, rows, scores, item[rows])
    return Pool(item, worth, slots, task.repeats, task.stock)


def wish_of(pool: Pool, prices: Ints, rows: slice) -> Wish:
    """Return what the boxes of `rows` would buy at whole-number `prices` (M,)."""
    worth = pool.worth[rows]
    gain = worth - prices[pool.item[rows]][:, :, None]
    gain[worth == CLOSED] = NEVER
    if gain.shape[2] > 1:
        again = gain[:, :, 1:].reshape(len(gain), -1)
        least = _ranked(np.sort(again, axis=1), pool.repeats[rows])
        keep = (again >= least[:, None]).reshape(gain[:, :, 1:].shape)
        gain[:, :, 1:] = np.where(keep, gain[:, :, 1:], NEVER)
    ordered = np.sort(gain.reshape(len(gain), -1), axis=1)
    last = _ranked(ordered, pool.slots[rows])
    bought = (gain >= last[:, None, None]) & (gain > NEVER)
    return Wish(gain, last, _ranked(ordered, pool.slots[rows] + 1), bought)


def demand_of(pool: Pool, prices: Ints) -> tuple[Ints, int]:
    """Return how many units of each item (M,) all boxes would buy, and what that is worth to them
    beyond the prices."""
    wanted, gained = np.zeros(len(pool.stock), np.int64), 0
    for rows in blocks_of(len(pool.slots)):
        wish = wish_of(pool, prices, rows)
        for depth in range(wish.gain.shape[2]):
            buys = pool.item[rows][wish.bought[:, :, depth]]
            wanted += np.bincount(buys, minlength=len(wanted))
        gained += int(wish.gain.sum(where=wish.bought))
    return wanted, gained


def drawn_boxes(seed: int, boxes: int, count: int) -> Ints:
    """Return `count` of the boxes, drawn by the seed, rising."""
    lots = draw(seed, np.arange(boxes), 1)
    return np.sort(np.argsort(lots, kind="stable")[:count])


def _ring(seed: int, items: int) -> Singles:
    """Return (RING, items) float32 draws from 0 to 1; row k is row 0 shifted k places, so that the
    whole stays small."""
    bits = draw(seed, np.arange(RING + items), 3) >> np.uint64(40)
    line = (bits.astype(np.float32) * np.float32(2.0**-24)).astype(np.float32)
    return np.lib.stride_tricks.sliding_window_view(line, items)[:RING]


def _best(gain: Singles, width: int) -> Ints:
    """Return the columns of the `width` largest of each row, rising; among equal ones the first."""
    rows, items = gain.shape
    if width == items:
        return np.broadcast_to(np.arange(items), gain.shape)
    least = np.partition(gain, items - width, axis=1)[:, items - width]
    kept = gain >= least[:, None]
    tied = np.flatnonzero(np.count_nonzero(kept, axis=1) != width)
    if len(tied):
        order = np.argsort(-gain[tied], axis=1, kind="stable")[:, :width]
        kept[tied] = False
        kept[tied[:, None], order] = True
    return np.asarray((np.flatnonzero(kept) % items).reshape(rows, width))


def _worth(
    task: Task, rows: slice, scores: npt.NDArray[np.floating], item: Ints
) -> npt.NDArray[np.int32]:
    box = np.arange(rows.start, rows.stop)[:, None]
    liked = np.take_along_axis(scores, item.astype(np.int64), axis=1).astype(np.float64)
    liked = task.weighted(liked, box)
    tie = (draw(task.worth.seed + 1, box, item) >> np.uint64(TIE_BITS)).astype(np.int64)
    found = np.empty((*item.shape, task.deepest), np.int32)
    for unit in range(1, task.deepest + 1):
        worth = (task.worth.of(liked, box, item, unit) + tie) >> COARSER
        is_open = np.take_along_axis(task.open_units(unit, rows), item.astype(np.int64), axis=1)
        found[:, :, unit - 1] = np.where(is_open, worth, CLOSED)
    return found


def _ranked(ordered: Ints, rank: Ints) -> Ints:
    """Return the rank-th largest of each rising row; -NEVER for rank 0, NEVER beyond its end."""
    size = ordered.shape[1]
    if not size:
        return np.where(rank > 0, NEVER, -NEVER)
    place = np.clip(size - rank, 0, size - 1)
    found = np.where(rank > size, NEVER, ordered[np.arange(len(ordered)), place])
    return np.asarray(np.where(rank > 0, found, -NEVER))

"""Refines prices until all boxes together ask for about what there is.

Far from the goal prices move by steps whose sign alone counts; near it all of them are moved at
once, by the swaps that a small change would set off. Every sum is taken in an order that no machine
changes.
"""

from __future__ import annotations

import math

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.pool import NEVER, POOL_LARGEST, Pool, Wish, demand_of, drawn_boxes, wish_of
from ml.composer.tables import blocks_of

REHEARSAL_BOXES = 2**16
MANY_BOXES = 20_000
PASSES = 40
FIRST_PASSES = 12
PATIENCE = 8
CORRECTIONS = 6
ENOUGH = 2000  # one unit asked too much in so many is left to the finish
TURNS = 60
NEAR = POOL_LARGEST >> 8


def refined_prices(pool: Pool, prices: Ints, seed: int) -> Ints:
    """Return whole-number prices near the lowest dual value: the sum of what all boxes gain beyond
    the prices, and the price of all stock.

    A large batch is first rehearsed with some ten thousand of its boxes, so that only a few passes
    over everybody are left. Method: sign-based steps (Rprop, Riedmiller and Braun 1993), then
    Newton steps.
    """
    boxes, rehearsal = len(pool.slots), pool
    if boxes > 2 * REHEARSAL_BOXES:
        rows = drawn_boxes(seed, boxes, REHEARSAL_BOXES)
        share = -(-pool.stock * int(pool.slots[rows].sum()) // max(1, int(pool.slots.sum())))
        rehearsal = pool.part(rows, share)
    prices = _stepped(rehearsal, prices, PASSES if boxes <= MANY_BOXES else FIRST_PASSES)
    prices = _corrected(rehearsal, prices, swaps_near(rehearsal, prices))
    if rehearsal is pool:
        return prices
    return _corrected(pool, prices, swaps_near(rehearsal, prices) * boxes // REHEARSAL_BOXES)


def swaps_near(pool: Pool, prices: Ints) -> Ints:
    """Return (M, M) how many boxes would swap their last buy of one item for the next best, another
    one, if the difference of the two prices changed by NEAR."""
    items = len(pool.stock)
    found = np.zeros(items * items, np.int64)
    for rows in blocks_of(len(pool.slots)):
        wish = wish_of(pool, prices, rows)
        near = (wish.last > NEVER) & (wish.next > NEVER) & (wish.last - wish.next <= NEAR)
        bought, left = _at(pool, rows, wish, wish.last), _at(pool, rows, wish, wish.next)
        found += np.bincount(bought[near] * items + left[near], minlength=len(found))
    swaps = found.reshape(items, items)
    return swaps + swaps.T


def _at(pool: Pool, rows: slice, wish: Wish, gain: Ints) -> Ints:
    """Return which item brings each box the named gain."""
    place = np.argmax((wish.gain == gain[:, None, None]).any(axis=2), axis=1)
    return np.asarray(pool.item[rows][np.arange(len(place)), place], dtype=np.int64)


def _stepped(pool: Pool, prices: Ints, passes: int) -> Ints:
    step = np.full(len(prices), POOL_LARGEST >> 8)
    before = np.zeros(len(prices), np.int64)
    best, best_prices, idle = None, prices, 0
    for _ in range(passes):
        wanted, dual = _asked(pool, prices)
        if best is None or dual < best - abs(best) // 10_000_000:
            best, best_prices, idle = dual, prices, 0
        idle += 1
        pull = np.sign(wanted - pool.stock)
        if idle > PATIENCE or not (pull * ((prices > 0) | (pull > 0))).any():
            break
        turned = pull * before
        step = np.where(turned > 0, step + step // 5, np.where(turned < 0, step // 2, step))
        step = np.clip(step, 1, POOL_LARGEST >> 4)
        prices, before = np.maximum(prices + pull * step, 0), pull
    return best_prices


def _corrected(pool: Pool, prices: Ints, swaps: Ints) -> Ints:
    """Move all prices at once by Newton steps; the prices with the lowest dual value are kept."""
    best, best_prices = None, prices
    for _ in range(CORRECTIONS):
        wanted, dual = _asked(pool, prices)
        if best is not None and dual >= best:
            break
        best, best_prices = dual, prices
        excess = wanted - pool.stock
        if int(np.maximum(excess, 0).sum()) * ENOUGH <= int(wanted.sum()):
            break
        change = _step(swaps, excess, (prices > 0) | (excess > 0))
        prices = np.maximum(prices + change, 0)
    return best_prices


def _step(swaps: Ints, excess: Ints, moving: Bools) -> Ints:
    """Return by how much each price must move so that the swaps it sets off remove the excess.

    Two units swapped for each other when the difference of their prices changes make the equations
    those of a network of resistors. Method: conjugate gradients (Hestenes and Stiefel 1952) with
    the diagonal as preconditioner.
    """
    pairs = swaps / (2.0 * NEAR)
    own = pairs.sum(axis=0) + 1.0 / NEAR
    left = np.where(moving, excess, 0).astype(np.float64)
    change = np.zeros(len(left))
    way = left / own
    weight = goal = _dot(left, way)
    for _ in range(TURNS):
        if weight <= goal * 1e-8:
            break
        push = np.where(moving, own * way - (pairs * way[:, None]).sum(axis=0), 0.0)
        length = weight / _dot(way, push)
        change, left = change + length * way, left - length * push
        ahead = left / own
        weight, before = _dot(left, ahead), weight
        way = ahead + weight / before * way
    return np.asarray(np.rint(np.clip(change, -8 * NEAR, 8 * NEAR)), dtype=np.int64)


def _dot(one: Floats, other: Floats) -> float:
    return math.fsum((one * other).tolist())


def _asked(pool: Pool, prices: Ints) -> tuple[Ints, int]:
    wanted, gained = demand_of(pool, prices)
    return wanted, gained + int((prices * pool.stock).sum())

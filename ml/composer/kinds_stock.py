"""Gives bundles to boxes so that no item is oversold: prices first, then edits, then moves."""

from __future__ import annotations

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.kinds_wants import BARRED, NOBODY, STEPS, Climb, Wants, chunks, gains_of, oversold
from ml.composer.worth import draw

PRICE_ROUNDS = 30
MEND_ROUNDS = 60
NEAREST = 40


def within_stock(wants: Wants, bundles: Bools, prices: Floats) -> tuple[Bools, Ints]:
    """Return the bundles, some edited, and the bundle of each box such that no item is oversold."""
    near, gain = _nearest(wants, bundles, prices)
    cost = bundles.astype(np.float64)
    climb = Climb(prices, np.full(len(prices), STEPS / 64.0), np.zeros(len(prices)))
    best, moved = np.inf, prices
    for _ in range(PRICE_ROUNDS):
        value, of_box = _chosen(near, gain, cost @ (climb.prices - prices))
        dual = float(np.maximum(value, 0.0).sum() + (climb.prices * wants.stock).sum())
        if dual < best:
            best, moved = dual, climb.prices
        climb.move(oversold(wants, bundles, of_box))
    _, of_box = _chosen(near, gain, cost @ (moved - prices))
    bundles = _edited(wants, bundles, of_box)
    return bundles, _sold_back(wants, bundles, _nearest(wants, bundles, moved), of_box)


def _chosen(near: Ints, gain: Floats, dearer: Floats) -> tuple[Floats, Ints]:
    now = np.where(gain > BARRED, gain - dearer[near], BARRED)
    top = np.argmax(now, axis=1)
    value = now[np.arange(len(now)), top]
    return value, np.where(value > BARRED, near[np.arange(len(now)), top], NOBODY)


def _edited(wants: Wants, bundles: Bools, of_box: Ints) -> Bools:
    """Put items with stock left in the place of oversold ones, bundle by bundle, where all who get
    the bundle may have them: the cheapest such edits first."""
    bundles = bundles.copy()
    many = np.bincount(of_box[of_box >= 0], minlength=len(bundles))
    order = np.argsort(of_box, kind="stable")
    start = np.searchsorted(of_box[order], np.arange(len(bundles) + 1))
    liking = np.zeros(bundles.shape)
    for packed in np.flatnonzero(many):
        rows = order[start[packed] : start[packed + 1]]
        liking[packed] = wants.worth[rows].sum(axis=0)
    left = wants.stock - many @ bundles.astype(np.int64)
    for _ in range(4 * len(bundles)):
        edit = _cheapest_edit(bundles, liking, many, left)
        if edit is None:
            break
        kind, out, into = edit
        bundles[kind, out], bundles[kind, into] = False, True
        left[out] += many[kind]
        left[into] -= many[kind]
    return bundles


def _cheapest_edit(
    bundles: Bools, liking: Floats, many: Ints, left: Ints
) -> tuple[int, int, int] | None:
    """Return (bundle, item out, item in) that frees oversold units at the least loss per unit."""
    over, spare = np.flatnonzero(left < 0), np.flatnonzero(left > 0)
    best, found = BARRED / 2, None
    for out in over:
        kinds = np.flatnonzero(bundles[:, out] & (many > 0) & (many <= -2 * left[out]))
        if not len(kinds) or not len(spare):
            continue
        change = liking[kinds][:, spare] - liking[kinds, out][:, None]
        freed = np.minimum(many[kinds], -left[out])
        fits = ~bundles[kinds][:, spare] & (many[kinds][:, None] <= left[spare])
        fits &= liking[kinds][:, spare] > BARRED / 2
        each = np.where(fits, change / freed[:, None], BARRED)
        top = int(np.argmax(each))
        if each.flat[top] > best:
            best = float(each.flat[top])
            found = (int(kinds[top // len(spare)]), int(out), int(spare[top % len(spare)]))
    return found


def _nearest(wants: Wants, bundles: Bools, prices: Floats) -> tuple[Ints, Floats]:
    """Return the few bundles each box likes best, (N, k), and what it gains by them."""
    width = min(len(bundles), NEAREST)
    near, gains = [], []
    for rows in chunks(np.arange(len(wants.worth))):
        gain = gains_of(wants, bundles, prices, rows)
        some = np.sort(np.argpartition(-gain, width - 1, axis=1)[:, :width], axis=1)
        near.append(some)
        gains.append(np.take_along_axis(gain, some, axis=1))
    return np.concatenate(near), np.concatenate(gains)


def _sold_back(wants: Wants, bundles: Bools, near: tuple[Ints, Floats], of_box: Ints) -> Ints:
    """Move boxes to bundles there is stock for, those first that lose least by it."""
    of_box = of_box.copy()
    units = bundles.astype(np.int64)
    many = np.bincount(of_box[of_box >= 0], minlength=len(bundles))
    left = wants.stock - units.T @ many
    for _ in range(MEND_ROUNDS):
        if not (left < 0).any():
            break
        moves = _ways_out(units, near, of_box, left)
        if not sum(_moved(units, of_box, left, *move) for move in moves):
            break
    _unserve(wants, units, of_box, left)
    return of_box


def _ways_out(
    units: Ints, near: tuple[Ints, Floats], of_box: Ints, left: Ints
) -> list[tuple[int, int]]:
    """Return (box, bundle) of the moves that free oversold items, cheapest first."""
    names, gain = near
    over, empty = (left < 0).astype(np.int64), (left <= 0).astype(np.int64)
    rows = np.flatnonzero((of_box >= 0) & (units @ over > 0)[of_box])
    own = units[of_box[rows]]
    target = names[rows]
    found = np.full((len(rows), target.shape[1]), BARRED)
    for place in range(target.shape[1]):
        other = units[target[:, place]]
        clean = ((other * (1 - own)) @ empty == 0) & ((own * (1 - other)) @ over > 0)
        found[:, place] = np.where(clean, gain[rows, place], BARRED)
    best = np.argmax(found, axis=1)
    value = found[np.arange(len(rows)), best]
    now = np.where(target == of_box[rows][:, None], gain[rows], BARRED).max(axis=1)
    good = np.flatnonzero(value > BARRED)
    good = good[np.argsort(now[good] - value[good], kind="stable")]
    return [(int(rows[at]), int(target[at, best[at]])) for at in good]


def _moved(units: Ints, of_box: Ints, left: Ints, box: int, kind: int) -> bool:
    """Move a box if that still frees what is oversold and oversells nothing new."""
    change = units[kind] - units[of_box[box]]
    if not (change[left < 0] < 0).any() or (left[change > 0] <= 0).any():
        return False
    left -= change
    of_box[box] = kind
    return True


def _unserve(wants: Wants, units: Ints, of_box: Ints, left: Ints) -> None:
    """Take the bundle from boxes while an item is oversold, those first that the draw names."""
    order = np.argsort(draw(wants.seed, np.arange(len(of_box)), 7), kind="stable")
    for box in order:
        if not (left < 0).any():
            break
        if of_box[box] >= 0 and (units[of_box[box]][left < 0] > 0).any():
            left += units[of_box[box]]
            of_box[box] = NOBODY
    for box in order[of_box[order] == NOBODY]:
        gain = gains_of(wants, units > 0, np.zeros(len(left)), np.array([box]))[0]
        gain[(units > np.maximum(left, 0)).any(axis=1)] = BARRED
        kind = int(np.argmax(gain))
        if gain[kind] > BARRED:
            of_box[box] = kind
            left -= units[kind]

"""Lets every rich box choose for itself at given prices: one price per item for everybody, one per
box for what its units add up to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Ints
from ml.composer.rich_task import RichTask
from ml.composer.worth import LARGEST, draw

NEVER = -(2**61)
STEEPEST = 2**33  # a cent or a gram never costs more than four times the largest score
# A draw of 64 - 44 = 20 bits, about 5e-4 of LARGEST: crowds of alike boxes must not move as one.
TIE_BITS = 44


@dataclass(frozen=True, eq=False)
class Pool:
    """The units each of n boxes may choose: K items, D units of each.

    rows (n,), item (n, K), worth (n, K, D) with NEVER where the unit is not open.
    """

    rows: Ints
    item: Ints
    worth: Ints

    def part(self, keep: Bools | Ints) -> Pool:
        """Return the pool of some of the boxes."""
        return Pool(self.rows[keep], self.item[keep], self.worth[keep])


@dataclass(frozen=True, eq=False)
class Wish:
    """What boxes choose: bought (n, K, D) bool; net (n,) worth less the items' prices; sums (B, n)
    what the units come to per band."""

    bought: Bools
    net: Ints
    sums: Ints


@dataclass(frozen=True)
class Terms:
    """Whether the limit on repeats counts, and the gain below which a slot rather stays empty."""

    repeats: bool = True
    least_gain: int = NEVER


EVERY_LIMIT = Terms()
FOR_A_BOUND = Terms(repeats=False)
WITHIN_REASON = Terms(least_gain=-2 * LARGEST)


def pool_of(task: RichTask, rows: Ints, item: Ints, shaken: bool) -> Pool:
    """Return what the boxes may choose among the (n, K) items; `shaken` adds a small draw."""
    box = rows[:, None]
    pins = task.pins[box, item]
    allowed = task.allowed[box, item] & (task.room[box, task.group[item]] > 0)
    several = (task.repeats[rows] > 0)[:, None]
    worth = np.full((*item.shape, task.deepest), NEVER)
    shake = (draw(task.worth.seed + 1, box, item) >> np.uint64(TIE_BITS)).astype(np.int64)
    for unit in range(1, task.deepest + 1):
        open_here = allowed & (pins < unit) & (task.cap[box] >= unit)
        if unit > 1:
            open_here &= several
        value = task.unit_worth(rows, item, np.full(1, unit)) + (shake if shaken else 0)
        worth[:, :, unit - 1] = np.where(open_here, value, NEVER)
    return Pool(rows, item, worth)


def choose(
    task: RichTask, pool: Pool, prices: Ints, tolls: Ints, terms: Terms = EVERY_LIMIT
) -> Wish:
    """Return each box's best units at the prices (M,) and its own tolls (B, n) per cent or gram.

    The best set with at most so many units of a group is found unit by unit (greedy on a matroid);
    where groups and the limit on repeats both bind it is a good set, and terms without the second
    limit give a sure bound.
    """
    gain = _gains(task, pool, prices, tolls)
    flat = gain.reshape(len(gain), -1)
    worth = pool.worth.reshape(flat.shape)
    bought = np.zeros(flat.shape, bool)
    net = np.zeros(len(gain), np.int64)
    room, repeats = task.room[pool.rows], task.repeats[pool.rows].copy()
    slots = task.slots[pool.rows]
    active = np.arange(len(gain))
    for step in range(int(slots.max(initial=0))):
        active = active[slots[active] > step]
        best = np.argmax(flat[active], axis=1)
        found = flat[active, best] > terms.least_gain
        active, best = active[found], best[found]
        place, later = best // gain.shape[2], active[best % gain.shape[2] > 0]
        item = pool.item[active, place]
        bought[active, best] = True
        net[active] += worth[active, best] - prices[item]
        flat[active, best] = NEVER
        if terms.repeats:
            repeats[later] -= 1
            gain[later[repeats[later] == 0], :, 1:] = NEVER
        room[active, task.group[item]] -= 1
        full = room[active, task.group[item]] == 0
        _close_groups(task, pool, gain, active[full], task.group[item[full]])
    sets = bought.reshape(gain.shape)
    return Wish(sets, net, _sums(task, pool, sets.sum(axis=2)))


def _gains(task: RichTask, pool: Pool, prices: Ints, tolls: Ints) -> Ints:
    cost = prices[pool.item]
    for amount, toll in zip(task.amount, tolls, strict=True):
        cost = cost + amount[pool.item] * toll[:, None]
    gain = pool.worth - cost[:, :, None]
    gain[pool.worth == NEVER] = NEVER
    return np.asarray(gain)


def _close_groups(task: RichTask, pool: Pool, gain: Ints, rows: Ints, group: Ints) -> None:
    row, place = np.nonzero(task.group[pool.item[rows]] == group[:, None])
    gain[rows[row], place] = NEVER


def _sums(task: RichTask, pool: Pool, taken: Ints) -> Ints:
    found = [(taken * amount[pool.item]).sum(axis=1) for amount in task.amount]
    return np.array(found, dtype=np.int64).reshape(len(task.amount), len(pool.rows))

"""Lets boxes trade with the stock left and with each other: two boxes that swap their units, or a
short chain of boxes that ends at an item of which some is left."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ml.arrays import Bools, Ints
from ml.composer.rich_board import NOTHING, Board, Moves, apply, exchanges, held_items
from ml.composer.rich_mend import chunks
from ml.composer.rich_wish import NEVER
from ml.composer.worth import LARGEST

Chain = tuple[int, tuple[int, ...]]  # what it gains, and its items
HOPELESS = -(2**40)
BOXES_AT_MOST = 2**22  # so that a gain and its box fit one number
CLOSE = -(LARGEST >> 3)
ROUNDS = 20
FEWEST = 1000  # a round with less than one trade for so many boxes is the last


@dataclass(frozen=True, eq=False)
class Table:
    """(M, M) `gain` of the best exchange of the row's item for the column's in any box, and `box`
    (M, M), which box that is."""

    gain: Ints
    box: Ints


def trade(board: Board, into: Ints, prices: Ints, rounds: int) -> None:
    """Make exchanges that gain, some rounds; `into` (N, K) are the items each box looks at.

    A unit that meets a supplier minimum gains more than any box can lose. The prices (M,) only say
    which exchanges are worth a look.
    """
    need = board.task.need
    for turn in range(rounds + ROUNDS):
        unmet = _used(board) < need
        if turn >= rounds and not unmet.any():
            break
        few, least = (0, HOPELESS) if unmet.any() else (len(into), CLOSE)
        table = best_table(board, into, np.maximum(prices, 0), least)
        if _round(board, table, need) * FEWEST <= few:
            break


def fill_by_chains(board: Board, into: Ints, prices: Ints) -> None:
    """Fill empty slots with what another box can give for an item of the stock left."""
    for _ in range(ROUNDS):
        hollow = np.flatnonzero(board.holes > 0)
        if not len(hollow) or not (board.left > 0).any():
            break
        table = best_table(board, into, prices)
        used = np.zeros(board.task.shape[0], bool)
        if not sum(_fill_one(board, table, int(box), used) for box in hollow):
            break


def _fill_one(board: Board, table: Table, box: int, used: Bools) -> bool:
    """Give the box what it may hold and another box exchanges for stock; the best such pair."""
    if used[box] or not (board.left > 0).any():
        return False
    items = np.arange(board.task.shape[1])
    row, nothing = np.array([box]), np.array([[NOTHING]])
    gain = exchanges(board, row, nothing, items[None, :], np.zeros_like(items))[0, 0]
    left = np.flatnonzero(board.left > 0)
    onward = np.where(used[table.box], HOPELESS, table.gain)[:, left]
    onward[table.box[:, left] == box] = HOPELESS
    total = np.maximum(gain, 4 * HOPELESS) + onward.max(axis=1)
    item = int(np.argmax(total))
    if gain[item] == NEVER or onward[item].max() == HOPELESS:
        return False
    if not walk(board, table, (item, int(left[np.argmax(onward[item])])), used):
        return False
    used[box] = True
    apply(board, Moves(row, nothing[0], np.array([item]), np.zeros(1, np.int64)))
    return True


def best_table(board: Board, into: Ints, prices: Ints, least: int = HOPELESS) -> Table:
    """Return the best exchange of every item for every other, over all boxes; exchanges that lose
    more than `-least` at the prices are left out. The gains of the table are without prices."""
    items = board.task.shape[1]
    best = np.full(items * items, NEVER)
    for rows in chunks(np.arange(len(into))):
        out = held_items(board, rows)
        if not out.size:
            continue
        found = exchanges(board, rows, out, into[rows], prices)
        row, give, take = np.nonzero((found > least) & (out != NOTHING)[:, :, None])
        pair = out[row, give] * items + into[rows[row], take]
        np.maximum.at(best, pair, found[row, give, take] * BOXES_AT_MOST + rows[row])
    known = best > NEVER
    gain = np.where(known, best // BOXES_AT_MOST, HOPELESS).reshape(items, items)
    box = np.where(known, best % BOXES_AT_MOST, NOTHING).reshape(items, items)
    return Table(np.where(box != NOTHING, gain - prices[:, None] + prices, HOPELESS), box)


def _used(board: Board) -> Ints:
    return np.asarray(board.task.stock - board.left)


def _round(board: Board, table: Table, need: Ints) -> int:
    """Make the best trades of the table, each box in one of them at most; return how many."""
    used = np.zeros(board.task.shape[0], bool)
    chains = _to_the_stock(board, table, need) + _swaps(table)
    chains.sort(key=lambda chain: (-chain[0], chain[1]))
    made = 0
    for _, path in chains:
        made += walk(board, table, path, used)
    return made


def walk(board: Board, table: Table, path: tuple[int, ...], used: Bools) -> bool:
    """Make the exchanges along a path of items, the last one from the stock or back to the first;
    return whether all could be made."""
    steps = list(pairwise(path))
    boxes = [int(table.box[step]) for step in steps]
    if len(set(boxes)) < len(boxes) or NOTHING in boxes or used[boxes].any():
        return False
    if path[-1] != path[0] and board.left[path[-1]] <= 0:
        return False
    used[boxes] = True
    out, into = np.array(steps, dtype=np.int64).T
    apply(board, Moves(np.array(boxes), out, into, np.zeros(len(boxes), np.int64)))
    return True


def _swaps(table: Table) -> list[Chain]:
    """Return (gain, path) of two boxes that swap two items, and of three boxes in a ring."""
    both = table.gain + table.gain.T
    one, other = np.nonzero(np.triu(both > 0, 1))
    found: list[Chain] = [
        (int(both[a, b]), (int(a), int(b), int(a))) for a, b in zip(one, other, strict=True)
    ]
    for a in range(len(both)):
        # a -> b -> c -> a: the best c for every b.
        ring = table.gain[a][:, None] + table.gain + table.gain[:, a][None, :]
        ring[a, :] = ring[:, a] = HOPELESS
        best = int(np.argmax(ring))
        b, c = divmod(best, len(both))
        if ring[b, c] > 0 and b != c:
            found.append((int(ring[b, c]), (a, b, c, a)))
    return found


def _to_the_stock(board: Board, table: Table, need: Ints) -> list[Chain]:
    """Return (gain, path) of exchanges that end at an item with stock left, two boxes at most."""
    left = np.flatnonzero(board.left > 0)
    found: list[Chain] = []
    if not len(left):
        return found
    kept = np.where((need > 0) & (_used(board) <= need), 4 * LARGEST, 0)
    wanted = np.where(_used(board) < need, 4 * LARGEST, 0)
    straight = table.gain[:, left] + wanted[left]
    end = left[np.argmax(straight, axis=1)]
    last = straight.max(axis=1)
    found += [(int(last[a] - kept[a]), (int(a), int(end[a]))) for a in np.flatnonzero(last > kept)]
    two = table.gain + last[None, :]
    middle = np.argmax(two, axis=1)
    best = two[np.arange(len(two)), middle]
    for a in np.flatnonzero(best > kept):
        if end[middle[a]] != a:
            found.append((int(best[a] - kept[a]), (int(a), int(middle[a]), int(end[middle[a]]))))
    return found

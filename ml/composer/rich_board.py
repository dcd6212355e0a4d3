"""Keeps the count of a plan of rich boxes while units are exchanged, and says what each exchange is
worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Ints
from ml.composer.plan import Units
from ml.composer.rich_task import RichTask
from ml.composer.rich_wish import NEVER

NOTHING = -1


@dataclass(eq=False)
class Board:
    """A plan under repair.

    units   (N, M), pins included.
    sums    (B, N), counts (N, G), spare (N,) repeats left, holes (N,) empty slots.
    left    (M,) stock left; below 0 where an item is oversold.
    """

    task: RichTask
    units: Units
    sums: Ints
    counts: Ints
    spare: Ints
    holes: Ints
    left: Ints

    @property
    def amiss(self) -> Bools:
        """(N,) bool: boxes that come to less than a band asks for."""
        return np.asarray((self.sums < self.task.least).any(axis=0))


@dataclass(frozen=True, eq=False)
class Moves:
    """Exchanges, at most one per box: `into` comes, `out` goes (NOTHING: into an empty slot)."""

    box: Ints
    out: Ints
    into: Ints
    gain: Ints

    def part(self, keep: Bools | Ints) -> Moves:
        """Return some of them."""
        return Moves(self.box[keep], self.out[keep], self.into[keep], self.gain[keep])


def board_of(task: RichTask, units: Units) -> Board:
    """Return the count of a plan."""
    chosen = units.astype(np.int64) - task.pins
    return Board(
        task,
        units.copy(),
        task.sums(units),
        task.counts(units),
        task.spare_repeats(units),
        task.slots - chosen.sum(axis=1),
        task.stock - chosen.sum(axis=0),
    )


def exchanges(board: Board, rows: Ints, out: Ints, into: Ints, prices: Ints) -> Ints:
    """Return (n, H, K): what each box gains by giving one of `out` (n, H) for one of `into` (n, K),
    worth less prices (M,); NEVER where it may not. NOTHING in `out` stands for an empty slot.

    No ceiling is broken. An exchange may leave a band's least unreached only where it is unreached
    before, and never brings the box further below it.
    """
    task = board.task
    box = rows[:, None]
    held_out, held_in = (board.units[box, item].astype(np.int64) for item in (out, into))
    real = out != NOTHING
    loss = np.where(real, task.unit_worth(rows, out, np.maximum(held_out, 1)) - prices[out], 0)
    gain = task.unit_worth(rows, into, held_in + 1) - prices[into]
    may_go = np.where(real, held_out > task.pins[box, out], board.holes[box] > 0)
    may_come = task.allowed[box, into] & (held_in < task.cap[box])
    spare = board.spare[box] + (real & (held_out > 1))
    fits = may_go[:, :, None] & may_come[:, None, :] & (out[:, :, None] != into[:, None, :])
    fits &= (held_in == 0)[:, None, :] | (spare > 0)[:, :, None]
    free = board.counts[box, task.group[into]] < task.room[box, task.group[into]]
    same = (task.group[out][:, :, None] == task.group[into][:, None, :]) & real[:, :, None]
    fits &= same | free[:, None, :]
    for band, amount in enumerate(task.amount):
        leaves = np.where(real, amount[out], 0)
        after = (
            board.sums[band, rows][:, None, None] - leaves[:, :, None] + amount[into][:, None, :]
        )
        floor = np.minimum(task.least[band, rows], board.sums[band, rows])
        fits &= (after <= task.most[band, rows][:, None, None]) & (after >= floor[:, None, None])
    return np.where(fits, gain[:, None, :] - loss[:, :, None], NEVER)


def apply(board: Board, moves: Moves) -> None:
    """Make the exchanges; every box at most one."""
    task = board.task
    real = moves.out != NOTHING
    box, out = moves.box[real], moves.out[real]
    board.spare[box] += board.units[box, out] > 1
    board.units[box, out] -= 1
    board.spare[moves.box] -= board.units[moves.box, moves.into] > 0
    board.units[moves.box, moves.into] += 1
    board.counts[box, task.group[out]] -= 1
    board.counts[moves.box, task.group[moves.into]] += 1
    board.sums[:, box] -= task.amount[:, out]
    board.sums[:, moves.box] += task.amount[:, moves.into]
    board.holes[moves.box[~real]] -= 1
    np.add.at(board.left, out, 1)
    np.subtract.at(board.left, moves.into, 1)


def drop(board: Board, box: int, item: int) -> None:
    """Take one unit out and leave the slot empty."""
    board.spare[box] += board.units[box, item] > 1
    board.units[box, item] -= 1
    board.counts[box, board.task.group[item]] -= 1
    board.sums[:, box] -= board.task.amount[:, item]
    board.holes[box] += 1
    board.left[item] += 1


def held_items(board: Board, rows: Ints) -> Ints:
    """Return (n, H) items that each box may give away, NOTHING where it has fewer than H."""
    box, item = np.nonzero(board.units[rows] > board.task.pins[rows])
    many = np.bincount(box, minlength=len(rows))
    place = np.arange(len(box)) - np.repeat(np.cumsum(many) - many, many)
    found = np.full((len(rows), int(many.max(initial=0))), NOTHING)
    found[box, place] = item
    return found


def first_come(moves: Moves, out_room: Ints, in_room: Ints) -> Moves:
    """Return the best moves while no item gives more than `out_room` or takes more than `in_room`
    units, both (M,); an empty slot gives without end."""
    moves = moves.part(np.argsort(-moves.gain, kind="stable"))
    moves = moves.part(_turn(moves.into) < in_room[moves.into])
    within = (moves.out == NOTHING) | (_turn(moves.out) < out_room[moves.out])
    return moves.part(within)


def _turn(names: Ints) -> Ints:
    """Return the how-manieth of its name each entry is, from 0."""
    order = np.argsort(names, kind="stable")
    ordered = names[order]
    start = np.searchsorted(ordered, ordered)
    turn = np.empty(len(names), np.int64)
    turn[order] = np.arange(len(names)) - start
    return turn

"""Makes each box's choice better at given prices: one exchange at a time, then two that only fit
together, one dearer and one cheaper."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml.arrays import Bools, Ints
from ml.composer.rich_board import NOTHING, Board, Moves, apply, exchanges, held_items
from ml.composer.rich_mend import best_of, chunks
from ml.composer.rich_wish import NEVER

ROUNDS = 12
FAR = 2**60


def polish(board: Board, into: Ints, prices: Ints) -> None:
    """Exchange units for `into` (N, K) while a box gains at the prices (M,); stock is not looked
    at."""
    for part in chunks(np.arange(len(into))):
        rows = part
        for _ in range(ROUNDS):
            rows = rows[_single(board, rows, into, prices) | _double(board, rows, into, prices)]
            if not len(rows):
                break


def _single(board: Board, rows: Ints, into: Ints, prices: Ints) -> Bools:
    """Make each row's best exchange if it gains; return which rows moved."""
    moved = np.zeros(len(rows), bool)
    moves = best_of(board, rows, held_items(board, rows), into[rows], prices)
    moves = moves.part(moves.gain > 0)
    apply(board, moves)
    moved[np.searchsorted(rows, moves.box)] = True
    return moved


def _double(board: Board, rows: Ints, into: Ints, prices: Ints) -> Bools:
    """Make each row's best pair of exchanges if it gains and keeps every ceiling."""
    moved = np.zeros(len(rows), bool)
    out = held_items(board, rows)
    if not len(board.task.amount) or not out.size:
        return moved
    first, second, gain = _pairs(board, rows, out, into[rows], prices)
    better = np.flatnonzero(gain > 0)
    better = better[_fit_together(board, rows[better], first[:, better], second[:, better])]
    for pair in (first, second):
        apply(board, Moves(rows[better], pair[0, better], pair[1, better], gain[better]))
    moved[better] = True
    return moved


def _pairs(
    board: Board, rows: Ints, out: Ints, into: Ints, prices: Ints
) -> tuple[Ints, Ints, Ints]:
    """Return two exchanges (2, n) each, out and into, and the gain of both (n,): the best that keep
    the first band together, whatever each does alone."""
    task = board.task
    open_board = replace(board, task=replace(task, amount=task.amount[:0]))
    gain = exchanges(open_board, rows, out, into, prices)
    amount = task.amount[0]
    adds = np.where(gain > NEVER, amount[into][:, None, :] - amount[out][:, :, None], FAR)
    count, holders, width = gain.shape
    flat, weight = gain.reshape(count, -1), adds.reshape(count, -1)
    order = np.argsort(weight, axis=1, kind="stable")
    ranked = np.take_along_axis(flat, order, axis=1)
    place = _places(np.take_along_axis(weight, order, axis=1), _slack(board, rows), weight)
    best = np.full(count, NEVER)
    chosen = np.zeros((2, count), np.int64)
    everyone = np.arange(count)
    for holder in range(holders):
        others = np.where(order // width == holder, NEVER, ranked)
        upto = np.maximum.accumulate(others, axis=1)
        mine = slice(holder * width, (holder + 1) * width)
        partner = np.where(
            place[:, mine] >= 0,
            np.take_along_axis(upto, np.maximum(place[:, mine], 0), axis=1),
            NEVER,
        )
        both = np.where((flat[:, mine] > NEVER) & (partner > NEVER), flat[:, mine] + partner, NEVER)
        top = np.argmax(both, axis=1)
        better = np.flatnonzero(both[everyone, top] > best)
        best[better] = both[better, top[better]]
        chosen[0, better] = holder * width + top[better]
        hit = others[better] == partner[better, top[better]][:, None]
        chosen[1, better] = order[better, np.argmax(hit, axis=1)]
    named = [np.array([out[everyone, at // width], into[everyone, at % width]]) for at in chosen]
    return named[0], named[1], best


def _slack(board: Board, rows: Ints) -> Ints:
    return np.asarray(board.task.most[0, rows] - board.sums[0, rows])


def _places(ordered: Ints, slack: Ints, weight: Ints) -> Ints:
    """Return for each exchange the last place in the row's order that it leaves room for, or -1."""
    span = np.int64(2**26)
    clipped = np.clip(ordered, -span + 1, span - 1)
    asked = np.clip(slack[:, None] - np.minimum(weight, span), -span, span - 2)
    offset = np.arange(len(ordered))[:, None] * (2 * span)
    place = np.searchsorted((clipped + offset).ravel(), (asked + offset).ravel(), side="right")
    return np.asarray(
        place.reshape(weight.shape) - np.arange(len(ordered))[:, None] * weight.shape[1] - 1
    )


def _fit_together(board: Board, rows: Ints, first: Ints, second: Ints) -> Bools:
    """Return which rows keep every ceiling, every least and every limit after both exchanges."""
    task = board.task
    after = board.units[rows].astype(np.int64)
    before = after.copy()
    everyone = np.arange(len(rows))
    real = (first[0] != NOTHING) & (second[0] != NOTHING)
    for out, into in (first, second):
        after[everyone, out] -= 1
        after[everyone, into] += 1
    change = after - before
    fits = real & (after >= task.pins[rows]).all(axis=1)
    fits &= (after <= task.cap[rows][:, None]).all(axis=1)
    again = (after - np.minimum(after, 1)).sum(axis=1) - (before - np.minimum(before, 1)).sum(
        axis=1
    )
    fits &= again <= board.spare[rows]
    sums = board.sums[:, rows] + task.amount @ change.T
    fits &= (sums <= task.most[:, rows]).all(axis=0)
    fits &= (sums >= np.minimum(task.least[:, rows], board.sums[:, rows])).all(axis=0)
    member = np.zeros((task.shape[1], task.room.shape[1]), np.int64)
    member[np.arange(task.shape[1]), task.group] = 1
    fits &= (board.counts[rows] + change @ member <= task.room[rows]).all(axis=1)
    return np.asarray(fits)

"""Brings a plan of rich boxes back into the stock, fills what can be filled, and exchanges units
between boxes while that is worth something."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ml.arrays import Bools, Ints
from ml.composer.rich_board import (
    NOTHING,
    Board,
    Moves,
    apply,
    drop,
    exchanges,
    first_come,
    held_items,
)
from ml.composer.rich_wish import NEVER

ROWS_AT_ONCE = 2048
ROUNDS = 40


def sell_back(board: Board, prices: Ints) -> None:
    """Exchange oversold units for items with stock left, the cheapest exchanges first; drop what
    nothing can replace."""
    while (board.left < 0).any():
        over, left = np.maximum(-board.left, 0), np.maximum(board.left, 0)
        moves = first_come(best_moves(board, over > 0, left > 0, prices), over, left)
        if not len(moves.box):
            break
        apply(board, moves)
    _drop_oversold(board)


def fill(board: Board, prices: Ints) -> None:
    """Fill empty slots and reach what bands ask for, as far as single exchanges can."""
    for _ in range(ROUNDS * 10):
        left = np.maximum(board.left, 0)
        moves = first_come(_fillings(board, prices), left, left)
        moves = moves if len(moves.box) else first_come(_lifts(board, prices), left + ROUNDS, left)
        if not len(moves.box):
            break
        apply(board, moves)


def best_moves(board: Board, out_ok: Bools, into_ok: Bools, prices: Ints) -> Moves:
    """Return each box's best exchange of an item in `out_ok` for one in `into_ok`, both (M,)."""
    rows = np.flatnonzero(((board.units > board.task.pins) & out_ok).any(axis=1))
    into = np.flatnonzero(into_ok)
    return joined(
        [
            best_of(board, part, narrowed(held_items(board, part), out_ok), into, prices)
            for part in chunks(rows)
        ]
    )


def best_of(board: Board, rows: Ints, out: Ints, into: Ints, prices: Ints) -> Moves:
    """Return the best exchange of each row, boxes without any left out."""
    if not out.size or not into.size:
        return joined([])
    columns = np.broadcast_to(into, (len(rows), len(into))) if into.ndim == 1 else into
    gain = exchanges(board, rows, out, columns, prices).reshape(len(rows), -1)
    best = np.argmax(gain, axis=1)
    found = np.flatnonzero(gain[np.arange(len(rows)), best] > NEVER)
    place = best[found]
    return Moves(
        rows[found],
        out[found, place // columns.shape[1]],
        columns[found, place % columns.shape[1]],
        gain[found, place],
    )


def narrowed(out: Ints, out_ok: Bools) -> Ints:
    """Return the items that may go, packed to the left, as few columns as possible."""
    kept = np.where((out != NOTHING) & out_ok[out], out, NOTHING)
    kept = -np.sort(-kept, axis=1)
    return kept[:, : int((kept != NOTHING).sum(axis=1).max(initial=0))]


def chunks(rows: Ints) -> Iterator[Ints]:
    """Walk over boxes, some thousands at once."""
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]


def joined(parts: list[Moves]) -> Moves:
    """Return all moves as one list."""
    nothing = [np.zeros(0, np.int64)]
    return Moves(
        np.concatenate(nothing + [part.box for part in parts]),
        np.concatenate(nothing + [part.out for part in parts]),
        np.concatenate(nothing + [part.into for part in parts]),
        np.concatenate(nothing + [part.gain for part in parts]),
    )


def _drop_oversold(board: Board) -> None:
    """Empty slots of oversold items, in the boxes that mind least and miss least."""
    for item in np.flatnonzero(board.left < 0):
        while board.left[item] < 0:
            rows = np.flatnonzero(board.units[:, item] > board.task.pins[:, item])
            held = board.units[rows, item].astype(np.int64)
            worth = board.task.unit_worth(rows, np.full((len(rows), 1), item), held[:, None])[:, 0]
            order = np.lexsort((worth, board.holes[rows]))
            drop(board, int(rows[order[0]]), int(item))


def _fillings(board: Board, prices: Ints) -> Moves:
    """Return each unfilled box's best unit for its slot."""
    rows, into = np.flatnonzero(board.holes > 0), np.flatnonzero(board.left > 0)
    nothing = np.full((ROWS_AT_ONCE, 1), NOTHING)
    moves = joined(
        [best_of(board, part, nothing[: len(part)], into, prices) for part in chunks(rows)]
    )
    # The emptier the box, the sooner its turn.
    return Moves(moves.box, moves.out, moves.into, moves.gain + board.holes[moves.box] * 2**50)


def _lifts(board: Board, prices: Ints) -> Moves:
    """Return exchanges that bring a box to everything its bands ask for."""
    rows = np.flatnonzero(board.amiss)
    into = np.flatnonzero(board.left > 0)
    found = []
    for part in chunks(rows):
        out = held_items(board, part)
        if not out.size or not into.size:
            continue
        columns = np.broadcast_to(into, (len(part), len(into)))
        gain = exchanges(board, part, out, columns, prices)
        gain = np.where(_reaches(board, part, out, columns), gain, NEVER).reshape(len(part), -1)
        best = np.argmax(gain, axis=1)
        good = np.flatnonzero(gain[np.arange(len(part)), best] > NEVER)
        at = best[good]
        place, column = at // len(into), at % len(into)
        found.append(Moves(part[good], out[good, place], into[column], gain[good, at]))
    return joined(found)


def _reaches(board: Board, rows: Ints, out: Ints, into: Ints) -> Bools:
    task = board.task
    reached = np.ones((len(rows), out.shape[1], into.shape[1]), bool)
    for band, amount in enumerate(task.amount):
        after = board.sums[band, rows][:, None, None] - amount[out][:, :, None]
        after = after + amount[into][:, None, :]
        reached &= after >= task.least[band, rows][:, None, None]
    return reached

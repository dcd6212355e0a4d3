"""Fills slots that stayed empty although a chain of swaps could fill them, and spreads the ones
nobody can fill."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.prices import next_worth, swap_row
from ml.composer.task import Task, Units


@dataclass(eq=False)
class _Board:
    """The plan under repair: (M, M) `losses` and `holder` name the cheapest swap of two items."""

    task: Task
    units: Units
    missing: Ints
    left: Ints
    losses: Floats
    holder: Ints


def mend(task: Task, units: Units) -> Units:
    """Return the plan with as few empty slots as swaps can reach, and those spread.

    Method: shortest augmenting paths on the graph of items (Edmonds and Karp 1972), each arc the
    cheapest swap in any box. A path that an earlier repair has made impossible is left for the next
    round.
    """
    missing = task.slots - (units - task.pins).sum(axis=1, dtype=np.int64)
    left = task.stock - (units - task.pins).sum(axis=0, dtype=np.int64)
    board = _Board(task, units.copy(), missing, left, np.zeros((0, 0)), np.zeros((0, 0), np.int64))
    while _could_improve(board):
        _look_around(board)
        if not _round(board):
            break
    return board.units


def _could_improve(board: _Board) -> bool:
    if not board.missing.any() or not board.task.shape[1]:
        return False
    fullest = int(board.missing[board.task.slots > 0].min())
    return bool((board.left > 0).any()) or int(board.missing.max()) >= fullest + 2


def _look_around(board: _Board) -> None:
    rows = [swap_row(board.task, board.units, item) for item in range(board.task.shape[1])]
    board.losses = np.stack([losses for losses, _ in rows])
    board.holder = np.stack([holder for _, holder in rows])


def _round(board: _Board) -> int:
    """Try every box with empty slots once, the emptiest first; return how many improved."""
    improved = 0
    emptiest_first = np.argsort(-board.missing, kind="stable")
    waiting = emptiest_first[board.missing[emptiest_first] > 0]
    for box in waiting[_hopeful(board, waiting)]:
        while board.missing[box] > 0 and _fill(board, int(box)):
            improved += 1
    for box in waiting:
        while board.missing[box] > 1 and _take_from_a_fuller_box(board, int(box)):
            improved += 1
    return improved


def _hopeful(board: _Board, boxes: Ints) -> Bools:
    """Return which boxes could take an item that a chain of swaps ties to the stock left."""
    tied = board.left > 0
    swappable = np.isfinite(board.losses)
    for _ in range(len(tied)):
        more = tied | swappable[:, tied].any(axis=1)
        if np.array_equal(more, tied):
            break
        tied = more
    addable = np.isfinite(next_worth(board.task, board.units, boxes, np.zeros(len(boxes), bool)))
    return np.asarray((addable & tied).any(axis=1))


def _fill(board: _Board, box: int) -> bool:
    path = _path(board, box, board.left > 0)
    if not path or not _apply(board, box, path, None):
        return False
    board.left[path[-1]] -= 1
    board.missing[box] -= 1
    return True


def _take_from_a_fuller_box(board: _Board, box: int) -> bool:
    movable = board.units > board.task.pins
    movable &= (board.missing <= board.missing[box] - 2)[:, None]
    path = _path(board, box, np.asarray(movable.any(axis=0)))
    if not path:
        return False
    item = path[-1]
    givers = np.flatnonzero(movable[:, item])
    held = board.units[givers, item].astype(np.int64)
    loss = board.task.worth.of(board.task.scores[givers, item], givers, item, held)
    giver = int(givers[np.argmin(loss)])
    if not _apply(board, box, path, giver):
        return False
    board.missing[giver] += 1
    board.missing[box] -= 1
    return True


def _path(board: _Board, box: int, ends: Bools) -> list[int]:
    """Return items from one the box can add to one of `ends` by the fewest swaps, cheapest among
    those; [] if none."""
    cost = -next_worth(board.task, board.units, np.array([box]), np.zeros(1, bool))[0]
    came = np.full(len(cost), -1)
    reached = np.isfinite(cost)
    newest = reached
    while newest.any():
        if (newest & ends).any():
            return _back(came, int(np.argmin(np.where(newest & ends, cost, np.inf))))
        frontier = np.flatnonzero(newest)
        steps = cost[frontier][:, None] + board.losses[frontier]
        newest = np.isfinite(steps).any(axis=0) & ~reached
        came[newest] = frontier[np.argmin(steps, axis=0)][newest]
        cost[newest] = steps.min(axis=0)[newest]
        reached = reached | newest
    return []


def _back(came: Ints, item: int) -> list[int]:
    path = [item]
    while came[path[0]] >= 0:
        path.insert(0, int(came[path[0]]))
    return path


def _apply(board: _Board, box: int, path: list[int], giver: int | None) -> bool:
    """Move one unit along the path; if that breaks a rule, take it back and return False."""
    moves = [(box, path[0], 1)]
    for item, other in pairwise(path):
        swapper = int(board.holder[item, other])
        moves += [(swapper, item, -1), (swapper, other, 1)]
    if giver is not None:
        moves.append((giver, path[-1], -1))
    for row, item, change in moves:
        board.units[row, item] += change
    if _keeps_rules(board, np.array(sorted({row for row, _, _ in moves}))):
        return True
    for row, item, change in moves:
        board.units[row, item] -= change
    return False


def _keeps_rules(board: _Board, rows: Ints) -> bool:
    task, units = board.task, board.units[rows]
    pins = task.pins[rows]
    counted = (
        (units >= pins) & (units <= task.cap[rows][:, None]) & (task.allowed[rows] | (units == 0))
    )
    return bool(counted.all() and (task.spare_repeats(board.units, rows) >= 0).all())

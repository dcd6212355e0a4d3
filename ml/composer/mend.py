"""Fills slots that stayed empty although a chain of swaps could fill them, and spreads the ones
nobody can fill."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.plan import Plan, Units, gathered, lines_of
from ml.composer.prices import next_worth, swap_row
from ml.composer.task import Task
from ml.composer.worth import draw

WHOLE_PAIRS = 3_000_000


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
    missing = task.slots - (units - task.pinned_units).sum(axis=1, dtype=np.int64)
    left = task.stock - (units - task.pinned_units).sum(axis=0, dtype=np.int64)
    board = _Board(task, units.copy(), missing, left, np.zeros((0, 0)), np.zeros((0, 0), np.int64))
    while _worth_mending(task, board.missing, board.left):
        _look_around(board)
        if not _round(board):
            break
    return board.units


def _worth_mending(task: Task, missing: Ints, left: Ints) -> bool:
    if not missing.any() or not task.shape[1]:
        return False
    fullest = int(missing[task.slots > 0].min())
    return bool((left > 0).any()) or int(missing.max()) >= fullest + 2


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
    movable = board.units > board.task.pinned_units
    movable &= (board.missing <= board.missing[box] - 2)[:, None]
    path = _path(board, box, np.asarray(movable.any(axis=0)))
    if not path:
        return False
    item = path[-1]
    givers = np.flatnonzero(movable[:, item])
    held = board.units[givers, item].astype(np.int64)
    loss = board.task.worth_at(givers, item, held)
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
    pins = task.pinned_units[rows]
    counted = (
        (units >= pins) & (units <= task.cap[rows][:, None]) & (task.allowed[rows] | (units == 0))
    )
    return bool(counted.all() and (task.spare_repeats(board.units, rows) >= 0).all())


def mended(task: Task, plan: Plan) -> Plan:
    """Return the plan with as few empty slots as swaps can reach, for batches of any size.

    In a batch too large for a table of units the boxes with holes are mended among some thousands
    of others, drawn by the seed, which can nearly always swap as well as everybody could.
    """
    boxes, items = task.shape
    missing = task.slots - (plan.in_box - task.pins.in_box)
    left = task.stock - (plan.of_item - task.pins.of_item)
    if not _worth_mending(task, missing, left):
        return plan
    if boxes * items <= WHOLE_PAIRS:
        return lines_of(mend(task, plan.dense()))
    rows = _company(task, missing, WHOLE_PAIRS // items)
    held = plan.rows(rows)
    part = task.part(rows, left + held.of_item - task.pins.rows(rows).of_item)
    better = lines_of(mend(part, held.dense()))
    others = np.ones(boxes, bool)
    others[rows] = False
    kept = others[plan.box]
    return gathered(
        task.shape,
        np.concatenate([plan.box[kept], rows[better.box]]),
        np.concatenate([plan.item[kept], better.item]),
        np.concatenate([plan.units[kept], better.units]),
    )


def _company(task: Task, missing: Ints, most: int) -> Ints:
    """Return boxes with holes, the emptiest first, and others, at most `most`, rising."""
    lots = draw(task.worth.seed, np.arange(len(missing)), 2)
    order = np.lexsort((lots, -missing))
    holes = order[: min(most // 2, int((missing > 0).sum()))]
    whole = order[missing[order] == 0][: most - len(holes)]
    return np.sort(np.concatenate([holes, whole]))

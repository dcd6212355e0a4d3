"""Fills what stayed empty in a shard from what the others left, and by swaps between shards.

A shard knows only its own boxes. When it stays short although stock is left, either it may take
what is left itself, or a box of another shard may take it and give up what the short one needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.arrays import Bools, Ints
from ml.composer.bands import Band
from ml.composer.plan import Plan, gathered
from ml.composer.problem import Problem, Solution
from ml.composer.tables import blocks_of
from ml.composer.task import Task, repeats_in, task_of

Composer = Callable[[Problem], Solution]


@dataclass(frozen=True, eq=False)
class Open:
    """What one shard could do: (M,) `takes` are items that a box with an empty slot could add,
    (M, M) `swaps[i, j]` says whether some box could give an i away for a j."""

    takes: Bools
    swaps: Bools


def used_by(solution: Solution, items: int) -> Ints:
    """Return (M,) the units of each item that a shard holds."""
    return np.bincount(solution.item, weights=solution.units, minlength=items).astype(np.int64)


def left_over(stock: Ints, solutions: Sequence[Solution]) -> Ints:
    """Return (M,) what no shard has used."""
    used = [used_by(each, len(stock)) for each in solutions]
    return stock - np.sum(used, axis=0, dtype=np.int64) if used else stock.copy()


def can_use(part: Problem, solution: Solution, left: Ints) -> bool:
    """Say whether an empty slot of a shard could be filled from what is left (M,), at once or by a
    chain of swaps among its own boxes."""
    return bool(_chain([part], [solution], left))


def shared_again(
    parts: Sequence[Problem],
    solutions: Sequence[Solution],
    stock: Ints,
    composer: Composer,
) -> dict[int, Ints]:
    """Return new quotas (M,) of some shards that leave fewer slots empty; {} if there are none.

    `stock` (M,) is that of the whole batch. The shards are those on a shortest chain of swaps from
    an empty slot to the stock left; composed together, they show who should hold what.
    """
    left = left_over(stock, solutions)
    company = _chain(parts, solutions, left)
    if not company:
        return {}
    used = {at: used_by(solutions[at], len(stock)) for at in company}
    own = left + np.sum(list(used.values()), axis=0, dtype=np.int64)
    together = composer(joined([parts[at] for at in company], own))
    if int(together.short.sum()) >= sum(int(solutions[at].short.sum()) for at in company):
        return {}
    ends = np.searchsorted(together.box, np.cumsum([parts[at].boxes for at in company]))
    lines = zip(np.split(together.item, ends), np.split(together.units, ends), strict=True)
    held = [np.bincount(item, units, len(stock)).astype(np.int64) for item, units in lines]
    return dict(zip(company, held, strict=False))


def joined(parts: Sequence[Problem], stock: Ints) -> Problem:
    """Return the boxes of several shards as one problem, those of the first shard first."""
    return replace(
        parts[0],
        scores=np.concatenate([np.asarray(part.scores[:]) for part in parts]),
        allowed=np.concatenate([np.asarray(part.allowed[:]) for part in parts]),
        slots=np.concatenate([part.slots for part in parts]),
        stock=stock,
        max_per_item=np.concatenate([part.max_per_item for part in parts]),
        min_distinct=np.concatenate([part.min_distinct for part in parts]),
        pinned=_pins(parts),
        bands=_bands(parts),
        group_most=_group_most(parts),
        need=None,
    )


def _pins(parts: Sequence[Problem]) -> Plan:
    first = np.cumsum([0, *(part.boxes for part in parts)])
    box = np.concatenate([part.pins.box + at for part, at in zip(parts, first, strict=False)])
    item = np.concatenate([part.pins.item for part in parts])
    units = np.concatenate([part.pins.units for part in parts])
    return gathered((int(first[-1]), parts[0].items), box, item, units)


def _bands(parts: Sequence[Problem]) -> tuple[Band, ...]:
    return tuple(
        replace(
            band,
            least=np.concatenate([part.bands[at].least for part in parts]),
            most=np.concatenate([part.bands[at].most for part in parts]),
        )
        for at, band in enumerate(parts[0].bands)
    )


def _group_most(parts: Sequence[Problem]) -> Ints | None:
    most = [part.group_most for part in parts if part.group_most is not None]
    return np.concatenate(most) if len(most) == len(parts) else None


def _chain(parts: Sequence[Problem], solutions: Sequence[Solution], left: Ints) -> list[int]:
    """Return the shards on a shortest chain from an empty slot to what is left, rising; [] if no
    chain can reach."""
    short = [at for at, each in enumerate(solutions) if each.short.any()]
    if not short or not (left > 0).any():
        return []
    opened = [_open(part, each) for part, each in zip(parts, solutions, strict=True)]
    came: dict[int, tuple[int, int]] = {}
    for at in short:
        for item in np.flatnonzero(opened[at].takes).tolist():
            came.setdefault(item, (-1, at))
    frontier = sorted(came)
    while frontier:
        ends = [item for item in frontier if left[item] > 0]
        if ends:
            return _shards_to(came, ends[0])
        frontier = _next(opened, came, frontier)
    return []


def _next(
    opened: Sequence[Open], came: dict[int, tuple[int, int]], frontier: list[int]
) -> list[int]:
    """Go one swap further; `came` remembers from which item, and in which shard."""
    fresh: list[int] = []
    for item in frontier:
        for at, each in enumerate(opened):
            for other in np.flatnonzero(each.swaps[item]).tolist():
                if other not in came:
                    came[other] = (item, at)
                    fresh.append(other)
    return sorted(fresh)


def _shards_to(came: dict[int, tuple[int, int]], item: int) -> list[int]:
    found = set()
    while item >= 0:
        item, at = came[item]
        found.add(at)
    return sorted(found)


def _open(part: Problem, solution: Solution) -> Open:
    """Look at every box of a shard for units it could add or change."""
    task = task_of(replace(part, stock=np.full(part.items, int(part.slots.sum()) + 1)))
    found = Open(np.zeros(part.items, bool), np.zeros((part.items, part.items), bool))
    for rows in blocks_of(part.boxes):
        _look_at(task, solution, rows, found)
    return found


def _look_at(task: Task, solution: Solution, rows: slice, found: Open) -> None:
    held, pinned = _held(solution, rows, task.shape[1]), task.pins.dense(rows)
    free = np.asarray(task.allowed[rows]) & (held < task.cap[rows][:, None])
    spare = task.repeats[rows] - repeats_in(held) + repeats_in(pinned)
    fresh = held == 0
    found.takes[:] |= (free & (fresh | (spare > 0)[:, None]))[solution.short[rows] > 0].any(axis=0)
    for item in np.flatnonzero((held > pinned).any(axis=0)).tolist():
        givers = held[:, item] > pinned[:, item]
        again = (spare > 0) | (held[:, item] > 1)
        found.swaps[item] |= (free & (fresh | again[:, None]))[givers].any(axis=0)


def _held(solution: Solution, rows: slice, items: int) -> Ints:
    start, stop = np.searchsorted(solution.box, [rows.start, rows.stop])
    own = slice(start, stop)
    held = np.zeros((rows.stop - rows.start, items), np.int64)
    held[solution.box[own] - rows.start, solution.item[own]] = solution.units[own]
    return held

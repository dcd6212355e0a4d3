"""Solves small batches of rich boxes as an integer program, one wish after the other: no empty
slots, no band left unreached, supplier minimums, worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ml.arrays import Floats, Ints
from ml.composer.plan import Units
from ml.composer.rich_task import RichTask
from ml.composer.rich_wish import NEVER, pool_of
from ml.composer.worth import LARGEST, TIE_STEPS

SURE = 1e-6  # how far the solver's own sums may be off

Row = tuple[tuple[Ints, Floats], float, float]


@dataclass(frozen=True)
class Limits:
    """When the solver stops: after so many nodes of its search tree, or this close to the best."""

    nodes: int = 400
    gap: float = 5e-4


WITHIN_SECONDS = Limits()


@dataclass(frozen=True, eq=False)
class Answer:
    """A plan (N, M), pins included; "rich_exact" if it is proven to be within the limits' gap of
    the best; and the worth, in the unit of the scores and without the pins, that no plan of its
    kind exceeds."""

    units: Units
    method: str
    most: float


@dataclass(frozen=True, eq=False)
class _Columns:
    """What the solver found, whether within its limits, and what no other answer exceeds."""

    columns: Floats
    proven: bool
    most: float


@dataclass(frozen=True, eq=False)
class Program:
    """The columns of the program: units (box, item, worth), then empty slots, then bands below
    their least, then units of supplier minimums that stay in stock."""

    task: RichTask
    limits: Limits
    box: Ints
    item: Ints
    depth: Ints
    worth: Floats
    slot_box: Ints
    slot_turn: Ints

    @property
    def starts(self) -> Ints:
        """(4,) where empty slots, unreached bands and unmet minimums begin, and the end."""
        bands = self.task.amount.shape[0] * self.task.shape[0]
        sizes = [len(self.box), len(self.slot_box), bands, self.task.shape[1]]
        return np.cumsum(sizes)


def improved(task: RichTask, units: Units, limits: Limits = WITHIN_SECONDS) -> Answer:
    """Return the better of the plan and of what the solver finds within its limits."""
    program = _program(task, limits)
    wishes = _wishes(program)
    caps = [_cost(program, wish, units) for wish in wishes]
    rows = _limits(program)
    for turn, wish in enumerate(wishes):
        if caps[turn] > 0:
            answer = _solved(program, rows, wish)
            if answer is None:
                return Answer(units, "rich", math.inf)
            caps[turn] = min(caps[turn], round(float(answer.columns @ wish)))
        place = np.flatnonzero(wish)
        rows.append(((place, wish[place]), -np.inf, caps[turn] + 0.5))
    worth = np.zeros(program.starts[-1])
    worth[: len(program.box)] = -program.worth
    answer = _solved(program, rows, worth)
    return Answer(units, "rich", math.inf) if answer is None else _better(program, units, answer)


def _better(program: Program, units: Units, answer: _Columns) -> Answer:
    task = program.task
    found = task.pins.copy()
    taken = answer.columns[: len(program.box)] > 0.5
    np.add.at(found, (program.box[taken], program.item[taken]), 1)
    ranks = [
        (*(_cost(program, wish, plan) for wish in _wishes(program)), -_worth(task, plan))
        for plan in (found, units)
    ]
    # Whole numbers stand for scores with so much rounding and so large a draw at most.
    margin = int(task.slots.sum()) * (TIE_STEPS + 1) * task.worth.scale / LARGEST
    most = answer.most * task.worth.scale * (1 + SURE) + margin
    method = "rich_exact" if answer.proven else "rich"
    if ranks[0] <= ranks[1]:
        return Answer(found, method, most)
    return Answer(units, "rich", most if ranks[0][:-1] == ranks[1][:-1] else math.inf)


def _program(task: RichTask, limits: Limits) -> Program:
    boxes, items = task.shape
    pool = pool_of(task, np.arange(boxes), np.tile(np.arange(items), (boxes, 1)), shaken=False)
    open_here = (pool.worth > NEVER) & (task.slots > 0)[:, None, None]
    open_here &= (
        np.arange(pool.worth.shape[2])
        < (task.pins.astype(np.int64) + task.slots[:, None])[:, :, None]
    )
    box, item, depth = np.nonzero(open_here)
    worth = pool.worth[box, item, depth].astype(np.float64) / LARGEST
    slot_box = np.repeat(np.arange(boxes), task.slots)
    turn = np.arange(len(slot_box)) - np.repeat(np.cumsum(task.slots) - task.slots, task.slots) + 1
    return Program(task, limits, box, item, depth, worth, slot_box, turn)


def _wishes(program: Program) -> list[Floats]:
    """Return what each column costs towards each wish but the last, the most urgent first."""
    slots, bands, need, end = program.starts
    wishes = [np.zeros(end) for _ in range(3)]
    wishes[0][slots:bands] = program.slot_turn
    wishes[1][bands:need] = 1.0
    wishes[2][need:end] = 1.0
    return wishes


def _cost(program: Program, wish: Floats, units: Units) -> float:
    """Return what a plan costs towards a wish."""
    task = program.task
    slots, bands, need, _ = program.starts
    chosen = units.astype(np.int64) - task.pins
    if wish[slots:bands].any():
        holes = task.slots - chosen.sum(axis=1)
        return float((holes * (holes + 1) // 2).sum())
    if wish[bands:need].any():
        return float((task.sums(units) < task.least).sum())
    return float(np.maximum(task.need - chosen.sum(axis=0), 0).sum())


def _worth(task: RichTask, units: Units) -> int:
    total = 0
    for unit in range(1, int(units.max(initial=0)) + 1):
        box, item = np.nonzero(units >= unit)
        total += int(task.worth.of(task.scores[box, item], box, item, unit).sum())
    return total


def _limits(program: Program) -> list[Row]:
    task = program.task
    slots, bands, need, _ = program.starts
    columns, ones = np.arange(len(program.box)), np.ones(len(program.box))
    empty = np.arange(slots, bands)
    rows: list[Row] = []
    for box in range(task.shape[0]):
        mine = columns[np.searchsorted(program.box, box) : np.searchsorted(program.box, box + 1)]
        whole = np.concatenate([mine, empty[program.slot_box == box]])
        rows.append(((whole, np.ones(len(whole))), task.slots[box], task.slots[box]))
        rows += _box_limits(program, box, mine, int(bands))
    for item in range(task.shape[1]):
        mine = columns[program.item == item]
        rows.append(((mine, ones[mine]), -np.inf, task.stock[item]))
        if task.need[item]:
            met = np.append(mine, need + item)
            rows.append(((met, np.ones(len(met))), task.need[item], np.inf))
    return rows


def _box_limits(program: Program, box: int, mine: Ints, bands: int) -> list[Row]:
    task = program.task
    item, slots = program.item[mine], task.slots[box]
    later = mine[program.depth[mine] > 0]
    rows: list[Row] = []
    if task.repeats[box] < slots:
        rows.append(((later, np.ones(len(later))), -np.inf, task.repeats[box]))
    for group in np.unique(task.group[item]):
        if task.room[box, group] < slots:
            members = mine[task.group[item] == group]
            rows.append(((members, np.ones(len(members))), -np.inf, task.room[box, group]))
    for band, amount in enumerate(task.amount):
        counted = amount[item].astype(np.float64)
        rows.append(((mine, counted), -np.inf, task.most[band, box]))
        least = float(task.least[band, box])
        if least > 0:
            slack = bands + band * task.shape[0] + box
            rows.append(((np.append(mine, slack), np.append(counted, least)), least, np.inf))
    return rows


def _solved(program: Program, rows: list[Row], cost: Floats) -> _Columns | None:
    """Return the columns of the best plan found and whether it is proven good enough."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - slow to load
    from scipy.sparse import coo_array  # noqa: PLC0415 - slow to load

    need, end = program.starts[2:]
    whole = np.ones(end)
    upper = np.ones(end)
    upper[need:] = program.task.need
    height = np.repeat(np.arange(len(rows)), [len(row[0][0]) for row in rows])
    column = np.concatenate([row[0][0] for row in rows])
    value = np.concatenate([row[0][1] for row in rows])
    matrix = coo_array((value, (height, column)), shape=(len(rows), end)).tocsr()
    answer = milp(
        cost,
        integrality=whole,
        bounds=Bounds(np.zeros(end), upper),
        constraints=LinearConstraint(
            matrix, np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
        ),
        options={"node_limit": program.limits.nodes, "mip_rel_gap": program.limits.gap},
    )
    if answer.x is None:
        return None
    most = -float(answer.mip_dual_bound)
    return _Columns(np.asarray(answer.x), bool(answer.status == 0), most)

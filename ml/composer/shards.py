"""Composes a very large batch in parts that do not talk: prices from a sample say how the stock is
split, each part composes within its quota, what is left over is pooled once.

Every step is a function of what it is given, so that a part that was lost is composed again to the
same bytes, by whoever takes it over.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.arrays import Floats, Ints
from ml.composer.compose import compose
from ml.composer.ideal import best_lines, chunks, lines_value
from ml.composer.plan import gathered
from ml.composer.priced import sample_prices
from ml.composer.problem import Problem, Solution, gap_of
from ml.composer.shard_pool import Composer, can_use, left_over, shared_again, used_by
from ml.composer.task import task_of
from ml.composer.worth import draw

SHARD_DRAW = 2


@dataclass(frozen=True, eq=False)
class Share:
    """What one shard composed: the solution over its own boxes (from 0), and `dual`, what its boxes
    would pay at most at the common prices, their pins included."""

    solution: Solution
    dual: float


def shard_numbers(seed: int, boxes: int, shards: int) -> Ints:
    """Return (N,) the shard of each box: drawn, so that every shard is a fair sample of all."""
    return (draw(seed, np.arange(boxes), SHARD_DRAW) % np.uint64(max(shards, 1))).astype(np.int64)


def part_of(problem: Problem, rows: Ints, stock: Ints) -> Problem:
    """Return the problem of some boxes alone, numbered from 0, with a stock of their own."""
    return replace(
        problem,
        scores=problem.scores[rows],
        allowed=problem.allowed[rows],
        slots=problem.slots[rows],
        stock=stock,
        max_per_item=problem.max_per_item[rows],
        min_distinct=problem.min_distinct[rows],
        pinned=problem.pins.rows(rows),
        bands=tuple(
            replace(band, least=band.least[rows], most=band.most[rows]) for band in problem.bands
        ),
        group_most=None if problem.group_most is None else problem.group_most[rows],
        need=None,
    )


def prices_for(sample: Problem) -> Floats:
    """Return (M,) prices in the unit of the scores, from a sample with its share of the stock."""
    if not sample.boxes or not sample.items:
        return np.zeros(sample.items)
    return sample_prices(task_of(sample))


def demand_at(problem: Problem, prices: Floats) -> Ints:
    """Return (M,) the units that the boxes would hold at the prices, pins included."""
    task = task_of(replace(problem, stock=np.full(problem.items, int(problem.slots.sum()) + 1)))
    wanted = np.zeros(problem.items, np.int64)
    for rows in chunks(np.arange(problem.boxes)):
        _, item, units = best_lines(task, rows, task.slots[rows], prices)
        wanted += np.bincount(item, weights=units, minlength=problem.items).astype(np.int64)
    return wanted


def quotas(stock: Ints, demand: Ints, slots: Ints, pins: Ints | None = None) -> Ints:
    """Return (shards, M) how the `stock` (M,) is split, nothing left over.

    `demand` (shards, M) are units wanted at the common prices, `slots` (shards,) units to be filled
    in all, `pins` (shards, M) units that are settled and come first. Whoever wants more of an item
    gets more of it; what nobody wants goes to the shards that could not be filled otherwise.
    """
    settled = np.zeros_like(demand) if pins is None else pins
    left = stock - settled.sum(axis=0)
    wanted = np.maximum(demand - settled, 0)
    given = settled.copy()
    for item, free in enumerate(left.tolist()):
        many = min(free, int(wanted[:, item].sum()))
        given[:, item] += apportioned(many, wanted[:, item])
    for item, free in enumerate((stock - given.sum(axis=0)).tolist()):
        lack = np.maximum(slots - given.sum(axis=1), 0)
        many = min(free, int(lack.sum()))
        given[:, item] += apportioned(many, lack) + apportioned(free - many, slots + 1)
    return given


def apportioned(many: int, claims: Ints) -> Ints:
    """Return `many` units split in proportion to `claims`, by largest remainders, the first of
    equals first."""
    total = int(claims.sum())
    if many <= 0 or total <= 0:
        return np.zeros(len(claims), np.int64)
    exact = [(many * int(claim)) // total for claim in claims]
    rest = np.array([(many * int(claim)) % total for claim in claims], dtype=np.float64)
    found = np.array(exact, dtype=np.int64)
    found[np.lexsort((np.arange(len(claims)), -rest))[: many - int(found.sum())]] += 1
    return found


def compose_shard(part: Problem, prices: Floats, composer: Composer = compose) -> Share:
    """Return the boxes of one shard, whose stock is its quota."""
    return share_of(part, composer(part), prices)


def share_of(part: Problem, solution: Solution, prices: Floats) -> Share:
    """Return a composed shard with its part of the proof: at any common `prices` (M,) >= 0, all
    shards together are worth no more than the sum of their duals plus the stock at the prices."""
    task = task_of(part)
    chosen = task.slots - solution.short
    parts: list[float] = []
    for rows in chunks(np.arange(part.boxes)):
        box, item, units = best_lines(task, rows, chosen[rows], prices)
        parts.extend(lines_value(part, box, item, units)[rows].tolist())
        parts.append(-math.fsum((prices[item] * units).tolist()))
    return Share(solution, math.fsum(parts))


def bound_of(stock: Ints, prices: Floats, shares: Sequence[Share]) -> float:
    """Return a value that no plan of all boxes with the same empty slots exceeds."""
    return math.fsum([*(share.dual for share in shares), math.fsum(prices * stock)])


def needs_more(solution: Solution) -> bool:
    """Say whether a shard should be composed again with what the others left."""
    return bool(solution.short.any())


def compose_in_shards(problem: Problem, shards: int, composer: Composer = compose) -> Solution:
    """Return the boxes of the whole batch, composed in shards one after the other.

    This is what several workers come to together; value, bound and gap are those of all boxes.
    """
    number = shard_numbers(problem.seed, problem.boxes, shards)
    rows = [np.flatnonzero(number == shard) for shard in range(max(shards, 1))]
    prices = prices_for(problem)
    parts = [part_of(problem, each, problem.stock) for each in rows]
    demand = np.stack([demand_at(part, prices) for part in parts])
    pins = np.stack([part.pins.of_item for part in parts])
    slots = np.array([int(part.slots.sum()) for part in parts])
    quota = quotas(problem.stock, demand, slots, pins)
    parts = [replace(part, stock=own) for part, own in zip(parts, quota, strict=True)]
    shares = [compose_shard(part, prices, composer) for part in parts]
    shares = pooled(parts, shares, problem.stock, prices, composer)
    return merged(problem, rows, shares, prices)


def pooled(
    parts: Sequence[Problem],
    shares: Sequence[Share],
    stock: Ints,
    prices: Floats,
    composer: Composer = compose,
) -> list[Share]:
    """Return the shards after the ones with empty slots were composed again: with what all others
    left over, then together with those that could swap with them."""
    found = list(shares)

    def settled(at: int, quota: Ints) -> Share:
        return compose_shard(replace(parts[at], stock=quota), prices, composer)

    for at, share in enumerate(shares):
        left = left_over(stock, [each.solution for each in found])
        if needs_more(share.solution) and can_use(parts[at], share.solution, left):
            found[at] = settled(at, used_by(found[at].solution, len(stock)) + left)
    while again := shared_again(parts, [each.solution for each in found], stock, composer):
        tried = {at: settled(at, quota) for at, quota in again.items()}
        if empty_in(tried.values()) >= empty_in(found[at] for at in again):
            break
        for at, share in tried.items():
            found[at] = share
    return found


def empty_in(shares: Iterable[Share]) -> int:
    """Return how many slots of some shards stay empty."""
    return sum(int(share.solution.short.sum()) for share in shares)


def merged(
    problem: Problem, rows: Sequence[Ints], shares: Sequence[Share], prices: Floats
) -> Solution:
    """Return one solution over all boxes from those of the shards, whose boxes are `rows`."""
    solutions = [share.solution for share in shares]
    box = np.concatenate([own[each.box] for own, each in zip(rows, solutions, strict=True)])
    item = np.concatenate([each.item for each in solutions])
    units = np.concatenate([each.units for each in solutions])
    plan = gathered((problem.boxes, problem.items), box, item, units)
    short = problem.slots - plan.in_box
    value = math.fsum(each.value for each in solutions)
    bound = max(bound_of(problem.stock, prices, shares), value)
    held = sorted(
        (
            replace(one, box=int(own[one.box]))
            for own, each in zip(rows, solutions, strict=True)
            for one in each.held
        ),
        key=lambda one: one.box,
    )
    return Solution(
        plan.box,
        plan.item,
        plan.units,
        short,
        prices,
        value,
        bound,
        gap_of(value, bound),
        "shards",
        tuple(held),
    )

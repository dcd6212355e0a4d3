"""Shares a shortage fairly: no box falls far below what it would be under unlimited stock, and who
got little before comes first now."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ml.arrays import Floats
from ml.composer.certificate import certified
from ml.composer.compose import EXACT_PAIRS, compose
from ml.composer.flow import exact_units
from ml.composer.ideal import (
    Ideal,
    best_lines,
    box_values,
    chunks,
    ideal_of,
    lines_value,
    satisfaction_of,
)
from ml.composer.plan import Plan, lines_of
from ml.composer.priced import priced_plan
from ml.composer.prices import prices_of
from ml.composer.problem import BadProblem, Problem, Solution, gap_of
from ml.composer.task import task_of

BOXES_REMEMBERED = 12
HEAVIEST = 8.0
COMPOSED_AGAIN = 2
OWED = 0.2
CREDIT_STRENGTH = 6.0
CREDIT_OF_EQUALS = 0.1
LEAST = 0.05


@dataclass(frozen=True, eq=False)
class Fairness:
    """How much fairness a batch is composed with.

    floor     satisfaction from 0 to 1 below which a box gains weight; 0 is no floor.
    reach     the floor is lowered until no more than this share of the boxes lies below it: where
              everybody must give something up, it protects those who would give up most.
    credit    (N,) weight that each box brings along from its past, 1 is plain; None is nobody's.
    rounds    most times that the weight of one box is raised.
    strength  how steeply a box below the floor gains: its weight grows by (floor / satisfaction) to
              this power in each round.

    Raises BadProblem for a share outside 0..1 or a credit that is not a positive number.
    """

    floor: float = 0.9
    reach: float = 0.08
    credit: Floats | None = None
    rounds: int = 6
    strength: float = 1.5

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if not (0.0 <= self.floor <= 1.0 and 0.0 <= self.reach <= 1.0):
            raise BadProblem("floor, reach: a share from 0 to 1 is needed")
        if self.credit is not None and not (
            np.isfinite(self.credit).all() and (self.credit > 0).all()
        ):
            raise BadProblem("credit: every weight must be a positive number")


@dataclass(frozen=True, eq=False)
class FairSolution:
    """A solution with what it means for every box.

    solution      value, bound, gap and prices are in the problem's own scores: the fairness is paid
                  for inside the gap.
    satisfaction  (N,) 0..1: the box's value over the value of the same box under unlimited stock.
    value         (N,) what the box is worth.
    ideal         the boxes under unlimited stock.
    weights       (N,) the weights at which the batch was composed in the end.
    """

    solution: Solution
    satisfaction: Floats
    value: Floats
    ideal: Ideal
    weights: Floats


def compose_fair(
    problem: Problem,
    fairness: Fairness | None = None,
    ideal: Ideal | None = None,
    exact_pairs: int = EXACT_PAIRS,
) -> FairSolution:
    """Return the boxes of the batch with a floor under every box and credit from the past.

    `ideal` is what satisfaction is measured against, by default the same boxes under unlimited
    stock. Value, bound and gap are in the problem's own scores. Method: multiplicative weights. The
    plain optimum names the prices; at those every box below the floor gains weight until it can
    afford a better content, and the batch is composed again with these weights. Of all compositions
    the one with the least unhappiness below the floor is kept.
    """
    asked = fairness or Fairness()
    ideal = ideal or ideal_of(problem)
    plain = _plain(problem, exact_pairs)
    credit = _credit(asked, problem.boxes)
    found = _judged(problem, plain, ideal, np.ones(problem.boxes))
    floor = _floor(found.satisfaction, asked)
    best = None if (credit != 1.0).any() else found
    weights = _raised(problem, plain.prices, (ideal, floor), (asked, credit), found.satisfaction)
    for _ in range(COMPOSED_AGAIN):
        if best is not None and np.array_equal(weights, best.weights):
            break
        again = _weighted(problem, weights, plain)
        found = _judged(problem, again, ideal, weights)
        if best is None or _unhappiness(found, floor) < _unhappiness(best, floor):
            best = found
        weights = _gained(weights, found.satisfaction, floor, asked)
    assert best is not None
    return replace(best, solution=_certified(problem, best, plain))


def credit_of(past: Floats) -> Floats:
    """Return (N,) the weight that each box brings along from its past.

    `past` (N, K) are the satisfactions of the last K boxes, the newest first, NaN where there was
    none; the last BOXES_REMEMBERED of them count alike. Who got less always has more credit: below
    the mean that one in five falls short of, steeply; above it, only so much that it decides
    between equals. Whoever has no past stands in the middle.
    """
    kept = np.asarray(past, dtype=np.float64)[:, :BOXES_REMEMBERED]
    known = np.isfinite(kept)
    lived = known.any(axis=1)
    if not lived.any():
        return np.ones(len(kept))
    boxes = np.maximum(known.sum(axis=1), 1)
    mean = np.maximum(np.where(known, kept, 0.0).sum(axis=1) / boxes, LEAST)
    ranked = np.sort(mean[lived])
    mean = np.where(lived, mean, ranked[len(ranked) // 2])
    lack = ranked[int(OWED * (len(ranked) - 1))] / mean
    credit = np.where(lack > 1.0, lack**CREDIT_STRENGTH, lack**CREDIT_OF_EQUALS)
    return np.asarray(np.minimum(credit, HEAVIEST))


def _plain(problem: Problem, exact_pairs: int) -> Solution:
    """Return the best boxes without fairness; their value and bound are not worked out yet."""
    if problem.is_rich:
        return compose(problem, exact_pairs=exact_pairs)
    task = task_of(problem)
    if problem.boxes * problem.items <= exact_pairs:
        units = exact_units(task)
        return _uncertified(problem, lines_of(units), prices_of(task, units), "exact")
    return _uncertified(problem, *priced_plan(task), "priced")


def _weighted(problem: Problem, weights: Floats, plain: Solution) -> Solution:
    """Return the boxes where each counts as much as its weight; prices stay the plain ones."""
    if problem.is_rich:
        scores = np.asarray(problem.scores[:], dtype=np.float64) * weights[:, None]
        return replace(compose(replace(problem, scores=scores)), prices=plain.prices)
    task = task_of(problem, weights)
    if plain.method == "exact":
        plan = lines_of(exact_units(task))
    else:
        plan, _ = priced_plan(task, plain.prices)
    return _uncertified(problem, plan, plain.prices, plain.method)


def _uncertified(problem: Problem, plan: Plan, prices: Floats, method: str) -> Solution:
    short = problem.slots - plan.in_box
    return Solution(plan.box, plan.item, plan.units, short, prices, 0.0, 0.0, 0.0, method)


def _certified(problem: Problem, found: FairSolution, plain: Solution) -> Solution:
    """Return the solution with its value and the bound that the plain prices prove."""
    boxes = found.solution
    if not problem.is_rich:
        plan = Plan((problem.boxes, problem.items), boxes.box, boxes.item, boxes.units)
        return certified(problem, task_of(problem), plan, boxes.prices, boxes.method)
    value = math.fsum(found.value)
    # The plain bound holds for plans with the same empty slots; the ideal one for any.
    same = np.array_equal(boxes.short, plain.short)
    bound = max(plain.bound if same else math.fsum(found.ideal.value), value)
    return replace(boxes, value=value, bound=bound, gap=gap_of(value, bound))


def _credit(asked: Fairness, boxes: int) -> Floats:
    """Return each box's credit, 1 on the average."""
    if asked.credit is None or not boxes:
        return np.ones(boxes)
    if np.shape(asked.credit) != (boxes,):
        raise BadProblem(f"credit: shape {np.shape(asked.credit)} instead of {(boxes,)}")
    credit = np.asarray(asked.credit, dtype=np.float64)
    return credit / (math.fsum(credit) / boxes)


def _judged(problem: Problem, solution: Solution, ideal: Ideal, weights: Floats) -> FairSolution:
    value = box_values(problem, solution)
    satisfaction = satisfaction_of(value, ideal.value)
    return FairSolution(solution, satisfaction, value, ideal, weights)


def _floor(satisfaction: Floats, asked: Fairness) -> float:
    if not len(satisfaction):
        return asked.floor
    place = int(asked.reach * (len(satisfaction) - 1))
    return min(asked.floor, float(np.sort(satisfaction)[place]))


def _raised(
    problem: Problem,
    prices: Floats,
    aim: tuple[Ideal, float],
    terms: tuple[Fairness, Floats],
    satisfaction: Floats,
) -> Floats:
    """Return the weights at which every box could afford the floor, as far as it can at the
    prices."""
    (ideal, floor), (asked, weights) = aim, terms
    task = task_of(problem)
    weights, now = weights.copy(), satisfaction.copy()
    for _ in range(asked.rounds):
        below = np.flatnonzero(now < floor)
        weights[below] = _gained(weights[below], now[below], floor, asked)
        for rows in chunks(below):
            lines = best_lines(task, rows, task.slots[rows], prices, weights[rows])
            now[rows] = satisfaction_of(lines_value(problem, *lines)[rows], ideal.value[rows])
    return weights


def _gained(weights: Floats, satisfaction: Floats, floor: float, asked: Fairness) -> Floats:
    step = (floor / np.maximum(satisfaction, LEAST)) ** asked.strength
    more = np.minimum(weights * np.maximum(step, 1.0), HEAVIEST)
    return np.asarray(np.maximum(more, weights))


def _unhappiness(found: FairSolution, floor: float) -> float:
    lack = np.maximum(floor - found.satisfaction, 0.0)
    return float(np.sum(lack * lack))

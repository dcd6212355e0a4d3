"""A batch of few kinds of box keeps stock and exclusions, and the curve only rises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.composer.compose import compose
from ml.composer.kinds import NOBODY, FewKinds, few_kinds, kinds_curve
from ml.composer.problem import Problem
from tests.ml.batches import market


def six(boxes: int, seed: int = 0) -> Problem:
    """Return boxes of six different items with stock to spare."""
    problem = market(boxes, 30, "std", seed)
    stock = np.ceil(problem.stock * 6 * boxes / problem.slots.sum() * 1.02).astype(int)
    slots = np.full(boxes, 6)
    return replace(problem, slots=slots, min_distinct=slots, stock=stock)


def faults(problem: Problem, plan: FewKinds) -> int:
    served = np.flatnonzero(plan.of_box != NOBODY)
    units = np.zeros((problem.boxes, problem.items), bool)
    units[served] = plan.bundles[plan.of_box[served]]
    wrong = (units & ~problem.allowed[:]).sum() + (units.sum(axis=0) > problem.stock).sum()
    wrong += (units[served].sum(axis=1) != problem.slots[served]).sum()
    value = float((problem.scores[:] * units).sum())
    return int(wrong) + (abs(value - plan.value) > 1e-5 * value)


@pytest.mark.parametrize("most", [5, 40, 200])
def test_few_kinds_keep_every_rule(most: int) -> None:
    problem = six(900)
    plan = few_kinds(problem, compose(problem), most)
    assert len(np.unique(plan.of_box[plan.of_box != NOBODY])) <= most
    assert faults(problem, plan) == 0


def test_more_kinds_are_worth_more_and_nearly_all_serve_everybody() -> None:
    problem = six(1500)
    curve = kinds_curve(problem, compose(problem), (20, 100, 500))
    shares = [point.share for point in curve]
    assert shares == sorted(shares)
    assert shares[-1] > 0.93
    assert curve[-1].unserved == 0
    assert all(point.used <= point.kinds for point in curve)


def test_boxes_of_several_sizes_get_bundles_of_theirs() -> None:
    problem = market(600, 30, "std")
    plan = few_kinds(problem, compose(problem), 100)
    assert faults(problem, plan) == 0


def test_everybody_alike_needs_no_more_than_a_few() -> None:
    problem = six(300)
    alike = replace(
        problem,
        scores=np.tile(problem.scores[:1], (300, 1)),
        allowed=np.ones((300, 30), bool),
        stock=np.full(30, 300),
    )
    (point,) = kinds_curve(alike, compose(alike), (1,))
    assert point.share == pytest.approx(1.0)


def test_boxes_that_may_have_nothing_are_counted() -> None:
    problem = six(200)
    allowed = problem.allowed[:].copy()
    allowed[0] = False
    barred = replace(problem, allowed=allowed)
    (point,) = kinds_curve(barred, compose(barred), (100,))
    assert point.unserved >= 1


def test_the_curve_is_the_same_every_time() -> None:
    problem = six(400)
    free = compose(problem)
    assert kinds_curve(problem, free, (30,)) == kinds_curve(problem, free, (30,))


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nothing_gives_nothing(shape: tuple[int, int]) -> None:
    boxes, items = shape
    ones = np.ones(boxes, int)
    problem = Problem(np.ones(shape), np.ones(shape, bool), ones, np.ones(items, int), ones, ones)
    (point,) = kinds_curve(problem, compose(problem), (3,))
    assert (point.used, point.value) == (0, 0.0)

"""Every rule the checker knows fires on a plan that breaks it, and stays quiet on one that does
not."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from ml.composer.check import WrongSolution, ensure_right, violations
from ml.composer.problem import Problem, Solution
from tests.ml.batches import market

PROBLEM = Problem(
    scores=np.array([[1.0, 2.0, 3.0], [1.0, 2.0, -3.0]]),
    allowed=np.array([[True, True, True], [True, True, False]]),
    slots=np.array([3, 2]),
    stock=np.array([2, 2, 2]),
    max_per_item=np.array([2, 1]),
    min_distinct=np.array([2, 2]),
    pinned=np.array([[1, 0, 0], [0, 0, 0]]),
)


def plan(*lines: tuple[int, int, int], **changed: object) -> Solution:
    """Return a plan with sums that fit its lines, so that only the planted fault is wrong."""
    box, item, units = (
        np.array([line[part] for line in lines], dtype=np.int64) for part in range(3)
    )
    value = 0.0
    for row, column, count in lines:
        score = PROBLEM.scores[row % 2, column % 3]
        value += sum(score - (1 - share) * abs(score) for share in (1.0, 0.7, 0.5, 0.5)[:count])
    held = np.bincount(box[(box >= 0) & (box < 2)], units[(box >= 0) & (box < 2)], minlength=2)
    short = np.maximum(PROBLEM.slots - held.astype(np.int64), 0)
    right = Solution(box, item, units, short, np.zeros(3), value, value + 1.0, 0.1, "exact")
    return replace(right, **changed)  # type: ignore[arg-type]


RIGHT = ((0, 0, 1), (0, 2, 2), (1, 0, 1), (1, 1, 1))

PLANTED = {
    "excluded": plan((0, 0, 1), (0, 1, 1), (0, 2, 1), (1, 0, 1), (1, 2, 1)),
    "oversold": plan((0, 0, 2), (0, 2, 1), (1, 0, 1), (1, 1, 1)),
    "overfull": plan((0, 0, 1), (0, 1, 1), (0, 2, 2), (1, 0, 1), (1, 1, 1)),
    "unfilled_though_fillable": plan((0, 0, 1), (0, 2, 2), (1, 0, 1)),
    "too_many_of_one": plan((0, 0, 1), (0, 2, 2), (1, 1, 2)),
    "too_few_distinct": plan((0, 0, 1), (0, 2, 2), (1, 1, 2)),
    "pin_missing": plan((0, 1, 1), (0, 2, 2), (1, 0, 1), (1, 1, 1)),
    "duplicate_line": plan((0, 0, 1), (0, 2, 1), (0, 2, 1), (1, 0, 1), (1, 1, 1)),
    "unsorted": plan(*reversed(RIGHT)),
    "unknown": plan(*RIGHT, (7, 0, 1)),
    "short_wrong": plan(*RIGHT, short=np.array([1, 0])),
    "value_wrong": plan(*RIGHT, value=3.0),
    "bound_below_value": plan(*RIGHT, bound=0.0),
}


def kinds(solution: Solution) -> set[str]:
    return {violation.kind for violation in violations(PROBLEM, solution)}


def test_a_right_plan_passes() -> None:
    ensure_right(PROBLEM, plan(*RIGHT))


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_fault_is_found(kind: str) -> None:
    assert kind in kinds(PLANTED[kind])
    with pytest.raises(WrongSolution, match=kind):
        ensure_right(PROBLEM, PLANTED[kind])


@pytest.mark.parametrize(
    "broken",
    [
        plan(*RIGHT, units=np.array([1, 2, 1, 0])),
        plan(*RIGHT, item=np.array([0, 2, 0, -1])),
        plan(*RIGHT, units=np.array([1, 2])),
        plan(*RIGHT, short=np.zeros(5, np.int64)),
        plan(*RIGHT, value=float("nan")),
        plan(*RIGHT, bound=float("nan")),
    ],
)
def test_a_garbled_plan_is_found(broken: Solution) -> None:
    assert violations(PROBLEM, broken)


def test_the_place_of_a_fault_is_named() -> None:
    found = violations(PROBLEM, PLANTED["excluded"])
    assert [(fault.box, fault.item) for fault in found if fault.kind == "excluded"] == [(1, 2)]


def test_empty_boxes_are_all_reported() -> None:
    problem = market(40, 5, "std")
    nothing = np.zeros(0, np.int64)
    empty = Solution(nothing, nothing, nothing, problem.slots, np.zeros(5), 0.0, 0.0, 0.0, "exact")
    holes = [
        fault for fault in violations(problem, empty) if fault.kind == "unfilled_though_fillable"
    ]
    assert len(holes) == np.count_nonzero((problem.slots > 0) & problem.allowed.any(axis=1))


def test_a_hundred_thousand_boxes_are_checked_in_seconds() -> None:
    rng = np.random.default_rng(0)
    boxes, items = 100_000, 40
    problem = Problem(
        np.zeros((boxes, items)),
        np.ones((boxes, items), bool),
        np.full(boxes, 4),
        np.full(items, boxes),
        np.ones(boxes, int),
        np.full(boxes, 4),
    )
    item = np.sort((np.arange(4) * 10 + rng.integers(0, 10, (boxes, 1))), axis=1).ravel()
    ones = np.ones(boxes * 4, np.int64)
    full = Solution(
        np.repeat(np.arange(boxes), 4),
        item,
        ones,
        np.zeros(boxes, int),
        np.zeros(items),
        0,
        0,
        0,
        "exact",
    )
    started = time.process_time()
    assert violations(problem, full) == ()
    assert time.process_time() - started < 10

"""The composer gives known answers, keeps every rule on hostile batches, and is as good as linear
programming."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from ml.composer.check import ensure_right, violations
from ml.composer.compose import compose
from ml.composer.plan import Plan
from ml.composer.problem import BadProblem, Problem, Solution
from tests.ml.batches import FAMILIES, hostile, market

METHODS = {"exact": 3_000_000, "priced": 0}


def lines(solution: Solution) -> list[tuple[int, int, int]]:
    return [
        tuple(map(int, line))
        for line in zip(solution.box, solution.item, solution.units, strict=True)
    ]


def small(scores: list[list[float]], **changed: object) -> Problem:
    shape = np.shape(scores)
    facts: dict[str, object] = {
        "scores": scores,
        "allowed": np.ones(shape, bool),
        "slots": np.ones(shape[0], int),
        "stock": np.ones(shape[1], int),
        "max_per_item": np.ones(shape[0], int),
        "min_distinct": np.zeros(shape[0], int),
    }
    return Problem(**(facts | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("method", METHODS)
def test_the_one_who_minds_less_gives_way(method: str) -> None:
    solution = compose(small([[0.9, 0.8], [0.9, 0.1]]), exact_pairs=METHODS[method])
    assert lines(solution) == [(0, 1, 1), (1, 0, 1)]
    assert solution.value == pytest.approx(1.7)
    assert solution.method == method


@pytest.mark.parametrize("method", METHODS)
def test_a_disliked_item_still_fills_the_slot(method: str) -> None:
    solution = compose(small([[-0.5, -2.0], [-3.0, -4.0]]), exact_pairs=METHODS[method])
    assert lines(solution) == [(0, 1, 1), (1, 0, 1)] or lines(solution) == [(0, 0, 1), (1, 1, 1)]
    assert solution.value == pytest.approx(-4.5)
    assert solution.short.sum() == 0


@pytest.mark.parametrize("method", METHODS)
def test_a_second_unit_is_worth_less_than_a_first(method: str) -> None:
    problem = small([[1.0, 0.6]], slots=[3], stock=[9, 9], max_per_item=[3])
    solution = compose(problem, exact_pairs=METHODS[method])
    assert lines(solution) == [(0, 0, 2), (0, 1, 1)]
    assert solution.value == pytest.approx(1.0 + 0.7 + 0.6)


@pytest.mark.parametrize("method", METHODS)
def test_a_box_that_wants_variety_gets_it(method: str) -> None:
    problem = small(
        [[1.0, 0.1, 0.05]], slots=[3], stock=[9, 9, 9], max_per_item=[3], min_distinct=[3]
    )
    assert lines(compose(problem, exact_pairs=METHODS[method])) == [(0, 0, 1), (0, 1, 1), (0, 2, 1)]


@pytest.mark.parametrize("method", METHODS)
def test_a_box_that_can_hold_one_item_only_is_filled_with_it(method: str) -> None:
    allowed = np.array([[True, False, False]])
    problem = small(
        [[1.0, 9.0, 9.0]],
        allowed=allowed,
        slots=[3],
        stock=[9, 9, 9],
        max_per_item=[3],
        min_distinct=[3],
    )
    assert lines(compose(problem, exact_pairs=METHODS[method])) == [(0, 0, 3)]


@pytest.mark.parametrize("method", METHODS)
def test_shortage_is_spread(method: str) -> None:
    problem = small([[9.0] * 4, [1.0] * 4], slots=[3, 3], stock=[1, 1, 1, 1])
    solution = compose(problem, exact_pairs=METHODS[method])
    assert solution.short.tolist() == [1, 1]
    assert violations(problem, solution) == ()


@pytest.mark.parametrize("method", METHODS)
def test_a_slot_is_filled_through_a_chain_of_swaps(method: str) -> None:
    # The first box can only take item 0; everybody moves up one so that the leftover item 3 is
    # used.
    allowed = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]], dtype=bool)
    scores = [[1.0, 0, 0, 0], [9.0, 1, 0, 0], [0, 9.0, 1, 0], [0, 0, 9.0, 1]]
    solution = compose(small(scores, allowed=allowed), exact_pairs=METHODS[method])
    assert lines(solution) == [(0, 0, 1), (1, 1, 1), (2, 2, 1), (3, 3, 1)]


@pytest.mark.parametrize("method", METHODS)
def test_pins_come_first_whatever_they_score(method: str) -> None:
    problem = small(
        [[-5.0, 1.0], [9.0, 1.0]], pinned=np.array([[1, 0], [0, 0]]), max_per_item=[2, 2]
    )
    assert lines(compose(problem, exact_pairs=METHODS[method])) == [(0, 0, 1), (1, 1, 1)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nothing_to_do_is_done(method: str, shape: tuple[int, int]) -> None:
    problem = Problem(
        np.zeros(shape),
        np.ones(shape, bool),
        np.ones(shape[0], int),
        np.ones(shape[1], int),
        np.ones(shape[0], int),
        np.ones(shape[0], int),
    )
    solution = compose(problem, exact_pairs=METHODS[method] - 1)
    assert violations(problem, solution) == ()
    assert solution.gap == 0.0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32))
def test_hostile_batches_break_no_rule(method: str, family: str, seed: int) -> None:
    problem = hostile(family, seed)
    solution = compose(problem, exact_pairs=METHODS[method] - 1)
    ensure_right(problem, solution)
    if method == "exact":
        assert solution.gap < 1e-5


@pytest.mark.parametrize("family", FAMILIES)
def test_the_exact_value_is_that_of_linear_programming(family: str) -> None:
    for seed in range(12):
        problem = hostile(family, 1000 + seed, boxes=6)
        solution = compose(problem)
        emptiness, value = best_by_linear_programming(problem, solution.short)
        assert int((solution.short * (solution.short + 1)).sum()) // 2 == emptiness
        assert solution.value == pytest.approx(value, abs=1e-4)


def best_by_linear_programming(problem: Problem, short: np.ndarray) -> tuple[int, float]:
    """Return the least emptiness and the most worth of a plan that leaves `short` empty, both by
    HiGHS.

    Emptiness counts the k-th empty slot of a box k times: least when few slots are empty and they
    are spread.
    """
    level = np.arange(1, int(problem.max_per_item.max()) + 1)
    shape = (problem.boxes, problem.items, len(level))
    pins = np.zeros(shape[:2], int) if problem.pinned is None else problem.pinned
    shares = np.array([(1.0, 0.7, 0.5)[min(k, 3) - 1] for k in level])
    worth = problem.scores[:, :, None] - (1 - shares) * np.abs(problem.scores)[:, :, None]
    usable = problem.allowed[:, :, None] & (level <= problem.max_per_item[:, None, None])
    size, most = worth.size, int(problem.slots.max(initial=1))
    index = np.arange(size).reshape(shape)
    in_box = np.stack([np.isin(np.arange(size), index[box]) for box in range(problem.boxes)])
    of_item = np.stack([np.isin(np.arange(size), index[:, item]) for item in range(problem.items)])
    again = in_box & np.isin(np.arange(size), index[:, :, 1:])
    empty = np.kron(np.eye(problem.boxes), np.ones(most))
    left = problem.stock - pins.sum(axis=0)
    reachable = ((problem.allowed & (left > 0)) | (pins > 0)).sum(axis=1)
    wanted = np.minimum(np.minimum(problem.min_distinct, problem.slots), reachable)
    repeats = np.maximum(problem.slots - wanted, np.maximum(pins - 1, 0).sum(axis=1))
    none = np.zeros_like(empty)
    limits = [
        LinearConstraint(np.hstack([in_box, empty]), problem.slots, problem.slots),
        LinearConstraint(
            np.hstack([of_item, np.zeros((problem.items, none.shape[1]))]), ub=problem.stock
        ),
        LinearConstraint(np.hstack([again, none]), ub=repeats),
    ]
    bounds = Bounds(
        np.append((level <= pins[:, :, None]).ravel(), none[0]).astype(float),
        np.append(usable.ravel(), none[0] + 1),
    )
    emptiness = milp(
        np.append(np.zeros(size), np.tile(np.arange(1, most + 1), problem.boxes)),
        bounds=bounds,
        constraints=limits,
    )
    limits.append(LinearConstraint(np.hstack([in_box * 0, empty]), short, short))
    best = milp(np.append(-worth.ravel(), none[0]), bounds=bounds, constraints=limits)
    return round(emptiness.fun), float(-best.fun)


@pytest.mark.parametrize("kind", ["std", "scarce"])
@pytest.mark.parametrize("cap", [1, 3])
def test_prices_come_close_to_the_bound(kind: str, cap: int) -> None:
    problem = market(2000, 60, kind, cap=cap)
    solution = compose(problem, exact_pairs=0)
    ensure_right(problem, solution)
    assert solution.method == "priced"
    assert solution.short.sum() == 0
    assert solution.gap <= 1e-3


def test_a_shop_of_its_usual_size_is_composed_exactly() -> None:
    problem = market(2846, 60, "scarce")
    solution = compose(problem)
    ensure_right(problem, solution)
    assert solution.method == "exact"
    assert solution.gap < 1e-6


def test_no_box_envies_at_the_prices() -> None:
    solution = compose(market(300, 20, "scarce"))
    assert (solution.prices >= 0).all()
    assert solution.gap < 1e-6


def test_the_composer_says_how_far_it_is() -> None:
    heard: list[float] = []
    compose(market(50, 10, "std"), lambda _stage, done: heard.append(done))
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


WRONG: dict[str, dict[str, object]] = {
    "a score that is no number": {"scores": [[np.nan, 1.0]]},
    "an endless score": {"scores": [[np.inf, 1.0]]},
    "words for scores": {"scores": [["good", "bad"]]},
    "a list for a table": {"scores": [1.0, 2.0]},
    "a mask of another shape": {"allowed": np.ones((2, 2), bool)},
    "a mask of numbers": {"allowed": np.ones((1, 2))},
    "too few slots": {"slots": []},
    "negative slots": {"slots": [-1]},
    "half a slot": {"slots": [0.5]},
    "an enormous box": {"slots": [5000]},
    "negative stock": {"stock": [1, -1]},
    "none of one item": {"max_per_item": [0]},
    "negative variety": {"min_distinct": [-1]},
    "a seed that is a word": {"seed": "seven"},
    "repeats worth more": {"repeat_values": (1.0, 1.1)},
    "repeats worth less than nothing": {"repeat_values": (1.0, -0.1)},
    "no value for the first": {"repeat_values": ()},
    "pins of another shape": {"pinned": np.zeros((2, 2), int)},
    "pins beyond the slots": {"pinned": np.array([[1, 1]])},
    "pins beyond the stock": {"pinned": np.array([[1, 0]]), "stock": [0, 1]},
    "pins beyond the cap": {"pinned": np.array([[2, 0]]), "slots": [2], "stock": [2, 2]},
    "lines of pins that are not sorted": {
        "pinned": Plan((1, 2), np.array([0, 0]), np.array([1, 0]), np.array([1, 1])),
        "slots": [2],
    },
    "lines of pins for nobody": {
        "pinned": Plan((1, 2), np.array([1]), np.array([0]), np.array([1])),
    },
    "a pin that is excluded": {"pinned": np.array([[1, 0]]), "allowed": np.array([[False, True]])},
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_question_that_makes_no_sense_is_refused(fault: str) -> None:
    facts: dict[str, object] = {
        "scores": [[1.0, 2.0]],
        "allowed": np.ones((1, 2), bool),
        "slots": [1],
        "stock": [1, 1],
        "max_per_item": [1],
        "min_distinct": [0],
    }
    with pytest.raises(BadProblem):
        Problem(**(facts | WRONG[fault]))  # type: ignore[arg-type]

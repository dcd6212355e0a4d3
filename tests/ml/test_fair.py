"""A floor and credit share a shortage fairly, cost next to nothing, and never break a rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fair import month_of, people_of
from ml.composer.check import ensure_right
from ml.composer.compose import compose
from ml.composer.fair import Fairness, compose_fair, credit_of
from ml.composer.ideal import ideal_of, missed_of, satisfaction_of
from ml.composer.problem import BadProblem, Problem
from tests.ml.batches import FAMILIES, hostile

METHODS = {"exact": 3_000_000, "priced": 0}


def month(boxes: int, items: int, cycle: int = 0) -> Problem:
    people = people_of(boxes, items, seed=3)
    return month_of(people, np.zeros((boxes, items), bool), cycle)


def alike(boxes: int, stock: list[int], slots: int, seed: int = 0) -> Problem:
    """Return boxes of equal taste: the first item is everybody's favourite."""
    scores = np.tile(np.linspace(1.0, 0.4, len(stock)), (boxes, 1))
    ones = np.ones(boxes, int)
    return Problem(
        scores,
        np.ones(scores.shape, bool),
        ones * slots,
        np.array(stock),
        ones,
        ones * slots,
        seed=seed,
    )


@pytest.mark.parametrize("method", METHODS)
def test_the_floor_lifts_the_worst_boxes_for_next_to_nothing(method: str) -> None:
    problem = month(2000, 60)
    plain = compose(problem, exact_pairs=METHODS[method])
    fair = compose_fair(problem, exact_pairs=METHODS[method])
    ensure_right(problem, fair.solution)
    before = satisfaction_of(_values(problem, plain), fair.ideal.value)
    assert np.sort(fair.satisfaction)[:100].mean() > np.sort(before)[:100].mean() + 0.02
    assert fair.satisfaction.min() > before.min()
    assert fair.solution.value >= 0.9995 * fair.solution.bound
    assert fair.solution.bound >= plain.value


def test_a_batch_in_which_nothing_is_scarce_is_left_alone() -> None:
    problem = alike(5, [9, 9, 9], slots=2)
    fair = compose_fair(problem)
    assert fair.satisfaction.tolist() == [1.0] * 5
    assert fair.weights.tolist() == [1.0] * 5
    assert fair.solution.gap == pytest.approx(0.0)


def test_without_floor_and_credit_the_boxes_are_the_plain_ones() -> None:
    problem = month(300, 30)
    fair = compose_fair(problem, Fairness(floor=0.0)).solution
    plain = compose(problem)
    assert fair.value == pytest.approx(plain.value)
    assert (fair.box.tolist(), fair.item.tolist()) == (plain.box.tolist(), plain.item.tolist())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=12, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32))
def test_fairness_breaks_no_rule_on_hostile_batches(method: str, family: str, seed: int) -> None:
    problem = hostile(family, seed)
    credit = np.random.default_rng(seed).uniform(0.5, 4.0, problem.boxes)
    fair = compose_fair(problem, Fairness(credit=credit), exact_pairs=METHODS[method] - 1)
    ensure_right(problem, fair.solution)
    assert ((fair.satisfaction >= 0) & (fair.satisfaction <= 1)).all()
    assert fair.solution.bound >= fair.solution.value


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(boxes=st.integers(2, 40), slots=st.integers(1, 5), seed=st.integers(0, 2**32))
def test_nobody_misses_more_than_one_unit_and_least_credit_goes_first(
    method: str, boxes: int, slots: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    short = int(rng.integers(1, boxes + 1))
    each = (boxes * slots - short) // slots
    stock = [each] * slots
    stock[0] += boxes * slots - short - sum(stock)
    if stock[0] > boxes:
        return
    problem = alike(boxes, stock, slots, seed % 1000)
    credit = rng.permutation(np.linspace(1.0, 3.0, boxes))
    asked = Fairness(floor=0.0, credit=credit)
    fair = compose_fair(problem, asked, exact_pairs=METHODS[method] - 1)
    assert fair.solution.short.max() <= 1
    missing = fair.solution.short > 0
    assert missing.sum() == short
    assert credit[missing].max() <= credit[~missing].min(initial=np.inf)


def test_after_a_year_equals_had_equally_many_scarce_items() -> None:
    boxes, past = 30, np.zeros((30, 0))
    got = np.zeros(boxes, int)
    for cycle in range(12):
        problem = alike(boxes, [7 + cycle % 3, 30, 30, 30], slots=2, seed=cycle)
        fair = compose_fair(problem, Fairness(credit=credit_of(past)))
        got[fair.solution.box[fair.solution.item == 0]] += 1
        assert got.max() - got.min() <= 1
        past = np.concatenate([fair.satisfaction[:, None], past], axis=1)
    assert got.sum() == sum(7 + cycle % 3 for cycle in range(12))


def test_credit_follows_from_the_past_alone() -> None:
    past = np.array([[0.95, 0.9], [0.5, 0.6], [0.9, 0.9], [np.nan, np.nan], [0.95, 0.95]])
    credit = credit_of(past)
    assert credit[1] > credit[2] > credit[0] > credit[4]
    assert credit[4] < credit[3] < credit[2] * 1.01
    assert credit_of(past).tobytes() == credit.tobytes()
    assert credit_of(np.zeros((3, 0))).tolist() == [1.0] * 3


def test_only_the_last_twelve_boxes_count() -> None:
    long = np.hstack([np.full((2, 12), 0.9), [[0.1] * 5, [0.9] * 5]])
    assert credit_of(long)[0] == credit_of(long)[1]


def test_what_was_missed_is_named_most_wanted_first() -> None:
    problem = alike(2, [1, 0, 2, 2], slots=2)
    fair = compose_fair(problem, Fairness(floor=0.0))
    missed = missed_of(problem, ideal_of(problem), fair.solution)
    lucky = int(fair.solution.box[fair.solution.item == 0][0])
    lines = list(zip(missed.box.tolist(), missed.item.tolist(), missed.units.tolist(), strict=True))
    assert sorted(lines) == sorted([(lucky, 1, 1), (1 - lucky, 0, 1), (1 - lucky, 1, 1)])
    assert [item for box, item, _ in lines if box != lucky] == [0, 1]


def test_the_same_inputs_give_the_same_bytes() -> None:
    credit = credit_of(np.random.default_rng(1).uniform(0.6, 1.0, (400, 5)))
    one, other = (compose_fair(month(400, 30), Fairness(credit=credit)) for _ in range(2))
    for name in ("box", "item", "units", "prices"):
        assert getattr(one.solution, name).tobytes() == getattr(other.solution, name).tobytes()
    assert one.satisfaction.tobytes() == other.satisfaction.tobytes()


@pytest.mark.parametrize(
    "terms", [{"floor": 1.5}, {"reach": -0.1}, {"credit": np.array([1.0, 0.0])}]
)
def test_terms_that_make_no_sense_are_refused(terms: dict[str, object]) -> None:
    with pytest.raises(BadProblem):
        compose_fair(alike(2, [2, 2], 1), Fairness(**terms))  # type: ignore[arg-type]


def test_credit_for_another_number_of_boxes_is_refused() -> None:
    with pytest.raises(BadProblem):
        compose_fair(alike(2, [2, 2], 1), Fairness(credit=np.ones(3)))


def _values(problem: Problem, solution: object) -> np.ndarray:
    worth = problem.scores[solution.box, solution.item] * solution.units  # type: ignore[attr-defined]
    return np.bincount(solution.box, weights=worth, minlength=problem.boxes)  # type: ignore[attr-defined]

"""A box that two people share leaves neither of them with little, whatever is scarce."""

from dataclasses import replace

import numpy as np
import pytest

from ml.composer.check import ensure_right
from ml.composer.compose import compose
from ml.composer.palates import FAIR, Palates, shared_fairly, shares_of
from ml.composer.problem import Problem

ITEMS = 10


def batch(seed: int, slots: int = 3, most: int = 1, stock: int = 8) -> tuple[Problem, Palates]:
    """Twelve boxes, the first four of which two people of opposite taste share."""
    rng = np.random.default_rng(seed)
    scores = rng.uniform(1.0, 5.0, (12, ITEMS))
    one = rng.uniform(1.0, 5.0, (4, ITEMS))
    other = 6.0 - one
    scores[:4] = (one + other) / 2
    ones = np.ones(12, np.int64)
    problem = Problem(
        scores,
        rng.random((12, ITEMS)) < 0.85,
        ones * slots,
        np.full(ITEMS, stock),
        ones * most,
        ones * min(slots, 2),
        seed=seed,
    )
    both = np.stack([one, other], axis=1).reshape(8, ITEMS)
    return problem, Palates(np.repeat(np.arange(4), 2), both)


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize("seed", range(6))
def test_neither_of_two_stays_below_the_fair_share(seed: int, most: int) -> None:
    problem, palates = batch(seed, most=most)
    plain = compose(problem)
    fair = shared_fairly(problem, plain, palates)
    ensure_right(problem, fair)
    shares = shares_of(problem, fair, palates)
    assert shares.min() >= FAIR
    assert shares.min() >= shares_of(problem, plain, palates).min()
    assert fair.short.tolist() == plain.short.tolist()
    assert fair.value <= fair.bound


def test_what_others_hold_is_traded_for_when_nothing_is_left() -> None:
    scores = np.array([[3.0, 3.0, 3.0, 3.0], [1.0, 1.0, 5.0, 5.0]])
    problem = Problem(scores, np.ones((2, 4), bool), [2, 2], [1, 1, 1, 1], [1, 1], [2, 2], seed=1)
    palates = Palates(np.array([0, 0]), np.array([[5.0, 5.0, 1.0, 1.0], [1.0, 1.0, 5.0, 5.0]]))
    plain = compose(problem)
    assert shares_of(problem, plain, palates).min() < FAIR
    fair = shared_fairly(problem, plain, palates)
    ensure_right(problem, fair)
    assert shares_of(problem, fair, palates).min() == pytest.approx(0.6)


def test_pins_and_ceilings_are_kept() -> None:
    problem, palates = batch(3)
    group = np.arange(ITEMS) % 4
    problem = replace(
        problem,
        pinned=np.eye(12, ITEMS, dtype=np.int64) * problem.allowed,
        group=group,
        group_most=np.full(12, 1),
    )
    fair = shared_fairly(problem, compose(problem), palates)
    ensure_right(problem, fair)


def test_a_batch_that_is_fair_already_is_left_as_it_is() -> None:
    problem, palates = batch(5)
    fair = shared_fairly(problem, compose(problem), palates)
    assert shared_fairly(problem, fair, palates) is fair

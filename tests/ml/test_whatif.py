"""Another stock is judged before it is bought: what a case brings, and who would lose."""

from __future__ import annotations

import numpy as np
import pytest

from bench.fair import month_of, people_of
from ml.composer.compose import compose
from ml.composer.ideal import box_values, ideal_of
from ml.composer.problem import BadProblem, Problem
from ml.composer.whatif import lost_to_stock_outs, what_if, worth_of_one_more_case

CASE = 12


def month(boxes: int = 1500, items: int = 30) -> Problem:
    return month_of(people_of(boxes, items, seed=2), np.zeros((boxes, items), bool), 0)


def test_a_case_brings_what_its_price_promised() -> None:
    problem = month(4000)
    plain = compose(problem)
    for item in np.argsort(-plain.prices, kind="stable")[:3]:
        change = np.zeros(problem.items, np.int64)
        change[item] = CASE
        real = what_if(problem, change)
        promised = worth_of_one_more_case(plain.prices, int(item), CASE)
        assert real.value - real.value_before == pytest.approx(promised, rel=0.02)


def test_a_sample_answers_for_everybody() -> None:
    problem = month()
    change = -(problem.stock // 5) * (np.arange(problem.items) < 2)
    whole, sample = what_if(problem, change), what_if(problem, change, sample=700)
    lost = whole.value_before - whole.value
    assert lost > 0
    assert sample.value_before - sample.value == pytest.approx(lost, rel=0.25)
    assert sample.value == pytest.approx(whole.value, rel=0.02)
    assert len(sample.boxes) == 700


def test_who_loses_is_named_most_first() -> None:
    problem = month(300, 12)
    found = what_if(problem, -(problem.stock // 3) * (np.arange(12) == 0))
    assert len(found.losers)
    assert (found.loss > 0).all()
    assert (np.diff(found.loss) <= 0).all()
    assert found.satisfaction.mean() < found.before.mean()
    assert found.prices[0] >= found.prices_before[0]


def test_nothing_changes_nothing() -> None:
    problem = month(200, 12)
    found = what_if(problem, np.zeros(12, np.int64))
    assert found.value == found.value_before
    assert len(found.losers) == 0


def test_what_was_lost_is_shared_over_the_items_that_ran_out() -> None:
    problem = month(400, 15)
    solution = compose(problem)
    lost = lost_to_stock_outs(problem, solution)
    total = (ideal_of(problem).value - box_values(problem, solution)).sum()
    assert lost.value.sum() == pytest.approx(total)
    left = problem.stock - np.bincount(solution.item, solution.units, minlength=problem.items)
    assert lost.units[left > 0].sum() == 0
    assert (lost.boxes <= lost.units).all()
    assert lost.units.sum() > 0


def test_a_change_of_another_shape_is_refused() -> None:
    with pytest.raises(BadProblem):
        what_if(month(20, 5), np.zeros(4, np.int64))

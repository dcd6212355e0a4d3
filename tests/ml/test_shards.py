"""Shards together come close to the best, break no rule, and come out again to the byte."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.composer.check import ensure_right, violations
from ml.composer.compose import compose
from ml.composer.problem import Problem, Solution
from ml.composer.shards import (
    apportioned,
    compose_in_shards,
    compose_shard,
    demand_at,
    merged,
    part_of,
    pooled,
    prices_for,
    quotas,
    shard_numbers,
)
from tests.ml.batches import hostile, market


@pytest.mark.parametrize("kind", ["std", "scarce"])
@pytest.mark.parametrize("shards", [4, 20])
def test_shards_lose_less_than_a_thousandth(kind: str, shards: int) -> None:
    problem = market(8000, 40, kind)
    found = compose_in_shards(problem, shards)
    ensure_right(problem, found)
    assert found.short.sum() == 0
    assert found.value >= 0.999 * compose(problem).bound
    assert found.value >= 0.998 * found.bound
    assert found.bound >= compose(problem).value


def test_a_lost_shard_comes_out_again_to_the_byte() -> None:
    problem = market(900, 30, "scarce", cap=3)
    prices = prices_for(problem)
    rows = np.flatnonzero(shard_numbers(problem.seed, problem.boxes, 3) == 1)
    part = part_of(problem, rows, problem.stock // 3)
    one, other = (compose_shard(part, prices) for _ in range(2))
    for name in ("box", "item", "units", "short", "prices"):
        assert getattr(one.solution, name).tobytes() == getattr(other.solution, name).tobytes()
    assert one.dual == other.dual
    assert prices.tobytes() == prices_for(problem).tobytes()


def test_one_shard_is_the_whole_batch() -> None:
    problem = market(300, 20, "scarce")
    assert compose_in_shards(problem, 1).value == pytest.approx(compose(problem).value)


@pytest.mark.parametrize("family", ["plain", "ties", "pins", "shortage", "disliked"])
@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32), shards=st.integers(1, 4))
def test_shards_break_no_rule_that_protects_people(family: str, seed: int, shards: int) -> None:
    problem = hostile(family, seed)
    found = compose_in_shards(problem, shards)
    kinds = {each.kind for each in violations(problem, found)}
    assert kinds <= {"unfilled_though_fillable", "too_few_distinct"}
    assert found.bound >= found.value


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32))
def test_quotas_give_away_the_stock_and_keep_what_is_settled(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shards, items = int(rng.integers(1, 6)), int(rng.integers(1, 8))
    pins = rng.integers(0, 4, (shards, items))
    demand = pins + rng.integers(0, 20, (shards, items))
    stock = pins.sum(axis=0) + rng.integers(0, 40, items)
    given_out = quotas(stock, demand, rng.integers(0, 60, shards), pins)
    assert given_out.sum(axis=0).tolist() == stock.tolist()
    assert (given_out >= pins).all()


def test_units_are_apportioned_by_claims() -> None:
    assert apportioned(10, np.array([1, 1, 1])).tolist() == [4, 3, 3]
    assert apportioned(5, np.array([0, 4, 0])).tolist() == [0, 5, 0]
    assert apportioned(5, np.array([0, 0])).tolist() == [0, 0]


def test_demand_at_no_price_is_what_everybody_likes_best() -> None:
    problem = market(50, 6, "scarce")
    wanted = demand_at(problem, np.zeros(6))
    assert wanted.sum() == np.minimum(problem.slots, problem.allowed.sum(axis=1)).sum()


def test_a_batch_that_is_truly_short_is_not_composed_twice() -> None:
    problem = market(400, 20, "scarce")
    wanted = np.asarray(problem.allowed[:]).copy()
    wanted[:, :2] = False
    problem = replace(problem, allowed=wanted, stock=problem.stock * 3 // 4)
    prices = prices_for(problem)
    number = shard_numbers(problem.seed, problem.boxes, 4)
    rows = [np.flatnonzero(number == shard) for shard in range(4)]
    parts = [part_of(problem, own, problem.stock // 4) for own in rows]
    first = [compose_shard(part, prices) for part in parts]
    stock = problem.stock // 4 * 4
    again: list[Problem] = []

    def composer(asked: Problem) -> Solution:
        again.append(asked)
        return compose(asked)

    found = pooled(parts, first, stock, prices, composer)
    assert sum(share.solution.short.sum() for share in found) > 0 and again == []


def test_a_box_of_another_shard_gives_up_what_a_short_one_needs() -> None:
    # Box 0 may only have item 0, box 1 either; the shards were told to split otherwise.
    problem = Problem(
        scores=np.array([[1.0, 1.0], [2.0, 1.0]]),
        allowed=np.array([[True, False], [True, True]]),
        slots=np.array([1, 1]),
        stock=np.array([1, 1]),
        max_per_item=np.array([1, 1]),
        min_distinct=np.array([1, 1]),
    )
    parts = [
        part_of(problem, np.array([box]), np.array(own)) for box, own in ((0, [0, 1]), (1, [1, 0]))
    ]
    prices = np.zeros(2)
    shares = [compose_shard(part, prices) for part in parts]
    assert [int(share.solution.short.sum()) for share in shares] == [1, 0]
    after = pooled(parts, shares, problem.stock, prices)
    found = merged(problem, [np.array([0]), np.array([1])], after, prices)
    ensure_right(problem, found)
    assert found.short.tolist() == [0, 0]


@pytest.mark.parametrize("family", ["plain", "shortage", "four_percent_short", "pins"])
@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32), shards=st.integers(2, 5))
def test_shards_leave_no_more_slots_empty_than_the_whole(
    family: str, seed: int, shards: int
) -> None:
    problem = replace(
        hostile(family, seed), min_distinct=np.zeros(hostile(family, seed).boxes, int)
    )
    assert compose_in_shards(problem, shards).short.sum() == compose(problem).short.sum()

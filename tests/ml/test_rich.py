"""Rich boxes: every ceiling kept, every hole and every held box for a reason, and the best plan
where all plans can be tried."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.rich_market import rich_market
from ml.composer.bands import BELOW_LEAST, PINS_OVER_BAND, PINS_OVER_GROUP, Band
from ml.composer.check import ensure_right
from ml.composer.check_rich import unmet
from ml.composer.compose import compose
from ml.composer.problem import Problem, Solution
from tests.ml.batches import fingerprint
from tests.ml.rich_batches import RICH_FAMILIES, best_of_all, rich_hostile
from tests.ml.test_compose import lines, small

METHODS = {"exact": 3_000_000, "priced": 0}


def cost(amount: list[int], least: list[int], most: list[int]) -> tuple[Band, ...]:
    return (Band("cost", np.array(amount), np.array(least), np.array(most)),)


@pytest.mark.parametrize("method", METHODS)
def test_a_box_takes_what_its_money_buys(method: str) -> None:
    problem = small([[9.0, 5.0, 4.0]], slots=[2], bands=cost([80, 50, 50], [0], [100]))
    solution = compose(problem, exact_pairs=METHODS[method])
    assert lines(solution) == [(0, 1, 1), (0, 2, 1)]


@pytest.mark.parametrize("method", METHODS)
def test_a_box_comes_to_what_was_promised(method: str) -> None:
    problem = small([[9.0, 5.0, 4.0]], slots=[2], bands=cost([10, 20, 50], [70], [100]))
    assert lines(compose(problem, exact_pairs=METHODS[method])) == [(0, 1, 1), (0, 2, 1)]


@pytest.mark.parametrize("method", METHODS)
def test_a_box_holds_so_many_of_a_roaster(method: str) -> None:
    limits = {"group": np.array([0, 0, 1]), "group_most": np.array([1])}
    problem = small([[9.0, 8.0, 1.0]], slots=[2], **limits)
    assert lines(compose(problem, exact_pairs=METHODS[method])) == [(0, 0, 1), (0, 2, 1)]


@pytest.mark.parametrize("method", METHODS)
def test_a_supplier_minimum_goes_out_where_it_is_minded_least(method: str) -> None:
    problem = small([[9.0, 8.0], [9.0, 1.0]], stock=[2, 2], need=np.array([0, 1]))
    solution = compose(problem, exact_pairs=METHODS[method])
    assert lines(solution) == [(0, 1, 1), (1, 0, 1)]
    assert unmet(problem, solution).tolist() == [0, 0]


@pytest.mark.parametrize("method", METHODS)
def test_a_supplier_minimum_breaks_no_rule(method: str) -> None:
    allowed = np.array([[True, False]])
    problem = small([[1.0, 9.0]], allowed=allowed, need=np.array([0, 1]))
    solution = compose(problem, exact_pairs=METHODS[method])
    assert lines(solution) == [(0, 0, 1)]
    assert unmet(problem, solution).tolist() == [0, 1]


@pytest.mark.parametrize("method", METHODS)
def test_a_band_in_which_nothing_fits_leaves_the_box_empty(method: str) -> None:
    problem = small([[9.0, 5.0]], slots=[2], bands=cost([80, 50], [0], [40]))
    solution = compose(problem, exact_pairs=METHODS[method])
    ensure_right(problem, solution)
    assert (lines(solution), solution.short.tolist()) == ([], [2])


@pytest.mark.parametrize("method", METHODS)
def test_a_least_out_of_reach_holds_the_box_with_its_reason(method: str) -> None:
    problem = small([[9.0, 5.0]], slots=[2], bands=cost([80, 50], [200], [300]))
    solution = compose(problem, exact_pairs=METHODS[method])
    ensure_right(problem, solution)
    assert lines(solution) == [(0, 0, 1), (0, 1, 1)]
    assert [(held.box, held.why, held.name) for held in solution.held] == [(0, BELOW_LEAST, "cost")]


@pytest.mark.parametrize("method", METHODS)
def test_pins_above_a_ceiling_hold_the_box_and_free_what_it_had(method: str) -> None:
    problem = small(
        [[9.0, 5.0], [9.0, 5.0]],
        slots=[2, 1],
        pinned=np.array([[1, 1], [0, 0]]),
        bands=cost([80, 50], [0, 0], [100, 100]),
        group=np.array([0, 0]),
        group_most=np.array([1, 1]),
    )
    solution = compose(problem, exact_pairs=METHODS[method])
    ensure_right(problem, solution)
    assert lines(solution) == [(1, 0, 1)]
    assert {held.why for held in solution.held} == {PINS_OVER_BAND, PINS_OVER_GROUP}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("family", RICH_FAMILIES)
@settings(max_examples=4, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32))
def test_hostile_rich_batches_break_no_rule(method: str, family: str, seed: int) -> None:
    problem = rich_hostile(family, seed)
    ensure_right(problem, compose(problem, exact_pairs=METHODS[method]))


@pytest.mark.parametrize("family", RICH_FAMILIES)
@settings(max_examples=5, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32))
def test_no_plan_at_all_is_better(family: str, seed: int) -> None:
    problem = shrunk(rich_hostile(family, seed, boxes=2))
    emptiness, below, missing, minus = best_of_all(problem)
    solution = compose(problem)
    ensure_right(problem, solution)
    assert costs(problem, solution) == (emptiness, below, missing)
    assert solution.value == pytest.approx(-minus, rel=6e-4, abs=1e-5)
    assert solution.bound >= -minus - 1e-6


def shrunk(problem: Problem) -> Problem:
    """Keep five items and three slots, so that all plans can be tried."""
    keep = slice(0, 5)
    pinned = problem.pins.dense()[:, keep].astype(int)
    short = replace(problem.bands[0], amount=problem.bands[0].amount[keep])
    bands = tuple(replace(band, amount=band.amount[keep]) for band in problem.bands[1:])
    return replace(
        problem,
        scores=problem.scores[:, keep],
        allowed=problem.allowed[:, keep],
        stock=problem.stock[keep],
        slots=np.maximum(np.minimum(problem.slots, 3), pinned.sum(axis=1)),
        pinned=pinned,
        bands=(short, *bands),
        group=None if problem.group is None else problem.group[keep],
        need=None if problem.need is None else problem.need[keep],
    )


def costs(problem: Problem, solution: Solution) -> tuple[int, int, int]:
    stopped = {held.box for held in solution.held if held.why != BELOW_LEAST}
    holes = np.delete(solution.short, list(stopped))
    below = sum(held.why == BELOW_LEAST for held in solution.held)
    return int((holes * (holes + 1) // 2).sum()), below, int(unmet(problem, solution).sum())


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nothing_to_do_is_done(shape: tuple[int, int]) -> None:
    boxes, items = shape
    problem = small(np.ones(shape).tolist() or np.ones(shape))  # type: ignore[arg-type]
    band = Band("cost", np.ones(items, int), np.zeros(boxes, int), np.ones(boxes, int))
    ensure_right(problem, compose(replace(problem, bands=(band,))))


def test_prices_come_close_to_the_bound() -> None:
    problem = rich_market(1500, 60, seed=3)
    solution = compose(problem)
    ensure_right(problem, solution)
    assert solution.short.sum() == 0
    assert solution.value >= 0.992 * solution.bound


def test_the_same_batch_gives_the_same_bytes() -> None:
    problem = rich_market(400, 40, seed=1)
    assert fingerprint(compose(problem)) == fingerprint(compose(problem))


def test_a_minimum_that_costs_much_is_met_by_many_boxes() -> None:
    problem = rich_market(600, 40, seed=2)
    before = compose(problem)
    out = np.bincount(before.item, before.units, minlength=40).astype(int)
    slow = np.argsort(out / problem.stock)[:4]
    need = np.zeros(40, int)
    need[slow] = problem.stock[slow] * 9 // 10
    asked = replace(problem, need=need)
    solution = compose(asked)
    ensure_right(asked, solution)
    assert unmet(asked, solution).sum() <= need.sum() // 100
    assert (solution.prices[need > out] < 0).any()


@pytest.mark.parametrize("seed", [181])
def test_an_empty_slot_is_no_unit_to_trade(seed: int) -> None:
    problem = rich_hostile("everybody_alike", seed)
    ensure_right(problem, compose(problem, exact_pairs=0))

"""The checker finds every planted fault of a rich box: sums, groups, boxes held for no reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.composer.bands import BELOW_LEAST, PINS_OVER_BAND, PINS_OVER_GROUP, Band, Held
from ml.composer.check import violations
from ml.composer.check_rich import unmet
from ml.composer.problem import BadProblem, Problem, Solution


def batch(**changed: object) -> Problem:
    """Return two boxes of two units, four items of two roasters, 10 to 30 cents each."""
    facts: dict[str, object] = {
        "scores": np.ones((2, 4)),
        "allowed": np.ones((2, 4), bool),
        "slots": np.array([2, 2]),
        "stock": np.array([2, 2, 2, 2]),
        "max_per_item": np.array([2, 2]),
        "min_distinct": np.array([0, 0]),
        "repeat_values": (1.0,),
        "bands": (
            Band("cost", np.array([10, 10, 30, 30]), np.array([20, 30]), np.array([40, 50])),
        ),
        "group": np.array([0, 0, 1, -1]),
        "group_most": np.array([1, 2]),
    }
    return Problem(**(facts | changed))  # type: ignore[arg-type]


def plan(*lines: tuple[int, int, int], held: tuple[Held, ...] = ()) -> Solution:
    box, item, units = (np.array([line[part] for line in lines], dtype=int) for part in range(3))
    short = 2 - np.bincount(box, units, minlength=2).astype(int)
    value = float(units.sum())
    return Solution(box, item, units, short, np.zeros(4), value, value, 0.0, "rich", held)


RIGHT = ((0, 0, 1), (0, 2, 1), (1, 1, 1), (1, 3, 1))


def kinds(problem: Problem, solution: Solution) -> set[str]:
    return {fault.kind for fault in violations(problem, solution)}


def test_a_right_plan_passes() -> None:
    assert kinds(batch(), plan(*RIGHT)) == set()


@pytest.mark.parametrize(
    ("kind", "solution"),
    [
        ("over_band", plan((0, 2, 1), (0, 3, 1), (1, 1, 1), (1, 3, 1))),
        ("over_group", plan((0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 3, 1))),
        ("below_least", plan((0, 0, 1), (0, 2, 1), (1, 0, 1), (1, 1, 1))),
        ("held_wrong", plan(*RIGHT, held=(Held(0, BELOW_LEAST, "cost"),))),
        ("held_wrong", plan(*RIGHT, held=(Held(0, BELOW_LEAST, "weight"),))),
        ("held_wrong", plan(*RIGHT, held=(Held(0, PINS_OVER_GROUP, ""),))),
        ("held_wrong", plan(*RIGHT, held=(Held(9, PINS_OVER_BAND, "cost"),))),
        (
            "held_though_fixable",
            plan(
                (0, 0, 1),
                (0, 2, 1),
                (1, 0, 1),
                (1, 1, 1),
                held=(Held(1, BELOW_LEAST, "cost"),),
            ),
        ),
        ("unfilled_though_fillable", plan((0, 0, 1), (0, 2, 1), (1, 3, 1))),
    ],
)
def test_a_planted_fault_is_found(kind: str, solution: Solution) -> None:
    assert kind in kinds(batch(), solution)


def test_a_hole_is_no_fault_where_every_item_breaks_a_ceiling() -> None:
    dear = Band("cost", np.array([10, 10, 30, 30]), np.array([0, 0]), np.array([19, 50]))
    found = kinds(batch(bands=(dear,)), plan((0, 0, 1), (1, 1, 1), (1, 3, 1)))
    assert found == set()


def test_a_box_whose_pins_break_a_ceiling_stays_empty() -> None:
    problem = batch(pinned=np.array([[1, 1, 0, 0], [0, 0, 0, 0]]))
    held = (Held(0, PINS_OVER_GROUP, ""),)
    assert kinds(problem, plan((1, 1, 1), (1, 3, 1), held=held)) == set()
    assert "overfull" in kinds(problem, plan(*RIGHT, held=held))
    assert "over_group" in kinds(problem, plan((0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 3, 1)))


def test_a_missed_supplier_minimum_is_told() -> None:
    problem = batch(need=np.array([2, 0, 1, 9]))
    solution = plan(*RIGHT)
    assert kinds(problem, solution) == set()
    assert unmet(problem, solution).tolist() == [1, 0, 0, 8]


COST = batch().bands[0]
WRONG: dict[str, dict[str, object]] = {
    "two bands of one name": {"bands": (COST, COST)},
    "a band without a name": {"bands": (replace(COST, name=""),)},
    "amounts of another shape": {"bands": (replace(COST, amount=np.array([1, 2])),)},
    "half a cent": {"bands": (replace(COST, amount=np.array([0.5, 1, 1, 1])),)},
    "a negative amount": {"bands": (replace(COST, amount=np.array([-1, 1, 1, 1])),)},
    "a least above the most": {"bands": (replace(COST, least=np.array([41, 0])),)},
    "groups without a cap": {"group_most": None},
    "a cap without groups": {"group": None},
    "a negative cap": {"group_most": np.array([-1, 0])},
    "a group below none": {"group": np.array([0, 0, 0, -2])},
    "a negative need": {"need": np.array([0, 0, 0, -1])},
}


@pytest.mark.parametrize("fault", WRONG)
def test_limits_that_make_no_sense_are_refused(fault: str) -> None:
    with pytest.raises(BadProblem):
        batch(**WRONG[fault])

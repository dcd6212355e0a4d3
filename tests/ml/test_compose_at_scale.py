"""What makes large batches possible changes nothing of the boxes: streams, lines, candidates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.composer.check import ensure_right, violations
from ml.composer.compose import allocate, compose
from ml.composer.exact import exact_plan
from ml.composer.plan import lines_of
from ml.composer.tables import PackedMask
from ml.composer.task import Task, task_of
from tests.ml.batches import FAMILIES, hostile, market
from tests.ml.test_compose import METHODS, lines, small


@pytest.mark.parametrize("family", FAMILIES)
def test_leaving_pairs_out_changes_nothing_of_the_best(family: str) -> None:
    for seed in range(40):
        task = task_of(hostile(family, 5000 + seed, boxes=30))
        short_way, prices = exact_plan(task, few_pairs=0)
        long_way, _ = exact_plan(task)
        assert int(short_way.sum()) == int(long_way.sum())
        assert worth(task, short_way) == worth(task, long_way)
        assert (prices >= 0).all()


def worth(task: Task, units: np.ndarray) -> int:
    total = 0
    for unit in range(1, int(units.max(initial=0)) + 1):
        box, item = np.nonzero(units >= unit)
        total += int(task.worth_at(box, item, unit).sum())
    return total


class Factors:
    """Scores that are made from factors when asked, never whole."""

    def __init__(self, boxes: int, items: int) -> None:
        rng = np.random.default_rng(1)
        self.people = rng.normal(size=(boxes, 4)).astype(np.float32)
        self.coffees = rng.normal(size=(4, items)).astype(np.float32)
        self.shape = (boxes, items)

    def rows(self, start: int, stop: int) -> np.ndarray:
        return (self.people[start:stop, :, None] * self.coffees).sum(axis=1)


@pytest.mark.parametrize("method", METHODS)
def test_a_stream_of_scores_and_a_packed_mask_give_the_same_boxes(method: str) -> None:
    whole = market(400, 40, "scarce")
    source = Factors(400, 40)
    mask = PackedMask(np.packbits(whole.allowed, axis=1), 40)
    table = replace(whole, scores=source.rows(0, 400))
    stream = replace(whole, scores=source, allowed=mask)
    one, other = (compose(each, exact_pairs=METHODS[method]) for each in (table, stream))
    assert lines(one) == lines(other)
    assert (one.value, one.bound) == (other.value, other.bound)
    assert violations(stream, other) == ()


def test_scores_of_single_precision_are_not_copied() -> None:
    scores = np.zeros((3, 2), np.float32)
    assert small(scores).scores is scores  # type: ignore[arg-type]


def test_pins_may_come_as_lines() -> None:
    batch = hostile("pins", 11, boxes=24)
    as_lines = replace(batch, pinned=lines_of(batch.pinned))
    for pairs in METHODS.values():
        assert lines(compose(batch, exact_pairs=pairs)) == lines(
            compose(as_lines, exact_pairs=pairs)
        )


def test_a_box_that_counts_more_keeps_what_both_want() -> None:
    problem = small([[0.9, 0.8], [0.9, 0.1]])
    for pairs in METHODS.values():
        allocation = allocate(problem, pairs, weights=np.array([9.0, 1.0]))
        assert allocation.plan.item.tolist() == [0, 1]


def test_thousands_of_boxes_are_refined_over_all_of_them() -> None:
    problem = market(30_000, 30, "scarce")
    solution = compose(problem, exact_pairs=0)
    ensure_right(problem, solution)
    assert solution.short.sum() == 0
    assert solution.gap <= 1e-4

"""Answers what another stock would mean, before anything is bought: composed again on a sample."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ml.arrays import Floats, Ints
from ml.composer.compose import compose
from ml.composer.ideal import Ideal, box_values, ideal_of, missed_of, satisfaction_of
from ml.composer.pool import drawn_boxes
from ml.composer.problem import BadProblem, Problem, Solution
from ml.composer.shards import part_of

SAMPLE_BOXES = 5000


@dataclass(frozen=True, eq=False)
class WhatIf:
    """What a changed stock does, scaled up from `boxes` (K,), the positions of the sample.

    value, value_before   worth of all boxes together, with the change and without.
    satisfaction, before  (K,) 0..1 for each box of the sample.
    prices, prices_before (M,) what one more unit of each item would add.
    losers                positions of boxes that lose, the one that loses most first, and `loss`,
                          how much each of them loses.
    """

    value: float
    value_before: float
    satisfaction: Floats
    before: Floats
    prices: Floats
    prices_before: Floats
    boxes: Ints
    losers: Ints
    loss: Floats


@dataclass(frozen=True, eq=False)
class Lost:
    """Demand lost to stock-outs, by item (M,): `units` that boxes would have held under unlimited
    stock, `boxes` that went without, `value` what those lost by it."""

    units: Ints
    boxes: Ints
    value: Floats


def what_if(problem: Problem, stock_change: Ints, sample: int = SAMPLE_BOXES) -> WhatIf:
    """Return what happens if `stock_change` (M,) units came or went; stock never falls below what
    is pinned, nor below 0.

    At most `sample` boxes are composed, with their share of the stock, and the sums scaled up.
    Raises BadProblem for a change of another shape.
    """
    change = np.asarray(stock_change, dtype=np.int64)
    if change.shape != (problem.items,):
        raise BadProblem(f"stock_change: shape {change.shape} instead of {(problem.items,)}")
    rows = drawn_boxes(problem.seed, problem.boxes, min(sample, problem.boxes))
    scale = int(problem.slots.sum()) / max(1, int(problem.slots[rows].sum()))
    changed = np.maximum(problem.stock + change, problem.pins.of_item)
    before, after = (_sampled(problem, rows, stock, scale) for stock in (problem.stock, changed))
    ideal = ideal_of(before)
    plain, other = compose(before), compose(after)
    had, has = box_values(before, plain), box_values(after, other)
    loss = had - has
    order = np.lexsort((rows, -loss))
    order = order[loss[order] > 0]
    return WhatIf(
        value=math.fsum(has) * scale,
        value_before=math.fsum(had) * scale,
        satisfaction=satisfaction_of(has, ideal.value),
        before=satisfaction_of(had, ideal.value),
        prices=other.prices,
        prices_before=plain.prices,
        boxes=rows,
        losers=rows[order],
        loss=loss[order],
    )


def worth_of_one_more_case(prices: Floats, item: int, case: int) -> float:
    """Return what one more case of `case` units promises to add to the value of all boxes."""
    return float(prices[item]) * case


def lost_to_stock_outs(problem: Problem, solution: Solution, ideal: Ideal | None = None) -> Lost:
    """Return by item what was lost since there was too little of it: every box under unlimited
    stock against the real one.

    What a box loses is shared over the units it misses, in proportion to their scores.
    """
    ideal = ideal or ideal_of(problem)
    missed = missed_of(problem, ideal, solution)
    lost = np.maximum(ideal.value - box_values(problem, solution), 0.0)
    score = np.asarray(problem.scores[missed.box, missed.item], dtype=np.float64)
    claim = np.maximum(score, 0.0) * missed.units + np.finfo(np.float64).tiny
    total = np.bincount(missed.box, weights=claim, minlength=problem.boxes)
    value = lost[missed.box] * claim / total[missed.box]
    return Lost(
        units=_by_item(missed.item, missed.units, problem.items).astype(np.int64),
        boxes=np.bincount(missed.item, minlength=problem.items).astype(np.int64),
        value=_by_item(missed.item, value, problem.items),
    )


def _sampled(problem: Problem, rows: Ints, stock: Ints, scale: float) -> Problem:
    if len(rows) == problem.boxes:
        return replace(problem, stock=stock)
    part = part_of(problem, rows, stock)
    pinned = part.pins.of_item
    share = np.rint((stock - problem.pins.of_item) / scale).astype(np.int64)
    return replace(part, stock=pinned + np.maximum(share, 0))


def _by_item(item: Ints, weights: Floats | Ints, items: int) -> Floats:
    return np.asarray(np.bincount(item, weights=weights, minlength=items), dtype=np.float64)

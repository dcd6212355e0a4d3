"""Composes a batch of few different boxes, and draws what that costs: the fewer kinds of box the
line packs, the worse they fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.composer.kinds_stock import within_stock
from ml.composer.kinds_wants import (
    BARRED,
    NOBODY,
    STEPS,
    Climb,
    Wants,
    chunks,
    gains_of,
    oversold,
    wants_of,
)
from ml.composer.problem import Problem, Solution
from ml.composer.worth import draw

CLUSTER_ROUNDS = 16


@dataclass(frozen=True)
class Point:
    """One point of the curve: at most `kinds` different boxes, of which `used` are packed, are
    worth `value`, a `share` of what free choice is worth; `unserved` boxes find none they may have.
    """

    kinds: int
    used: int
    value: float
    share: float
    unserved: int


@dataclass(frozen=True, eq=False)
class FewKinds:
    """K bundles (K, M) bool, and which of them each box gets, (N,), NOBODY where none may be."""

    bundles: Bools
    of_box: Ints
    value: float


def kinds_curve(problem: Problem, free: Solution, kinds: Sequence[int]) -> tuple[Point, ...]:
    """Return the curve of value against the number of different boxes.

    `free` is the composed batch without that limit. Pins and repeats of one item are left out: a
    bundle holds different items. For a quick curve give a sample of the boxes with its share of the
    stock.
    """
    found = []
    for most in kinds:
        plan = few_kinds(problem, free, most)
        served = plan.of_box != NOBODY
        used = len(np.unique(plan.of_box[served]))
        share = plan.value / free.value if free.value else 1.0
        lost = int((~served & (problem.slots > 0)).sum())
        found.append(Point(most, used, plan.value, share, lost))
    return tuple(found)


def few_kinds(problem: Problem, free: Solution, most: int) -> FewKinds:
    """Return at most `most` bundles, and who gets which, within the stock and every exclusion.

    Method: bundles start as boxes of the free plan and are bettered in turns, as in k-means: every
    box takes the bundle it likes best at the prices, every bundle becomes what its boxes like best
    together (Lloyd 1982); bundles that few would miss give way to those whom nothing suits. Prices
    then fit demand to the stock.
    """
    wants = wants_of(problem)
    prices = np.rint(np.maximum(free.prices, 0.0) / wants.step)
    bundles = _first_bundles(wants, free, most)
    if not len(bundles):
        return FewKinds(bundles, np.full(problem.boxes, NOBODY), 0.0)
    climb = Climb(prices, np.full(len(prices), STEPS / 64.0), np.zeros(len(prices)))
    for turn in range(CLUSTER_ROUNDS):
        choices = _choices(wants, bundles, climb.prices)
        climb.move(oversold(wants, bundles, choices[2]))
        bundles = _bettered(wants, bundles, choices, climb.prices, turn < CLUSTER_ROUNDS - 2)
    bundles, of_box = within_stock(wants, bundles, climb.prices)
    served = np.flatnonzero(of_box != NOBODY)
    total = sum(int(_own(wants, bundles, rows, of_box).sum()) for rows in chunks(served))
    return FewKinds(bundles, of_box, total * wants.step)


def _first_bundles(wants: Wants, free: Solution, most: int) -> Bools:
    """Return boxes of the free plan, drawn among those that are full, all different."""
    boxes, items = wants.worth.shape
    held = np.zeros((boxes, items), bool)
    held[free.box, free.item] = True
    full = np.flatnonzero((held.sum(axis=1) == wants.slots) & (wants.slots > 0))
    order = full[np.argsort(draw(wants.seed, full, 3), kind="stable")]
    _, first = np.unique(np.packbits(held[order], axis=1), axis=0, return_index=True)
    return held[order[np.sort(first)[:most]]]


def _bettered(
    wants: Wants,
    bundles: Bools,
    choices: tuple[Floats, Floats, Ints],
    prices: Floats,
    renew: bool,
) -> Bools:
    _, second, choice = choices
    bundles = bundles.copy()
    order = np.argsort(choice, kind="stable")
    start = np.searchsorted(choice[order], np.arange(len(bundles) + 1))
    for kind in range(len(bundles)):
        rows = order[start[kind] : start[kind + 1]]
        if len(rows):
            bundles[kind] = _favourite(wants, bundles[kind], rows, second[rows], prices)
    if renew:
        _renew(wants, bundles, choices, prices)
    return bundles


def _favourite(wants: Wants, bundle: Bools, rows: Ints, second: Floats, prices: Floats) -> Bools:
    """Return the items that the boxes like best together, exclusions weighed against what the box
    would lose by going elsewhere."""
    size = int(bundle.sum())
    mine = wants.worth[rows] - prices
    now = mine[:, bundle].sum(axis=1)
    # Whom nothing else suits loses the whole box.
    losing = np.where(second <= BARRED, now + STEPS, now - second)
    total = np.where(wants.worth[rows] > BARRED, mine, -losing[:, None]).sum(axis=0)
    chosen = np.zeros(len(bundle), bool)
    chosen[np.argsort(-total, kind="stable")[:size]] = True
    value = mine[:, chosen].sum(axis=1)
    better = np.maximum(value, second).clip(min=BARRED).sum() > np.maximum(now, second).sum()
    return chosen if better else bundle


def _renew(
    wants: Wants, bundles: Bools, choices: tuple[Floats, Floats, Ints], prices: Floats
) -> None:
    """Give the places of bundles that few would miss to boxes that lose most by all bundles."""
    best, second, choice = choices
    missed = np.zeros(len(bundles))
    served = choice != NOBODY
    gap = np.where(second[served] <= BARRED, STEPS * 8.0, best[served] - second[served])
    np.add.at(missed, choice[served], gap)
    weak = np.argsort(missed, kind="stable")[: max(1, len(bundles) // 12)]
    ideal = np.sort(wants.worth - prices, axis=1)[:, ::-1]
    reach = np.where(np.arange(ideal.shape[1]) < wants.slots[:, None], ideal, 0.0).sum(axis=1)
    regret = np.where(reach > BARRED, reach - np.where(served, best, -STEPS * 2.0), -np.inf)
    worst = np.argsort(-regret, kind="stable")[: 4 * len(weak)]
    picked = worst[np.argsort(draw(wants.seed, worst, 5), kind="stable")]
    unserved_first = picked[np.argsort(served[picked], kind="stable")]
    for kind, box in zip(weak, unserved_first, strict=False):
        if missed[kind] < regret[box]:
            bundles[kind] = False
            top = np.argsort(-(wants.worth[box] - prices), kind="stable")[: wants.slots[box]]
            bundles[kind, top] = True


def _choices(wants: Wants, bundles: Bools, prices: Floats) -> tuple[Floats, Floats, Ints]:
    """Return (N,) each box's gain from its best and second-best bundle, and which is best."""
    boxes = len(wants.worth)
    best, second = np.full(boxes, BARRED), np.full(boxes, BARRED)
    choice = np.full(boxes, NOBODY)
    for rows in chunks(np.arange(boxes)):
        gain = gains_of(wants, bundles, prices, rows)
        top = np.argmax(gain, axis=1)
        best[rows] = np.maximum(gain[np.arange(len(rows)), top], BARRED)
        gain[np.arange(len(rows)), top] = BARRED
        second[rows] = np.maximum(gain.max(axis=1), BARRED)
        choice[rows] = np.where(best[rows] > BARRED, top, NOBODY)
    return best, second, choice


def _own(wants: Wants, bundles: Bools, rows: Ints, of_box: Ints) -> Floats:
    return np.asarray((wants.worth[rows] * bundles[of_box[rows]]).sum(axis=1))

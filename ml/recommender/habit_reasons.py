"""Says why a person with a history is expected to like a product: the reasons of taste, and the
habit beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.arrays import Bools, Floats
from ml.recommender.facts import PAIR
from ml.recommender.habits import Habits, HistoryModel, Known, habits_of
from ml.taste.explain import explain as explain_taste
from ml.taste.model import score as taste_score
from ml.taste.parts import DIGITS
from ml.taste.reasons import Contribution, Explanation, Kind

TIMES = PAIR.index("times")


@dataclass(frozen=True, eq=False)
class Row:
    """One person's products: what is expected in all (M,), what habit adds (M,), how often each
    was taken (M,), and which are on offer (M,)."""

    expected: Floats
    habit: Floats
    times: Floats
    offered: Bools


def explain(
    model: HistoryModel, known: Known, pairs: Sequence[tuple[str, str]]
) -> list[Explanation]:
    """Return why each (person, product) of `pairs` is scored as it is, in that order.

    `known.products` may have a column `on_offer`, as for `ml.taste.explain`. What taste says stays
    as it is; a contribution of the kind HABIT is added that makes up the difference. Nothing is
    said of what would change it: a single word of the person no longer decides.
    """
    told = explain_taste(model.taste, known.quiz, known.products, known.ratings, pairs)
    rows = _rows(model, known)
    place = {str(name): column for column, name in enumerate(known.products.index)}
    return [
        replace(_with_habit(each, rows[person], place[product]), model_version=model.version)
        if person in rows
        else replace(each, model_version=model.version)
        for (person, product), each in zip(pairs, told, strict=True)
    ]


def _rows(model: HistoryModel, known: Known) -> dict[str, Row]:
    """Return the people with a history by name."""
    products = known.products
    offered = (
        products["on_offer"].to_numpy(bool)
        if "on_offer" in products
        else np.ones(len(products), bool)
    )
    offered = offered if offered.any() else np.ones(len(products), bool)
    plain = replace(known, products=products.drop(columns="on_offer", errors="ignore"))
    habits = habits_of(model.recommender, plain)
    taste = taste_score(model.taste, plain.quiz, plain.products, plain.ratings).values[habits.rows]
    expected = model.lift.lifted(taste, habits.odds) if len(habits.rows) else taste
    times = _times(habits)
    names = [str(known.quiz.index[row]) for row in habits.rows]
    return {
        name: Row(expected[at], expected[at] - taste[at], times[at], offered)
        for at, name in enumerate(names)
    }


def _times(habits: Habits) -> Floats:
    view = habits.scores.view
    times = np.zeros(view.shape)
    times[view.pairs.person, view.pairs.product] = view.pairs.facts[:, TIMES]
    return np.nan_to_num(times)


def _with_habit(told: Explanation, row: Row, column: int) -> Explanation:
    rank = _rank(row, column, 0.0)
    habit = float(row.habit[column])
    above = habit - float(row.habit[row.offered].mean())
    part = Contribution(
        Kind.HABIT,
        round(habit, DIGITS),
        round(above, DIGITS),
        _rank(row, column, habit),
        value=float(row.times[column]),
    )
    of_taste = [
        replace(each, rank_without=_rank(row, column, each.contrast)) for each in told.reasons
    ]
    first, second = sorted([part, *of_taste], key=lambda each: _strength(each, rank))[:2]
    return replace(
        told,
        expected=round(float(row.expected[column]), DIGITS),
        unclipped=round(told.unclipped + habit, DIGITS),
        rank=rank,
        contributions=(*told.contributions, part),
        reasons=(first, second),
        lever=None,
    )


def _strength(part: Contribution, rank: int) -> tuple[bool, bool, float]:
    """Sort what speaks for a product before what does not, then what alone holds its place."""
    holds = (part.rank_without or rank) > rank
    return not part.contrast > 0, not holds, -part.contrast


def _rank(row: Row, column: int, without: float) -> int:
    """Return the rank from 1 among the products on offer if the product were worth that less;
    equal ones rank in the order of the products."""
    own = round(float(row.expected[column]) - without, DIGITS)
    rivals = row.offered.copy()
    rivals[column] = False
    before = np.arange(len(rivals)) < column
    ahead = (row.expected > own) | ((row.expected == own) & before)
    return 1 + int((ahead & rivals).sum())

"""Says why a person with a history is expected to like a product: the reasons of taste, and the
habit beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ml.arrays import Bools, Floats
from ml.recommender.facts import PAIR
from ml.recommender.habits import Habits, HistoryModel, Known, Lift, habits_of
from ml.taste.explain import explain_moved
from ml.taste.model import score as taste_score
from ml.taste.parts import DIGITS
from ml.taste.reasons import Contribution, Explanation, Kind, strongest

TIMES = PAIR.index("times")


@dataclass(frozen=True, eq=False)
class Row:
    """One person's products: log odds of being kept (M,), by taste alone (M,), what is expected in
    all (M,), how often each was taken (M,), and which are on offer (M,)."""

    odds: Floats
    taste: Floats
    expected: Floats
    times: Floats
    offered: Bools


def explain(
    model: HistoryModel, known: Known, pairs: Sequence[tuple[str, str]]
) -> list[Explanation]:
    """Return why each (person, product) of `pairs` is scored as it is, in that order.

    `known.products` may have a column `on_offer`, as for `ml.taste.explain`. What taste adds stays
    as it is, its ranks are those that come out when habit has moved it; a contribution of the kind
    HABIT is added that makes up the difference. Nothing is said of what would change it: a single
    word of the person no longer decides.
    """
    rows = _rows(model, known)
    moves = {name: partial(_moved, model.lift, row.odds) for name, row in rows.items()}
    tables = (known.quiz, known.products, known.ratings)
    told = explain_moved(model.taste, tables, pairs, moves)
    place = {str(name): column for column, name in enumerate(known.products.index)}
    return [
        replace(_with_habit(each, rows[person], place[product]), model_version=model.version)
        if person in rows
        else replace(each, model_version=model.version)
        for (person, product), each in zip(pairs, told, strict=True)
    ]


def _moved(lift: Lift, odds: Floats, values: Floats, at: int | slice) -> Floats:
    return lift.lifted(values, odds[at])


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
        name: Row(habits.odds[at], taste[at], expected[at], times[at], offered)
        for at, name in enumerate(names)
    }


def _times(habits: Habits) -> Floats:
    view = habits.scores.view
    times = np.zeros(view.shape)
    times[view.pairs.person, view.pairs.product] = view.pairs.facts[:, TIMES]
    return np.nan_to_num(times)


def _with_habit(told: Explanation, row: Row, column: int) -> Explanation:
    habit = row.expected - row.taste
    own, above = habit[column], habit[column] - habit[row.offered].mean()
    part = Contribution(
        Kind.HABIT,
        round(float(own), DIGITS),
        round(float(above), DIGITS),
        _rank_by_taste(row, column),
        value=float(row.times[column]),
    )
    parts = (*told.contributions, part)
    return replace(
        told,
        unclipped=round(told.unclipped + float(own), DIGITS),
        contributions=parts,
        reasons=strongest(parts, told.rank),
        lever=None,
    )


def _rank_by_taste(row: Row, column: int) -> int:
    """Return the rank from 1 among the products on offer if habit said nothing of this one; equal
    ones rank in the order of the products."""
    own = round(float(row.taste[column]), DIGITS)
    rivals = row.offered.copy()
    rivals[column] = False
    before = np.arange(len(rivals)) < column
    ahead = (row.expected > own) | ((row.expected == own) & before)
    return 1 + int((ahead & rivals).sum())

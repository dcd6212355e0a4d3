"""Draws what models learn from: pairs of the past, and whether the next box held them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats, Ints, Singles
from ml.recommender.cuts import Cut
from ml.recommender.knowledge import Knowledge, Settings, View, learn, look

ROWS = 240_000  # pairs not taken that are drawn in all
PEOPLE = 20_000  # people whose next box is looked at


@dataclass(frozen=True, eq=False)
class Lesson:
    """One cut as a model sees it: everybody with a next box, and what it held (N, M)."""

    knowledge: Knowledge
    view: View
    wanted: Bools
    quiz: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Examples:
    """Rows to learn from: features (R, FEATURES), label (R,), offset (R,) log share drawn."""

    features: Singles
    label: Bools
    offset: Floats


def lesson(cut: Cut, quiz: pd.DataFrame, products: pd.DataFrame, settings: Settings) -> Lesson:
    """Return what is known at the cut, and what those who had a next box found in it."""
    knowledge = learn(cut.past, quiz, products, settings)
    asked = quiz.loc[quiz.index.isin(cut.target["subscriber"])]
    if len(asked) > PEOPLE:
        some = np.random.default_rng(settings.seed).choice(len(asked), PEOPLE, replace=False)
        asked = asked.iloc[np.sort(some)]
    view = look(knowledge, cut.past, asked, products)
    return Lesson(knowledge, view, wanted_of(cut.target, asked.index, products.index), asked)


def wanted_of(target: pd.DataFrame, people: pd.Index, products: pd.Index) -> Bools:
    """Return (N, M): is the product in the target of the person?"""
    wanted = np.zeros((len(people), len(products)), dtype=np.bool_)
    person = people.get_indexer(pd.Index(target["subscriber"]))
    product = products.get_indexer(pd.Index(target["product"]))
    known = (person >= 0) & (product >= 0)
    wanted[person[known], product[known]] = True
    return wanted


def had_before(view: View) -> Bools:
    """Return (N, M): has the person had the product?"""
    had = np.zeros(view.shape, dtype=np.bool_)
    taken = view.pairs.facts[:, 0] > 0
    had[view.pairs.person[taken], view.pairs.product[taken]] = True
    return had


def met_before(view: View) -> Bools:
    """Return (N, M): does the log know anything of the two together?"""
    met = np.zeros(view.shape, dtype=np.bool_)
    met[view.pairs.person, view.pairs.product] = True
    return met


def draw(lesson: Lesson, rows: int, seed: int) -> Examples:
    """Return all pairs that were taken and about `rows` that were not: of those met before and of
    the others as large a part as of what was taken, but a tenth at least."""
    generator = np.random.default_rng(seed)
    met = met_before(lesson.view)
    drawn, shares = lesson.wanted.copy(), {}
    again = float(np.clip(met[lesson.wanted].mean(), 0.1, 0.9)) if lesson.wanted.any() else 0.5
    for which, pairs, part in (("met", met, again), ("new", ~met, 1 - again)):
        left = pairs & ~lesson.wanted
        share = min(1.0, rows * part / max(int(left.sum()), 1))
        shares[which] = share
        drawn |= left & (generator.random(left.shape, dtype=np.float32) < share)
    person, product = _places(drawn)
    offset = np.where(met[person, product], np.log(shares["met"]), np.log(shares["new"]))
    features = lesson.view.features(person, product)
    return Examples(features, lesson.wanted[person, product], np.asarray(offset, np.float64))


def together(parts: list[Examples]) -> Examples:
    """Return the rows of several cuts as one; the offsets become the mean of each kind."""
    features = np.concatenate([part.features for part in parts])
    label = np.concatenate([part.label for part in parts])
    offset = np.concatenate([part.offset for part in parts])
    met = ~np.isnan(features[:, 0])
    for kind in (met, ~met):
        if kind.any():
            offset[kind] = offset[kind].mean()
    return Examples(features, label, offset)


def _places(chosen: Bools) -> tuple[Ints, Ints]:
    person, product = np.nonzero(chosen)
    return person.astype(np.int64), product.astype(np.int64)

"""The parts that an expected liking is the sum of; scores and explanations are made of the same
ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats, Ints
from ml.taste.answers import QUESTION_OF_ANSWER, answer_table
from ml.taste.attributes import attribute_table
from ml.taste.kinship import all_own_shifts
from ml.taste.similarity import attribute_similarity
from ml.taste.trained import TasteModel

LEAST, MOST = 1.0, 5.0
SHRINK_POPULARITY = 5.0  # ratings of a coffee before its own mean counts half
SHRINK_COFFEE = 20.0  # the same for its deviation from what answers and attributes promise
# The answers to one question stand side by side: first and last column of each.
_ENDS = np.cumsum(np.bincount(QUESTION_OF_ANSWER)).tolist()
QUESTION_SPANS = tuple(zip([0, *_ENDS[:-1]], _ENDS, strict=True))
DIGITS = 9  # scores are rounded here, so that machines that add in another order agree


@dataclass(frozen=True, eq=False)
class Ratings:
    """Usable ratings: row of the person, row of the product, liking 1..5; one per pair."""

    person: Ints
    product: Ints
    liking: Floats

    def of(self, person: int) -> Ratings:
        """Return the ratings of one person."""
        own = self.person == person
        return Ratings(self.person[own], self.product[own], self.liking[own])


@dataclass(frozen=True, eq=False)
class Parts:
    """What everybody's expectations are made of.

    given (N, answers) of 0 and 1; answers (N, ROWS) with the average (ROWS,) filled in for open
    questions; silent (N,) says who told
    nothing at all; slopes (ROWS, M): what each answer adds to each product; crowd (M,): how much
    more it was liked than expected; popularity (M,): what the average person may expect; alike
    (M, M) and kin (M, M): likeness of products, and covariance of what people like beyond
    expectation, `mood` of which is common to all; spread: variance of a rating.
    """

    given: Floats
    average: Floats
    answers: Floats
    silent: Bools
    slopes: Floats
    crowd: Floats
    popularity: Floats
    alike: Floats
    kin: Floats
    mood: float
    spread: float
    ratings: Ratings


def parts_of(
    model: TasteModel, quiz: pd.DataFrame, products: pd.DataFrame, ratings: pd.DataFrame
) -> Parts:
    """Return the parts; people as in `quiz`, products as in `products`."""
    known = usable(ratings, quiz.index, products.index)
    table = answer_table(quiz)
    answers = fill_open(table, model.average)
    slopes = model.weights @ attribute_table(products).T + peculiar(model, products)
    count = len(products)
    surprise = known.liking - np.einsum("ij,ij->i", answers[known.person], slopes.T[known.product])
    plain = np.asarray(model.average @ slopes, dtype=np.float64)
    over = shrunk_mean(known.product, known.liking - plain[known.product], count, SHRINK_POPULARITY)
    silent = np.asarray(~table.any(axis=1))
    silent[known.person] = False
    return Parts(
        given=table,
        average=model.average,
        answers=answers,
        silent=silent,
        slopes=slopes,
        crowd=shrunk_mean(known.product, surprise, count, SHRINK_COFFEE),
        popularity=np.round(plain + over, DIGITS),
        alike=attribute_similarity(products),
        kin=model.kinship.covariances(products),
        mood=model.kinship.mood,
        spread=model.kinship.spread,
        ratings=known,
    )


def fill_open(table: Floats, average: Floats) -> Floats:
    """Return (N, ROWS): a 1 first, then the answers, the average person's where all of a question
    is open."""
    filled = np.hstack([np.ones((len(table), 1)), table])
    for first, last in QUESTION_SPANS:
        unsaid = ~table[:, first:last].any(axis=1)
        filled[unsaid, 1 + first : 1 + last] = average[1 + first : 1 + last]
    return filled


def with_own_ratings(parts: Parts, values: Floats) -> Floats:
    """Return `values` (N, M) and what each person's own ratings add to them."""
    given = parts.ratings
    surprise = given.liking - values[given.person, given.product]
    return values + all_own_shifts(
        parts.kin, parts.spread, (given.person, given.product), surprise, len(values)
    )


def shrunk_mean(group: Ints, amount: Floats, groups: int, shrink: float) -> Floats:
    """Return (groups,): sum of amounts / (their number + shrink)."""
    total = np.bincount(group, amount, minlength=groups)
    return np.asarray(total / (np.bincount(group, minlength=groups) + shrink))


def usable(ratings: pd.DataFrame, people: pd.Index[Any], products: pd.Index[Any]) -> Ratings:
    """Return the ratings of known people and products; the mean where one was rated again."""
    if ratings.empty:
        return Ratings(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    person = people.get_indexer(pd.Index(ratings["subscriber"]))
    product = products.get_indexer(pd.Index(ratings["product"]))
    liking = pd.to_numeric(ratings["liking"], errors="coerce").to_numpy(np.float64)
    known = (person >= 0) & (product >= 0) & np.isfinite(liking)
    table = pd.DataFrame(
        {"person": person, "product": product, "liking": np.clip(liking, LEAST, MOST)}
    )[known]
    mean = table.groupby(["person", "product"], sort=True)["liking"].mean()
    return Ratings(
        mean.index.get_level_values(0).to_numpy(np.int64),
        mean.index.get_level_values(1).to_numpy(np.int64),
        mean.to_numpy(np.float64),
    )


def peculiar(model: TasteModel, products: pd.DataFrame) -> Floats:
    """Return (ROWS, M): what each answer adds for the very coffee, beyond its attributes."""
    nothing = np.zeros(len(model.weights))
    rows = [model.coffees.get(str(name), nothing) for name in products.index]
    return np.reshape(rows, (len(products), len(nothing))).T.astype(np.float64)

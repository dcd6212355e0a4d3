"""Expects how much each person likes each coffee, from a quiz, the coffee's attributes and the
ratings so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.taste.learn import fit_taste as fit_taste
from ml.taste.parts import DIGITS, LEAST, MOST, parts_of, with_own_ratings
from ml.taste.trained import BadModel as BadModel
from ml.taste.trained import TasteModel as TasteModel
from ml.taste.trained import Training as Training
from ml.taste.trained import prior_model as prior_model


@dataclass(frozen=True, eq=False)
class TasteScores:
    """Expected liking on 1..5: values (N, M), rows as in the quiz, columns as in the products;
    popularity (M,)."""

    values: Floats
    popularity: Floats
    model_version: str


def score(
    model: TasteModel, quiz: pd.DataFrame, products: pd.DataFrame, ratings: pd.DataFrame
) -> TasteScores:
    """Return how much every person of `quiz` (N) is expected to like every one of `products` (M).

    A person's own ratings (subscriber, product, liking 1-5; the mean of repeated ones) correct the
    expectation for similar coffees. A question left open counts as the average person's answer. A
    person of whom neither answers nor ratings are known gets the popularity of each coffee: what
    the average person may expect, drawn towards its mean rating; equal ones rank in the order of
    `products`. Ratings of unknown people or products are ignored.
    """
    parts = parts_of(model, quiz, products, ratings)
    values = with_own_ratings(parts, parts.answers @ parts.slopes + parts.crowd)
    values[parts.silent] = parts.popularity
    expected = np.asarray(np.round(np.clip(values, LEAST, MOST), DIGITS), dtype=np.float64)
    return TasteScores(expected, np.asarray(np.clip(parts.popularity, LEAST, MOST)), model.version)

"""Expects how much each person likes each coffee, from a quiz, the coffee's attributes and the
ratings so far."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from ml.arrays import Floats, Ints
from ml.taste.answers import ANSWER_NAMES, answer_table
from ml.taste.attributes import ATTRIBUTE_NAMES, attribute_table
from ml.taste.prior import NEUTRAL, prior_weights
from ml.taste.similarity import attribute_similarity

LEAST, MOST = 1.0, 5.0
SHRINK_POPULARITY = 5.0  # ratings of a coffee before its own mean counts half
SHRINK_COFFEE = 20.0  # the same for its deviation from what its attributes promise
SHRINK_PERSON = 2.0  # ratings of a person before her own mean counts half
SHRINK_NEIGHBOURS = 0.7  # similarity to her rated coffees before their deviations count half
DIGITS = 9  # scores are rounded here, so that machines that add in another order agree


class BadModel(ValueError):
    """A stored taste model does not fit this version of the quiz or of the attributes."""


@dataclass(frozen=True, eq=False)
class Training:
    """What a taste is learnt from, as in `score`: quiz by person, products, ratings (subscriber,
    product, liking)."""

    quiz: pd.DataFrame
    products: pd.DataFrame
    ratings: pd.DataFrame


@dataclass(frozen=True, eq=False)
class TasteModel:
    """Liking = answers x weights x attributes; weights (1 + answers, attributes), row 0 holds for
    everybody."""

    weights: Floats
    version: str

    def to_dict(self) -> dict[str, Any]:
        """Return the model as plain lists and words."""
        return {
            "version": self.version,
            "answers": list(ANSWER_NAMES),
            "attributes": list(ATTRIBUTE_NAMES),
            "weights": self.weights.tolist(),
        }

    @staticmethod
    def from_dict(stored: dict[str, Any]) -> TasteModel:
        """Return the model that `to_dict` described; raise BadModel if answers or attributes have
        changed since."""
        if stored.get("answers") != list(ANSWER_NAMES) or stored.get("attributes") != list(
            ATTRIBUTE_NAMES
        ):
            raise BadModel("the model was made for other quiz answers or other attributes")
        try:
            weights = np.asarray(stored["weights"], dtype=np.float64)
        except (KeyError, TypeError, ValueError) as reason:
            raise BadModel(f"the weights cannot be read: {reason}") from reason
        if (
            weights.shape != (1 + len(ANSWER_NAMES), len(ATTRIBUTE_NAMES))
            or not np.isfinite(weights).all()
        ):
            raise BadModel("the weights have the wrong shape or are no numbers")
        return TasteModel(weights, str(stored.get("version", "")))


@dataclass(frozen=True, eq=False)
class TasteScores:
    """Expected liking on 1..5: values (N, M), rows as in the quiz, columns as in the products;
    popularity (M,)."""

    values: Floats
    popularity: Floats
    model_version: str


def prior_model() -> TasteModel:
    """Return the hand-set taste a shop starts with."""
    return TasteModel(prior_weights(), "prior-1")


def fit_taste(training: Training, penalty: float = 60.0) -> TasteModel:
    """Return the prior, corrected by what people really liked.

    One ridge regression on all products of answers and attributes, on the liking the prior does not
    explain: where the ratings say nothing, the prior stays. It scores a coffee nobody has rated yet
    from its attributes. Without usable ratings the prior itself is returned.
    """
    person, product, liking = _usable(
        training.ratings, training.quiz.index, training.products.index
    )
    if not len(liking):
        return prior_model()
    answers, attributes = _with_one(answer_table(training.quiz)), attribute_table(training.products)
    prior = prior_weights()
    surprise = liking - np.einsum("ij,ij->i", (answers @ prior)[person], attributes[product])
    pairs = np.einsum("ij,ik->ijk", answers[person], attributes[product]).reshape(len(liking), -1)
    found = Ridge(alpha=penalty, fit_intercept=False, solver="cholesky").fit(pairs, surprise).coef_
    weights = np.round(prior + np.asarray(found, dtype=np.float64).reshape(prior.shape), DIGITS)
    return TasteModel(weights, f"ridge-{hashlib.sha256(weights.tobytes()).hexdigest()[:12]}")


def score(
    model: TasteModel, quiz: pd.DataFrame, products: pd.DataFrame, ratings: pd.DataFrame
) -> TasteScores:
    """Return how much every person of `quiz` (N) is expected to like every one of `products` (M).

    A person's own ratings (subscriber, product, liking 1-5; the mean of repeated ones) correct the
    expectation for similar coffees: item neighbourhood on attributes, shrunk. A person of whom
    neither answers nor ratings are known gets the popularity of each coffee, its mean rating
    shrunk; equal ones rank in the order of `products`. Ratings of unknown people or products are
    ignored.
    """
    person, product, liking = _usable(ratings, quiz.index, products.index)
    answers = answer_table(quiz)
    values = _with_one(answers) @ model.weights @ attribute_table(products).T
    popularity = _popularity(product, liking, len(products))
    if len(liking):
        values += _shrunk_mean(
            product, liking - values[person, product], len(products), SHRINK_COFFEE
        )
        values += _own_ratings(values, products, person, product, liking)
    silent = np.asarray(~answers.any(axis=1))
    silent[person] = False
    values[silent] = popularity
    expected = np.asarray(np.round(np.clip(values, LEAST, MOST), DIGITS), dtype=np.float64)
    return TasteScores(expected, popularity, model.version)


def _own_ratings(
    values: Floats, products: pd.DataFrame, person: Ints, product: Ints, liking: Floats
) -> Floats:
    """Return (N, M): what each person's deviations from expectation say about every coffee."""
    surprise = liking - values[person, product]
    mood = _shrunk_mean(person, surprise, len(values), SHRINK_PERSON)
    alike = attribute_similarity(products)
    weighted, weight = np.zeros(values.shape), np.zeros(values.shape)
    np.add.at(weighted, person, alike[product] * (surprise - mood[person])[:, None])
    np.add.at(weight, person, alike[product])
    return np.asarray(mood[:, None] + weighted / (weight + SHRINK_NEIGHBOURS))


def _popularity(product: Ints, liking: Floats, count: int) -> Floats:
    return np.round(
        NEUTRAL + _shrunk_mean(product, liking - NEUTRAL, count, SHRINK_POPULARITY), DIGITS
    )


def _shrunk_mean(group: Ints, amount: Floats, groups: int, shrink: float) -> Floats:
    total = np.bincount(group, amount, minlength=groups)
    return np.asarray(total / (np.bincount(group, minlength=groups) + shrink))


def _usable(
    ratings: pd.DataFrame, people: pd.Index[Any], products: pd.Index[Any]
) -> tuple[Ints, Ints, Floats]:
    """Return (row of the person, row of the product, liking) of every rating that can be used."""
    if ratings.empty:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    person = people.get_indexer(pd.Index(ratings["subscriber"]))
    product = products.get_indexer(pd.Index(ratings["product"]))
    liking = pd.to_numeric(ratings["liking"], errors="coerce").to_numpy(np.float64)
    known = (person >= 0) & (product >= 0) & np.isfinite(liking)
    table = pd.DataFrame(
        {"person": person, "product": product, "liking": np.clip(liking, LEAST, MOST)}
    )[known]
    mean = table.groupby(["person", "product"], sort=True)["liking"].mean()
    return (
        mean.index.get_level_values(0).to_numpy(np.int64),
        mean.index.get_level_values(1).to_numpy(np.int64),
        mean.to_numpy(np.float64),
    )


def _with_one(answers: Floats) -> Floats:
    return np.hstack([np.ones((len(answers), 1)), answers])

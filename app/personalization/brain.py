"""The one bridge to `ml`: the shop's rows become arrays, and arrays become taste and boxes."""

import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.catalog.models import Product
from app.personalization.models import TasteProfile
from ml.composer.check import ensure_right
from ml.composer.compose import compose
from ml.composer.problem import Problem as Problem
from ml.composer.problem import Solution as Solution
from ml.taste.model import TasteModel as TasteModel
from ml.taste.model import Training, fit_taste, prior_model, score
from ml.taste.similarity import attribute_similarity

Rating = tuple[uuid.UUID, uuid.UUID, int]
QUESTIONS = ("roast", "style", "strength", "brew_methods", "additions", "caffeine")
TASTES = ("roast", "process", "origin", "notes", "acidity", "body", "sweetness", "decaf")


def model_from(numbers: dict[str, Any] | None) -> TasteModel:
    """Return the stored taste model, or the one that a shop starts with."""
    return TasteModel.from_dict(numbers) if numbers else prior_model()


def taste_of(
    model: TasteModel,
    people: Sequence[tuple[uuid.UUID, TasteProfile | None]],
    products: Sequence[Product],
    ratings: Sequence[Rating],
) -> NDArray[np.float64]:
    """Return how much each person is expected to like each product: (people, products), 1 to 5."""
    quiz = _quiz_table(people)
    return score(model, quiz, _product_table(products), _rating_table(ratings)).values


def similarity_of(products: Sequence[Product]) -> NDArray[np.float64]:
    """Return how alike products are: (products, products), 0 to 1."""
    return attribute_similarity(_product_table(products))


def learn_taste(
    people: Sequence[tuple[uuid.UUID, TasteProfile | None]],
    products: Sequence[Product],
    ratings: Sequence[Rating],
) -> TasteModel:
    """Return a taste model learnt from people's answers and ratings."""
    training = Training(_quiz_table(people), _product_table(products), _rating_table(ratings))
    return fit_taste(training)


def solve(problem: Problem) -> Solution:
    """Compose a batch and have it checked by code that shares nothing with the composer."""
    solution = compose(problem)
    ensure_right(problem, solution)
    return solution


def _quiz_table(people: Sequence[tuple[uuid.UUID, TasteProfile | None]]) -> pd.DataFrame:
    rows = {
        question: [getattr(profile, question, None) for _, profile in people]
        for question in QUESTIONS
    }
    return pd.DataFrame(rows, index=[str(person) for person, _ in people], dtype=object)


def _product_table(products: Sequence[Product]) -> pd.DataFrame:
    rows = {name: [getattr(product, name) for product in products] for name in TASTES}
    table = pd.DataFrame(rows, index=[str(product.id) for product in products], dtype=object)
    for sense in ("acidity", "body", "sweetness"):
        table[sense] = table[sense].astype(float)
    return table


def _rating_table(ratings: Sequence[Rating]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "subscriber": [str(person) for person, _, _ in ratings],
            "product": [str(product) for _, product, _ in ratings],
            "liking": [float(liking) for _, _, liking in ratings],
        }
    )

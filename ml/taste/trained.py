"""What a shop has learnt about taste, as numbers that can be written down and read back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.taste.answers import ANSWER_NAMES
from ml.taste.attributes import ATTRIBUTE_NAMES
from ml.taste.kinship import Kinship
from ml.taste.prior import prior_weights

ROWS = 1 + len(ANSWER_NAMES)  # the first is for everybody, the others for one answer each


class BadModel(ValueError):
    """A stored taste model does not fit this version of the quiz or of the attributes."""


@dataclass(frozen=True, eq=False)
class Training:
    """What a taste is learnt from: quiz by person, products, ratings (subscriber, product,
    liking)."""

    quiz: pd.DataFrame
    products: pd.DataFrame
    ratings: pd.DataFrame


@dataclass(frozen=True, eq=False)
class TasteModel:
    """Liking = answers x (weights x attributes + what is peculiar to the coffee).

    weights (ROWS, attributes): row 0 holds for everybody. average (ROWS,): the answers of the
    average person, 1 first; they stand in for a question left open. coffees: for each product
    that was rated, (ROWS,) of what its attributes do not explain. kinship: what a rating of one
    coffee says about another.
    """

    weights: Floats
    version: str
    average: Floats = field(default_factory=lambda: np.eye(1, ROWS)[0])
    coffees: dict[str, Floats] = field(default_factory=dict)
    kinship: Kinship = field(default_factory=Kinship)

    def to_dict(self) -> dict[str, Any]:
        """Return the model as plain lists and words."""
        return {
            "version": self.version,
            "answers": list(ANSWER_NAMES),
            "attributes": list(ATTRIBUTE_NAMES),
            "weights": self.weights.tolist(),
            "average": self.average.tolist(),
            "kinship": self.kinship.to_dict(),
            "coffees": {name: each.tolist() for name, each in self.coffees.items()},
        }

    @staticmethod
    def from_dict(stored: dict[str, Any]) -> TasteModel:
        """Return the model that `to_dict` described; raise BadModel if answers or attributes have
        changed since, or if its numbers cannot be right."""
        if stored.get("answers") != list(ANSWER_NAMES) or stored.get("attributes") != list(
            ATTRIBUTE_NAMES
        ):
            raise BadModel("the model was made for other quiz answers or other attributes")
        try:
            weights, average = _array(stored["weights"]), _array(stored["average"])
            coffees = {str(name): _array(each) for name, each in stored["coffees"].items()}
            kinship = Kinship.from_dict(stored["kinship"])
        except (AttributeError, KeyError, TypeError, ValueError) as reason:
            raise BadModel(f"the weights cannot be read: {reason}") from reason
        shapes = {each.shape for each in (average, *coffees.values())}
        finite = all(np.isfinite(each).all() for each in (weights, average, *coffees.values()))
        if weights.shape != (ROWS, len(ATTRIBUTE_NAMES)) or shapes != {(ROWS,)} or not finite:
            raise BadModel("the weights have the wrong shape or are no numbers")
        return TasteModel(weights, str(stored.get("version", "")), average, coffees, kinship)


def prior_model() -> TasteModel:
    """Return the hand-set taste a shop starts with."""
    return TasteModel(prior_weights(), "prior-1")


def version_of(kind: str, *numbers: Floats) -> str:
    """Return a name that tells models with other numbers apart."""
    sha = hashlib.sha256()
    for each in numbers:
        sha.update(each.tobytes())
    return f"{kind}-{sha.hexdigest()[:12]}"


def _array(numbers: Any) -> Floats:
    return np.asarray(numbers, dtype=np.float64)

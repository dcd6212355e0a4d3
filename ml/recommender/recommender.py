"""The trained recommender: what it consists of, and how it is taken apart for storing and put
together again."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ml.recommender.crowd import Crowd
from ml.recommender.knowledge import FEATURES, Knowledge
from ml.recommender.labels import Vocabulary
from ml.recommender.scorecard import Card, Scorecard

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

FORM = "recommender-1"
LAYERS = ("scorecard", "trees")
Arrays = dict[str, npt.NDArray[Any]]


class BadRecommender(ValueError):
    """Stored parts do not make a recommender of this version; the message names the first fault."""


@dataclass(frozen=True, eq=False)
class Recommender:
    """All that was learnt and chosen; nothing in it changes once it is made.

    layer: "scorecard", or "trees" where gradient boosting on the best candidates has won on the
    shop's own validation. drawn (2,): log share of pairs that were learnt from, known and new.
    stretch (3, 2): slope and shift that set log odds right, of both cards (already in them) and of
    the trees. candidates: products per person that the trees look at. depth: boxes back that were
    learnt from. trial: what validation measured, by name.
    """

    knowledge: Knowledge
    scorecard: Scorecard
    trees: HistGradientBoostingClassifier | None
    drawn: npt.NDArray[np.float64]
    stretch: npt.NDArray[np.float64]
    candidates: int
    layer: str
    depth: int
    seed: int
    trial: dict[str, float]

    def parts(self) -> tuple[Arrays, dict[str, HistGradientBoostingClassifier]]:
        """Return plain arrays (numbers and text, no objects) and scikit-learn estimators, by name.

        The arrays fit `numpy.savez` with `allow_pickle=False`; the estimators, none or "trees", fit
        skops.
        """
        arrays: Arrays = {
            "form": np.array([FORM, *FEATURES], dtype=np.str_),
            "layer": np.array([self.layer], dtype=np.str_),
            "whole": np.array([self.candidates, self.depth, self.seed], dtype=np.int64),
            "drawn": self.drawn,
            "stretch": self.stretch,
            "trial_names": np.array(sorted(self.trial), dtype=np.str_),
            "trial": np.array([self.trial[name] for name in sorted(self.trial)], dtype=np.float64),
            "products": self.knowledge.products,
            "answers": np.array(self.knowledge.answers.words, dtype=np.str_),
            "words": np.array(self.knowledge.words.words, dtype=np.str_),
            "facts": self.knowledge.facts,
            "labels": self.knowledge.labels,
        }
        arrays |= _taken_apart("crowd", self.knowledge.crowd)
        arrays |= _taken_apart("met", self.scorecard.met)
        arrays |= _taken_apart("new", self.scorecard.new)
        return arrays, {} if self.trees is None else {"trees": self.trees}

    @staticmethod
    def from_parts(
        arrays: Arrays, estimators: dict[str, HistGradientBoostingClassifier]
    ) -> Recommender:
        """Return the recommender that `parts` took apart; raise BadRecommender if they do not fit
        together or are of another version."""
        try:
            made = _put_together(arrays, estimators)
        except (KeyError, IndexError, TypeError, ValueError) as reason:
            raise BadRecommender(f"the parts cannot be read: {reason}") from reason
        _refuse_misfits(made, arrays)
        return made


def _put_together(
    arrays: Arrays, estimators: dict[str, HistGradientBoostingClassifier]
) -> Recommender:
    if list(arrays["form"]) != [FORM, *FEATURES]:
        raise BadRecommender("the recommender was made by another version")
    knowledge = Knowledge(
        arrays["products"],
        Vocabulary(tuple(str(word) for word in arrays["answers"])),
        Vocabulary(tuple(str(word) for word in arrays["words"])),
        Crowd(**_of("crowd", Crowd, arrays)),
        arrays["facts"],
        arrays["labels"],
    )
    candidates, depth, seed = (int(number) for number in arrays["whole"])
    names = [str(name) for name in arrays["trial_names"]]
    return Recommender(
        knowledge,
        Scorecard(Card(**_of("met", Card, arrays)), Card(**_of("new", Card, arrays))),
        estimators.get("trees"),
        arrays["drawn"],
        arrays["stretch"],
        candidates,
        str(arrays["layer"][0]),
        depth,
        seed,
        dict(zip(names, (float(value) for value in arrays["trial"]), strict=True)),
    )


def _taken_apart(prefix: str, whole: Any) -> Arrays:
    return {f"{prefix}_{field.name}": getattr(whole, field.name) for field in fields(whole)}


def _of(prefix: str, kind: Any, arrays: Arrays) -> dict[str, Any]:
    return {field.name: arrays[f"{prefix}_{field.name}"] for field in fields(kind)}


def _refuse_misfits(made: Recommender, arrays: Arrays) -> None:
    knowledge, products = made.knowledge, len(made.knowledge.products)
    inner = products + len(knowledge.answers.words)
    shapes = {
        "crowd_weights": (2, inner, products),
        "crowd_pool": (len(knowledge.crowd.pool_names), products),
        "crowd_shown": (len(knowledge.crowd.pool_names), products),
        "labels": (products, len(knowledge.words.words)),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise BadRecommender(f"{name}: shape {arrays[name].shape} instead of {shape}")
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not name.endswith("edges") and not np.isfinite(array).all():
            raise BadRecommender(f"{name}: not all are numbers")
    if made.layer not in LAYERS or (made.layer == "trees" and made.trees is None):
        raise BadRecommender(f"layer: {made.layer} is not there")

"""What a ranking is worth: to each person, to the whole assortment, for the usual and for the
new."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Floats, Ints, Singles
from ml.recommender.ranking import TOP, best, hits, ndcg


@dataclass(frozen=True, eq=False)
class Verdict:
    """The measures of one ranking; those per person (N,) are NaN where nothing is to be found.

    coverage: share of products that anybody is shown; gini: 0 if all are shown equally often, near
    1 if always the same few. repeat and explore rank only what a person had, or never had, before.
    """

    ndcg: Floats
    recall: Floats
    hit: Floats
    repeat_ndcg: Floats
    explore_ndcg: Floats
    coverage: float
    gini: float

    def means(self) -> dict[str, float]:
        """Return every measure as one number."""
        named = {
            "ndcg10": self.ndcg,
            "recall10": self.recall,
            "hit10": self.hit,
            "repeat_ndcg10": self.repeat_ndcg,
            "explore_ndcg10": self.explore_ndcg,
        }
        means = {name: mean_of(values) for name, values in named.items()}
        return means | {"coverage": self.coverage, "gini": self.gini}


def judge(scores: Floats | Singles, wanted: Bools, had: Bools, again: bool = True) -> Verdict:
    """Return the measures of scores (N, M) against what was wanted (N, M), ten places deep.

    had (N, M): what the person knows already; with again=False it is no candidate.
    """
    allowed = scores if again else np.where(had, -np.inf, scores)
    top = best(allowed)
    found = hits(top, wanted)
    many = wanted.sum(axis=1)
    asked = many > 0
    recall = np.where(asked, found.sum(axis=1) / np.maximum(many, 1), np.nan)
    shown = np.bincount(top.ravel(), minlength=scores.shape[1])
    return Verdict(
        ndcg=ndcg(top, wanted),
        recall=recall,
        hit=np.where(asked, found.any(axis=1), np.nan),
        repeat_ndcg=_among(scores, wanted, had),
        explore_ndcg=_among(scores, wanted, ~had),
        coverage=float((shown > 0).mean()),
        gini=gini(shown),
    )


def gini(amounts: Ints) -> float:
    """Return how unevenly amounts (M,) are spread: 0 evenly, towards 1 all on one."""
    total = amounts.sum()
    if not total:
        return 0.0
    rank = np.arange(1, len(amounts) + 1)
    weighted = (rank * np.sort(amounts)).sum()
    return float(2.0 * weighted / (len(amounts) * total) - (len(amounts) + 1) / len(amounts))


def mean_of(values: Floats) -> float:
    """Return the mean of what is known, 0 if nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else 0.0


def by_segment(values: Floats, boxes: Ints) -> dict[str, float]:
    """Return the mean for people without a box, with 1 to 3, and with more."""
    groups = {"new": boxes == 0, "1-3 boxes": (boxes > 0) & (boxes <= 3), "old": boxes > 3}
    return {name: mean_of(values[chosen]) for name, chosen in groups.items() if chosen.any()}


def _among(scores: Floats | Singles, wanted: Bools, candidates: Bools) -> Floats:
    top = best(np.where(candidates, scores, -np.inf), TOP)
    return ndcg(top, wanted & candidates)

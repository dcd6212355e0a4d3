"""Scores people and products with a trained recommender, in blocks, and says what each score is
made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats, Ints, Singles
from ml.recommender.knowledge import FEATURES, View, look, names_of
from ml.recommender.log import checked
from ml.recommender.ranker import tree_log_odds
from ml.recommender.ranking import best
from ml.recommender.recommender import Recommender
from ml.recommender.scorecard import sorted_pairs


@dataclass(frozen=True, eq=False)
class Scores:
    """Chances (N, M) that the person would keep the product, made when asked for.

    people, products: what rows and columns stand for. Blocks of people can be had apart from each
    other and in any order, with the same result.
    """

    recommender: Recommender
    view: View
    people: pd.Index
    products: pd.Index

    @property
    def shape(self) -> tuple[int, int]:
        """Return (N, M)."""
        return self.view.shape

    def block(self, start: int, end: int, allowed: Bools | None = None) -> Singles:
        """Return (end - start, M) float32 chances; allowed (end - start, M) says what may be a
        candidate of the trees."""
        return _chance(log_odds_block(self.recommender, self.view, (start, end), allowed))

    def blocks(self) -> Iterator[tuple[int, int, Singles]]:
        """Yield (start, end, block) over all people."""
        for start, end in self.view.ranges():
            yield start, end, self.block(start, end)

    def matrix(self) -> Singles:
        """Return all chances at once, (N, M) float32."""
        whole = np.empty(self.shape, np.float32)
        for start, end, block in self.blocks():
            whole[start:end] = block
        return whole


@dataclass(frozen=True, eq=False)
class Reasons:
    """What the scorecard's log odds of P pairs are made of.

    features names the columns of contributions (P, FEATURES) and values (P, FEATURES, NaN where
    unknown); contributions and intercept (P,) add up to log_odds (P,). usual (P, FEATURES) is what
    the same features add on average over all products for the same person: what speaks for this
    product rather than another is contributions - usual.
    """

    features: tuple[str, ...]
    contributions: Singles
    values: Singles
    intercept: Singles
    log_odds: Singles
    usual: Singles


def score(
    recommender: Recommender, events: pd.DataFrame, people: pd.DataFrame, products: pd.DataFrame
) -> Scores:
    """Return the chances of everybody in `people` (quiz by subscriber) with `products` as of the
    end of `events`.

    A person without events is judged by her answers, a product unknown to the recommender by its
    labels. Same parts, same events: same bytes, however the people are divided into blocks.
    """
    view = look(recommender.knowledge, checked(events), people, products)
    return Scores(recommender, view, people.index, products.index)


def log_odds_block(
    recommender: Recommender,
    view: View,
    people: tuple[int, int],
    allowed: Bools | None = None,
) -> Singles:
    """Return (end - start, M) calibrated log odds of the people from start to before end."""
    scores = recommender.scorecard.block(view, *people)
    if recommender.layer != "trees" or recommender.trees is None:
        return scores
    person, product, odds = tree_block(recommender, view, scores, people[0], allowed)
    slope, shift = recommender.stretch[2]
    chosen = np.round(slope * odds + shift, 6).astype(np.float32)
    scores[person, product] = chosen
    return scores


def tree_block(
    recommender: Recommender,
    view: View,
    scores: Singles,
    start: int,
    allowed: Bools | None = None,
) -> tuple[Ints, Ints, Floats]:
    """Return (row in the block, product, log odds not yet set right) of the candidates; `scores`
    (people, M) are the scorecard's of the people from `start` on."""
    shown = scores if allowed is None else np.where(allowed, scores, -np.inf)
    person, product = sorted_pairs(best(shown.astype(np.float64), recommender.candidates))
    features = view.features(person + start, product)
    return person, product, tree_log_odds(recommender.trees, features, *recommender.drawn)


def explain(scores: Scores, person: Ints, product: Ints) -> Reasons:
    """Return what the scores of pairs (rows of `scores`, sorted by person) are made of."""
    card = scores.recommender.scorecard
    features = scores.view.features(person, product)
    contributions = card.contributions(features)
    log_odds = card.log_odds(features)
    intercept = log_odds - contributions.sum(axis=1)
    usual = _usual(scores, np.unique(person))
    place = np.searchsorted(np.unique(person), person)
    return Reasons(FEATURES, contributions, features, intercept, log_odds, usual[place])


def row_of(index: pd.Index, name: object) -> int:
    """Return the row of a person or product; raise KeyError if it is not there."""
    found = pd.Index(names_of(index)).get_loc(str(name))
    if not isinstance(found, int):
        raise KeyError(f"{name} is there twice")
    return found


def _usual(scores: Scores, people: Ints) -> Singles:
    """Return (people, FEATURES): mean contribution over all products."""
    products = scores.shape[1]
    usual = np.empty((len(people), len(FEATURES)), np.float32)
    for row, person in enumerate(people):
        everything = np.arange(products)
        features = scores.view.features(np.full(products, person), everything)
        usual[row] = scores.recommender.scorecard.contributions(features).mean(axis=0)
    return usual


def _chance(log_odds: Singles) -> Singles:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)), dtype=np.float32)

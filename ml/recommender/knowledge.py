"""Everything learnt from the log that a score starts from, and the view of people through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.arrays import Floats, Ints, Singles
from ml.recommender.crowd import CROWD, Crowd, Inputs, crowd_scores, fit_crowd, inputs_of
from ml.recommender.facts import (
    PAIR,
    PERSON,
    PRODUCT,
    PairFacts,
    pair_facts,
    person_facts,
    product_facts,
)
from ml.recommender.labels import Vocabulary, vocabulary_of
from ml.recommender.log import log_of

FEATURES = (*PAIR, *PERSON, *PRODUCT, *CROWD)
Names = npt.NDArray[np.str_]
RIDGE = 1.0  # how little the labels of few products may say of another
CELLS = 400_000  # pairs looked at together: few enough for the cache of one core


@dataclass(frozen=True)
class Settings:
    """What validation chooses: `penalty` of the autoencoder; and the seed of all chance."""

    penalty: float = 300.0
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Knowledge:
    """What a log says of M products: crowd models, facts (M, PRODUCT), labels (M, words)."""

    products: Names
    answers: Vocabulary
    words: Vocabulary
    crowd: Crowd
    facts: Singles
    labels: Floats


@dataclass(frozen=True, eq=False)
class View:
    """N people and M' products as a model sees them: everything but the crowd's N x M' scores."""

    inputs: Inputs
    pairs: PairFacts
    person: Singles
    product: Singles
    crowd: Crowd
    boxes: Ints

    @property
    def shape(self) -> tuple[int, int]:
        """Return (N, M')."""
        return len(self.person), len(self.product)

    def ranges(self) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of people that fit into memory together."""
        people, products = self.shape
        size = max(1, CELLS // max(products, 1))
        for start in range(0, people, size):
            yield start, min(start + size, people)

    def crowd_of(self, people: Ints) -> Singles:
        """Return (CROWD, people, M'): what the crowd models say of these people."""
        return crowd_scores(self.crowd, self.inputs.rows(people))

    def features(self, person: Ints, product: Ints) -> Singles:
        """Return (P, FEATURES) of pairs sorted by person, NaN where unknown."""
        said = np.empty((len(CROWD), len(person)), dtype=np.float32)
        asked, row = np.unique(person, return_inverse=True)
        size = max(1, CELLS // max(self.shape[1], 1))
        for start in range(0, len(asked), size):
            end = min(start + size, len(asked))
            first, last = np.searchsorted(row, [start, end])
            block = self.crowd_of(asked[start:end])
            said[:, first:last] = block[:, row[first:last] - start, product[first:last]]
        return self.gathered(person, product, said)

    def gathered(self, person: Ints, product: Ints, said: Singles) -> Singles:
        """Return (P, FEATURES) of pairs of which it is known what the crowd says, (CROWD, P)."""
        columns = [self._pair_rows(person, product), self.person[person], self.product[product]]
        return np.hstack([*columns, said.T])

    def _pair_rows(self, person: Ints, product: Ints) -> Singles:
        """Return (P, PAIR): the facts of these pairs, NaN where the log knows nothing."""
        known = self.pairs.person * self.shape[1] + self.pairs.product
        asked = person * self.shape[1] + product
        rows = np.full((len(asked), len(PAIR)), np.nan, dtype=np.float32)
        if len(known):
            place = np.minimum(np.searchsorted(known, asked), len(known) - 1)
            found = known[place] == asked
            rows[found] = self.pairs.facts[place[found]]
        return rows


def learn(
    events: pd.DataFrame, quiz: pd.DataFrame, products: pd.DataFrame, settings: Settings
) -> Knowledge:
    """Return what the log up to now says; quiz by subscriber, products by product, any columns."""
    log = log_of(events, quiz.index, products.index)
    answers, words = (
        vocabulary_of(quiz),
        vocabulary_of(products.drop(columns="price", errors="ignore")),
    )
    names = names_of(quiz.index)
    crowd = fit_crowd(log, answers.encode(quiz), names, settings)
    facts = product_facts(log, products)
    return Knowledge(names_of(products.index), answers, words, crowd, facts, words.encode(products))


def look(
    knowledge: Knowledge, events: pd.DataFrame, quiz: pd.DataFrame, products: pd.DataFrame
) -> View:
    """Return the people of `quiz` and the `products` as the knowledge sees them.

    Products that were not there when it was learnt are judged by those with like labels.
    """
    rows, bridge = _bridge(knowledge, products)
    names = pd.Index(names_of(products.index))
    whole = log_of(events, quiz.index, pd.Index(knowledge.products), as_text=True)
    known = _same(rows, knowledge)
    shown = whole if known else log_of(events, quiz.index, names, as_text=True)
    facts = knowledge.facts[rows] if bridge is None else _facts(knowledge, bridge, rows)
    return View(
        inputs_of(whole, knowledge.answers.encode(quiz), names_of(quiz.index)),
        pair_facts(shown),
        person_facts(whole),
        facts,
        knowledge.crowd if known else knowledge.crowd.of(rows, bridge),
        whole.boxes,
    )


def names_of(index: pd.Index) -> Names:
    """Return what people or products are called, as text."""
    return np.asarray([str(name) for name in index], dtype=np.str_)


def _bridge(knowledge: Knowledge, products: pd.DataFrame) -> tuple[Ints, Singles | None]:
    """Return the row of each product (M',), -1 if new, and (M', M) how to make each from those
    that are known; None if none is new.

    A known product is itself; a new one is the ridge regression on labels, which is a weighted sum
    of the known ones.
    """
    names = names_of(products.index)
    rows = pd.Index(knowledge.products).get_indexer(pd.Index(names)).astype(np.int64)
    new = rows < 0
    if not new.any():
        return rows, None
    one = np.column_stack([np.ones(len(knowledge.labels)), knowledge.labels])
    gram = one.T @ one + RIDGE * np.eye(one.shape[1])
    asked = np.column_stack([np.ones(new.sum()), knowledge.words.encode(products[new])])
    bridge = np.zeros((len(names), len(knowledge.products)))
    bridge[np.flatnonzero(~new), rows[~new]] = 1.0
    bridge[new] = asked @ np.linalg.solve(gram, one.T)
    return rows, bridge.astype(np.float32)


def _facts(knowledge: Knowledge, bridge: Singles, rows: Ints) -> Singles:
    facts = (bridge @ knowledge.facts).astype(np.float32)
    facts[rows < 0, PRODUCT.index("age")] = 0.0
    return np.asarray(facts, dtype=np.float32)


def _same(rows: Ints, knowledge: Knowledge) -> bool:
    return len(rows) == len(knowledge.products) and bool((rows == np.arange(len(rows))).all())

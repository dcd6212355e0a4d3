"""Counts, from the log alone, what is known of a person, of a product, and of the two together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats, Ints, Singles
from ml.recommender.labels import numbers_in
from ml.recommender.log import KINDS, Log

PAIR = (
    "times",
    "share of boxes",
    "share of last boxes",
    "boxes since",
    "usual gap",
    "due",
    "steady",
    "mean rating",
    "last rating",
    "kept",
    "ordered again",
    "swapped in",
    "swapped out",
    "skipped",
)
PERSON = ("boxes", "box size", "variety")
PRODUCT = ("popularity", "trend", "taken again", "rating of all", "age", "price")
LAST = 5  # boxes that count as the last ones
STEADY = 0.9  # what a box counts against the one after it
DOUBT = 5.0  # ratings of a product before its own mean counts half
NEUTRAL = 3.0


@dataclass(frozen=True, eq=False)
class PairFacts:
    """Facts of pairs of which the log knows something; pairs sorted by person, then product.

    person, product (P,); facts (P, PAIR) float32, NaN where unknown; start (people + 1,) where each
    person's pairs begin.
    """

    person: Ints
    product: Ints
    facts: Singles
    start: Ints


def pair_facts(log: Log) -> PairFacts:
    """Return what each person's own past says of the products she has met."""
    pair, first = log.pairs
    person, product = log.person[log.by_pair[first]], log.product[log.by_pair[first]]
    columns = _taken_facts(log, person) | _rating_facts(log, len(first))
    kinds = pair * len(KINDS) + log.kind[log.by_pair]
    counts = np.bincount(kinds, minlength=len(first) * len(KINDS)).reshape(-1, len(KINDS))
    for name, kind in (
        ("kept", "keep"),
        ("ordered again", "reorder"),
        ("swapped in", "swap_in"),
        ("swapped out", "swap_out"),
        ("skipped", "skip"),
    ):
        columns[name] = counts[:, KINDS.index(kind)].astype(np.float64)
    # Read by column, so kept by column.
    facts = np.empty((len(PAIR), len(person)), np.float32).T
    for place, name in enumerate(PAIR):
        facts[:, place] = columns[name]
    start = np.searchsorted(person, np.arange(log.people + 1))
    return PairFacts(person, product, facts, start.astype(np.int64))


def person_facts(log: Log) -> Singles:
    """Return (N, PERSON): number of boxes, mean size of a box, different products per unit."""
    units = log.units
    size = np.bincount(units[:, 0], minlength=log.people)
    another = np.ones(len(units), dtype=np.bool_)
    another[1:] = (units[1:, :2] != units[:-1, :2]).any(axis=1)
    variety = np.bincount(units[another, 0], minlength=log.people)
    facts = [log.boxes, size / np.maximum(log.boxes, 1), variety / np.maximum(size, 1)]
    return np.column_stack(facts).astype(np.float32)


def product_facts(log: Log, products: pd.DataFrame) -> Singles:
    """Return (M, PRODUCT) as of the end of the log.

    popularity: log of the share of boxes it is in; trend: the same in the newest fifth of events
    against all; taken again: share of its takers who took it twice; rating of all: mean, shrunk;
    age: share of the log since it was first met; price: its column, 0 if unknown.
    """
    units = log.units
    taken = np.bincount(units[:, 1], minlength=log.products).astype(np.float64)
    boxes = max(float(log.boxes.sum()), 1.0)
    pairs, times = np.unique(units[:, 0] * log.products + units[:, 1], return_counts=True)
    owners = np.bincount(pairs % log.products, minlength=log.products)
    again = np.bincount(pairs[times > 1] % log.products, minlength=log.products)
    facts = [
        np.log((taken + 0.5) / boxes),
        _trend(log),
        again / (owners + 1.0),
        _liking(log),
        _age(log),
        _prices(products),
    ]
    return np.column_stack(facts).astype(np.float32)


def _taken_facts(log: Log, person: Ints) -> dict[str, Floats]:
    """Return the facts about taking, one value per pair; person (P,) is whose pair it is."""
    owner, _, box = log.units.T
    pairs, where = len(person), log.pairs[0][log.unit_places]
    boxes = log.boxes[person].astype(np.float64)
    back = np.maximum(log.boxes[owner] - 1 - box, 0)
    many = np.bincount(where, minlength=pairs)
    count, end = many.astype(np.float64), np.cumsum(many)
    # Boxes of one pair stand together and rise, so the first is the oldest.
    ends = np.append(back, 0)
    newest, oldest = ends[np.maximum(end - 1, 0)], ends[end - many]
    since = np.where(many > 0, newest, np.nan)
    gap = np.where(many > 1, (oldest - newest) / np.maximum(count - 1, 1), np.nan)
    lately = np.bincount(where[back < LAST], minlength=pairs)
    powers = STEADY ** np.arange(int(log.boxes.max(initial=0)) + 1)
    steady = np.bincount(where, powers[back], minlength=pairs)
    steady_all = (1 - powers[log.boxes[person]]) / (1 - STEADY)
    return {
        "times": count,
        "share of boxes": count / np.maximum(boxes, 1),
        "share of last boxes": lately / np.clip(boxes, 1, LAST),
        "boxes since": since,
        "usual gap": gap,
        "due": (since + 1) / np.where(np.isfinite(gap), gap, boxes + 1),
        "steady": steady / np.maximum(steady_all, 1e-9),
    }


def _rating_facts(log: Log, pairs: int) -> dict[str, Floats]:
    rated = (log.of_kind("rating", "tasting") & np.isfinite(log.value))[log.by_pair]
    where, event = log.pairs[0][rated], log.by_pair[rated]
    value = log.value[event]
    count = np.bincount(where, minlength=pairs)
    mean = np.bincount(where, value, minlength=pairs) / np.where(count > 0, count, np.nan)
    last = np.full(pairs, np.nan)
    order = np.lexsort((event, log.at[event]))
    last[where[order]] = value[order]
    return {"mean rating": mean, "last rating": last}


def _trend(log: Log) -> Floats:
    when = log.at[log.taken]
    if not len(when):
        return np.zeros(log.products)
    new: Bools = when >= np.quantile(when, 0.8)
    lately = np.bincount(log.product[log.taken][new], minlength=log.products)
    ever = np.bincount(log.product[log.taken], minlength=log.products)
    return np.log((lately + 2.0) / (0.2 * ever + 2.0))


def _liking(log: Log) -> Floats:
    rated = log.of_kind("rating", "tasting") & np.isfinite(log.value)
    count = np.bincount(log.product[rated], minlength=log.products)
    total = np.bincount(log.product[rated], log.value[rated] - NEUTRAL, minlength=log.products)
    return np.asarray(NEUTRAL + total / (count + DOUBT))


def _age(log: Log) -> Floats:
    if not len(log.at):
        return np.zeros(log.products)
    first = np.full(log.products, log.at.max())
    np.minimum.at(first, log.product, log.at)
    return np.asarray((log.at.max() - first) / max(float(np.ptp(log.at)), 1e-9))


def _prices(products: pd.DataFrame) -> Floats:
    if "price" not in products:
        return np.zeros(len(products))
    price = numbers_in(products["price"])
    middle = np.nanmedian(price) if np.isfinite(price).any() else 0.0
    return np.where(np.isfinite(price), price, middle)

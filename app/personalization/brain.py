"""The one bridge to `ml`: the shop's rows become arrays, and arrays become taste and boxes."""

import uuid
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.catalog.models import Product
from app.core.refusals import Refused
from app.personalization.model_rules import ModelRefusal
from app.personalization.models import HouseholdMember, TasteProfile
from app.personalization.queries import Line
from ml.composer.bands import Band as Band
from ml.composer.check import ensure_right
from ml.composer.compose import compose
from ml.composer.fair import Fairness, compose_fair
from ml.composer.fair import credit_of as credit_of
from ml.composer.ideal import Ideal, box_values, ideal_of, missed_of, satisfaction_of
from ml.composer.kinds import kinds_curve
from ml.composer.palates import Palates as Palates
from ml.composer.palates import shared_fairly
from ml.composer.problem import Problem as Problem
from ml.composer.problem import Solution as Solution
from ml.composer.shard_pool import shared_again
from ml.composer.shards import apportioned as apportioned
from ml.composer.shards import demand_at, prices_for, quotas, share_of
from ml.recommender import habit_reasons, habits
from ml.recommender.habits import HistoryModel as HistoryModel
from ml.recommender.habits import Known as Known
from ml.taste.attributes import ATTRIBUTE_NAMES, attribute_table
from ml.taste.explain import explain
from ml.taste.household import household_score
from ml.taste.model import TasteModel as TasteModel
from ml.taste.model import score
from ml.taste.similarity import attribute_similarity

Rating = tuple[uuid.UUID, uuid.UUID, int]
Model = TasteModel | HistoryModel
Table = Sequence[Sequence[int]]
Answers = TasteProfile | HouseholdMember
CHOSEN_FOR = 45 * 86400  # seconds: so long before a box leaves it may be asked what is in it
QUESTIONS = ("roast", "style", "strength", "brew_methods", "additions", "caffeine", "expertise")
TOLD = ("model_version", "expected", "rank", "offered", "reasons", "lever")
TASTES = ("roast", "process", "origin", "notes", "acidity", "body", "sweetness", "decaf")


@dataclass(frozen=True, eq=False)
class Tasting:
    """What tastes are told from: people with their answers, products, and ratings.

    `lines` is the diary of these people, which only a model of histories reads.
    """

    people: Sequence[tuple[uuid.UUID, Answers | None]]
    products: Sequence[Product]
    ratings: Sequence[Rating]
    lines: Sequence[Line] = ()


def taste_of(model: Model, tasting: Tasting) -> NDArray[np.float64]:
    """Return how much each person is expected to like each product: (people, products), 1 to 5."""
    if isinstance(model, HistoryModel):
        return habits.score(model, known_of(tasting))
    quiz, products = quiz_table(tasting.people), product_table(tasting.products)
    return score(model, quiz, products, rating_table(tasting.ratings)).values


def known_of(tasting: Tasting) -> Known:
    """Return what a model of histories reads."""
    return Known(
        quiz_table(tasting.people),
        product_table(tasting.products),
        rating_table(tasting.ratings),
        event_table(tasting.lines),
    )


def explain_taste(
    model: Model,
    tasting: Tasting,
    pairs: Sequence[tuple[uuid.UUID, uuid.UUID]],
    offered: Container[uuid.UUID],
) -> dict[tuple[uuid.UUID, uuid.UUID], dict[str, Any]]:
    """Return why each (person, product) is scored as it is, compared with the products offered.

    Plain words and numbers: `expected` (1 to 5), `rank` among `offered`, `reasons` (the
    strongest, and the next if the rank hangs on it too) and `lever` (what would change the rank
    most, or None).
    """
    if not pairs:
        return {}
    known = known_of(tasting)
    known.products["on_offer"] = [product.id in offered for product in tasting.products]
    named = [(str(person), str(product)) for person, product in pairs]
    if isinstance(model, HistoryModel):
        told = habit_reasons.explain(model, known, named)
    else:
        told = explain(model, known.quiz, known.products, known.ratings, named)
    return {
        pair: {name: value for name, value in each.to_dict().items() if name in TOLD}
        for pair, each in zip(pairs, told, strict=True)
    }


def traits_of(products: Sequence[Product]) -> dict[str, NDArray[np.float64]]:
    """Return what each product is like, by trait: (products,); see `ml.taste.attributes`."""
    table = attribute_table(product_table(products))
    return dict(zip(ATTRIBUTE_NAMES, table.T, strict=True))


def similarity_of(products: Sequence[Product]) -> NDArray[np.float64]:
    """Return how alike products are: (products, products), 0 to 1."""
    return attribute_similarity(product_table(products))


def pose(**parts: Any) -> Problem:
    """Return a batch to be composed, its parts as those of Problem.

    Refuse what cannot be meant, as scores that are no numbers: nothing is composed by them.
    """
    try:
        return Problem(**parts)
    except ValueError as reason:
        raise Refused(ModelRefusal.CANNOT_COMPOSE, offer=str(reason)) from reason


def worth_to_all(
    likings: NDArray[np.float64], slots: int, allowed: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return what each product is worth to people who share a box; see `household_score`."""
    return household_score(likings, slots, allowed)


def solve(
    problem: Problem,
    credit: NDArray[np.float64] | None = None,
    wished: Problem | None = None,
    palates: Palates | None = None,
) -> Solution:
    """Compose a batch fairly and have it checked by code that shares nothing with the composer.

    `credit` (boxes,) is the weight each box brings along from its past. `wished` is the batch as it
    would be asked for if nothing were scarce: what satisfaction is measured against. `palates` are
    those of the boxes that several people share: none of them comes off badly if it can be helped.
    """
    terms = Fairness(credit=credit)
    solution = compose_fair(problem, terms, ideal=ideal_of(wished or problem)).solution
    if palates is not None:
        solution = shared_fairly(problem, solution, palates)
    ensure_right(problem, solution)
    return solution


@dataclass(frozen=True, eq=False)
class Judged:
    """How every box came out against the same box under unlimited stock, (boxes,) each; `missed`
    are (row, column, units), the most wanted first."""

    satisfaction: NDArray[np.float64]
    value: NDArray[np.float64]
    ideal_value: NDArray[np.float64]
    missed: list[tuple[int, int, int]]


def judge(problem: Problem, solution: Solution, wished: Problem) -> Judged:
    """Return how every box came out, with `wished` as for `solve`."""
    ideal: Ideal = ideal_of(wished)
    value = box_values(problem, solution)
    missed = missed_of(problem, ideal, solution)
    cells = zip(missed.box.tolist(), missed.item.tolist(), missed.units.tolist(), strict=True)
    satisfaction = satisfaction_of(value, ideal.value)
    return Judged(satisfaction, value, ideal.value, list(cells))


KINDS = (3, 10, 30, 100, 300, 1000)


def curve_of_kinds(problem: Problem, most: int) -> tuple[int, int, list[tuple[int, float, int]]]:
    """Return what fewer different boxes would cost, from a sample of at most `most` boxes.

    The boxes of the sample, how many different ones they are when composed freely, and points of
    (different boxes, share of the free value, boxes that find none they may have).
    """
    step = -(-problem.boxes // most) or 1
    rows = np.arange(0, problem.boxes, step)
    part = len(rows) / (problem.boxes or 1)
    sample = Problem(
        scores=np.asarray(problem.scores[:], dtype=np.float64)[rows],
        allowed=np.asarray(problem.allowed[:])[rows],
        slots=problem.slots[rows],
        stock=np.ceil(problem.stock * part).astype(np.int64),
        max_per_item=np.ones(len(rows), dtype=np.int64),
        min_distinct=np.zeros(len(rows), dtype=np.int64),
        seed=problem.seed,
    )
    free = compose(sample)
    held = np.zeros(sample.scores.shape, dtype=bool)
    held[free.box, free.item] = True
    kinds = len(np.unique(held[sample.slots > 0], axis=0))
    ladder = [each for each in KINDS if each < kinds]
    points = kinds_curve(sample, free, ladder)
    return len(rows), kinds, [(each.kinds, each.share, each.unserved) for each in points]


def quiz_table(people: Sequence[tuple[uuid.UUID, Answers | None]]) -> pd.DataFrame:
    """Return the answers of people as the learning part reads them, a row for each person."""
    rows = {
        question: [getattr(profile, question, None) for _, profile in people]
        for question in QUESTIONS
    }
    return pd.DataFrame(rows, index=[str(person) for person, _ in people], dtype=object)


def product_table(products: Sequence[Product]) -> pd.DataFrame:
    """Return what is known of products as the learning part reads it, a row for each."""
    rows = {name: [getattr(product, name) for product in products] for name in TASTES}
    table = pd.DataFrame(rows, index=[str(product.id) for product in products], dtype=object)
    for sense in ("acidity", "body", "sweetness"):
        table[sense] = table[sense].astype(float)
    return table


def rating_table(ratings: Sequence[Rating]) -> pd.DataFrame:
    """Return ratings as the learning part reads them: subscriber, product, liking."""
    return pd.DataFrame(
        {
            "subscriber": [str(person) for person, _, _ in ratings],
            "product": [str(product) for _, product, _ in ratings],
            "liking": [float(liking) for _, _, liking in ratings],
        }
    )


def event_table(lines: Sequence[Line]) -> pd.DataFrame:
    """Return the diary as the learning part reads it: subscriber, product, kind, value, at, box.

    What was swapped in or asked for belongs to the box that was kept next; whatever was said
    afterwards to the last box before it.
    """
    table = pd.DataFrame(
        {
            "subscriber": [str(line.subscriber_id) for line in lines],
            "product": [str(line.product_id) for line in lines],
            "kind": [line.kind.value for line in lines],
            "value": [np.nan if line.value is None else float(line.value) for line in lines],
            "at": np.array([line.at.timestamp() for line in lines], dtype=np.float64),
        }
    ).sort_values("at", kind="stable", ignore_index=True)
    kept = table["kind"] == "keep"
    asked = table["kind"].isin(("swap_in", "reorder"))
    boxes = table.loc[kept, ["subscriber", "at"]].drop_duplicates()
    found = pd.merge_asof(
        table.loc[kept | asked, ["subscriber", "at"]].reset_index(),
        boxes.assign(box=boxes["at"]),
        on="at",
        by="subscriber",
        direction="forward",
        tolerance=CHOSEN_FOR,
    ).set_index("index")
    table["box"] = found["box"].fillna(found["at"]).reindex(table.index)
    table["box"] = table.groupby("subscriber")["box"].ffill()
    return table


def sample_prices(problem: Problem) -> list[float]:
    """Return what the last unit of each offer is worth, from a sample with its share of stock."""
    return [round(float(price), 9) for price in prices_for(problem)]


def demand_of(problem: Problem, prices: Sequence[float]) -> list[int]:
    """Return the units of each offer that the boxes would hold at the prices, choices included."""
    return [int(units) for units in demand_at(problem, np.array(prices, dtype=np.float64))]


def split_stock(
    stock: Sequence[int], demand: Table, slots: Sequence[int], settled: Table
) -> list[list[int]]:
    """Return each shard's units of each offer; see `ml.composer.shards.quotas`."""
    asked = [np.array(each, dtype=np.int64) for each in (stock, demand, slots, settled)]
    return [[int(units) for units in row] for row in quotas(*asked)]


def share_again(
    problems: Sequence[Problem], solutions: Sequence[Solution], stock: Sequence[int]
) -> dict[int, list[int]]:
    """Return new quotas of some shards; see `ml.composer.shard_pool.shared_again`."""
    found = shared_again(problems, solutions, np.array(stock, dtype=np.int64), compose)
    return {at: [int(units) for units in quota] for at, quota in found.items()}


def dual_of(problem: Problem, solution: Solution, prices: Sequence[float]) -> float:
    """Return what the boxes of a shard add to the bound of the whole batch."""
    return share_of(problem, solution, np.array(prices, dtype=np.float64)).dual

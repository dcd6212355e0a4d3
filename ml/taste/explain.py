"""Says why a person is expected to like a product: the parts of the score, the two strongest
reasons, and what would change it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats, Ints
from ml.taste.answers import ANSWER_NAMES
from ml.taste.attributes import ATTRIBUTE_NAMES, attribute_table
from ml.taste.parts import DIGITS, LEAST, MOST, parts_of, peculiar
from ml.taste.reasons import Change, Contribution, Explanation, Kind, Lever
from ml.taste.trained import TasteModel
from ml.taste.versions import Person, Version, person_of, values_of, versions_of

# Attributes that only together mean something to people.
TOGETHER = {"roast squared": "roast"}
TRAITS = tuple(name for name in ATTRIBUTE_NAMES[1:] if name not in TOGETHER)

What = tuple[str, int]  # "answer" or "rating", and which of the person's
NOTHING: What = ("", -1)


@dataclass(frozen=True, eq=False)
class Shelf:
    """The products as an explanation sees them.

    offered (M,); values (traits, M) of each of TRAITS; through (ROWS, traits, M): what each answer
    adds through each trait; peculiar (ROWS, M): what it adds for the coffee itself.
    """

    names: tuple[str, ...]
    offered: Bools
    model: TasteModel
    values: Floats
    through: Floats
    peculiar: Floats

    def above_average(self, amounts: Floats) -> Floats:
        """Return amounts (..., M) less their mean over the products on offer."""
        return np.asarray(amounts - amounts[..., self.offered].mean(axis=-1, keepdims=True))


def explain(
    model: TasteModel,
    quiz: pd.DataFrame,
    products: pd.DataFrame,
    ratings: pd.DataFrame,
    pairs: Sequence[tuple[str, str]],
) -> list[Explanation]:
    """Return why each (person, product) of `pairs` is scored as it is, in that order.

    Quiz, products and ratings as in `score`, whose values these explanations add up to. If
    `products` has a column `on_offer`, only those are compared and ranked (others may be there
    because somebody rated them); without one, or if nothing is, all are. Raises KeyError for
    unknown people and products.
    """
    parts = parts_of(model, quiz, products, ratings)
    shelf = _shelf(model, products)
    place = {name: row for row, name in enumerate(shelf.names)}
    people = {str(name): row for row, name in enumerate(quiz.index)}
    wanted: dict[str, list[int]] = {}
    for person, product in pairs:
        wanted.setdefault(person, []).append(place[product])
    found: dict[tuple[str, str], Explanation] = {}
    for name, columns in wanted.items():
        person_seen = person_of(parts, people[name])
        for each in _of_one_person(shelf, person_seen, sorted(set(columns))):
            found[name, each.product] = replace(each, person=name)
    return [found[pair] for pair in pairs]


def _shelf(model: TasteModel, products: pd.DataFrame) -> Shelf:
    offered = (
        products["on_offer"].to_numpy(bool)
        if "on_offer" in products
        else np.ones(len(products), bool)
    )
    table = attribute_table(products)
    parted = np.zeros((len(model.weights), len(TRAITS), len(products)))
    for column, name in enumerate(ATTRIBUTE_NAMES[1:], 1):
        trait = TRAITS.index(TOGETHER.get(name, name))
        parted[:, trait] += model.weights[:, column, None] * table[:, column]
    return Shelf(
        names=tuple(str(name) for name in products.index),
        offered=offered if offered.any() else np.ones(len(products), bool),
        model=model,
        values=table[:, [ATTRIBUTE_NAMES.index(trait) for trait in TRAITS]].T,
        through=parted,
        peculiar=peculiar(model, products),
    )


def _of_one_person(shelf: Shelf, person: Person, columns: list[int]) -> Iterable[Explanation]:
    now = person.as_is()
    expected = values_of(person, [now])[0]
    versions = versions_of(person)
    values = values_of(person, versions)
    removed = {_what(each): row for row, each in enumerate(versions) if _takes(each)}
    for column in columns:
        ranks = _ranks(values, shelf.offered, column)
        rank = int(_ranks(expected[None], shelf.offered, column)[0])
        parts = []
        for what, part in _amounts(shelf, person, column):
            row = removed.get(what)
            without = (
                int(ranks[row])
                if row is not None
                else _rank_if_plain(part, shelf, expected, column)
            )
            parts.append(replace(part, rank_without=without))
        total = float(expected[column])
        yield Explanation(
            person="",
            product=shelf.names[column],
            model_version=shelf.model.version,
            expected=round(float(np.clip(total, LEAST, MOST)), DIGITS),
            unclipped=round(total, DIGITS),
            rank=rank,
            offered=int(shelf.offered.sum()),
            contributions=tuple(parts),
            reasons=_two(parts, rank),
            lever=_lever(person, versions, ranks - rank, shelf.names),
        )


def _amounts(shelf: Shelf, person: Person, column: int) -> Iterable[tuple[What, Contribution]]:
    """Return all parts of one liking, and what each stands on; their amounts add up to it."""
    parts, average = person.parts, shelf.model.average
    base = float(average @ shelf.model.weights[:, 0])
    yield NOTHING, _part(Kind.BASE, shelf, np.full(len(shelf.names), base), column)
    for trait, amounts in enumerate(np.tensordot(average, shelf.through, axes=1)):
        part = _part(Kind.ATTRIBUTE, shelf, amounts, column)
        yield NOTHING, _with_trait(part, shelf, trait, column)
    liked = parts.popularity - average @ parts.slopes if person.silent else parts.crowd
    yield NOTHING, _part(Kind.CROWD, shelf, average @ shelf.peculiar + liked, column)
    for answer, amounts in person.answer_amounts():
        part = _through(shelf, answer, column, _part(Kind.ANSWER, shelf, amounts, column))
        question, _, word = ANSWER_NAMES[answer].partition(": ")
        yield ("answer", answer), replace(part, question=question, answer=word)
    if len(person.rated):
        yield from _rating_amounts(shelf, person, column)


def _rating_amounts(
    shelf: Shelf, person: Person, column: int
) -> Iterable[tuple[What, Contribution]]:
    mood, shares = person.rating_amounts()
    yield NOTHING, _part(Kind.MOOD, shelf, np.full(len(shelf.names), mood), column)
    for row, rated in enumerate(person.rated):
        part = _part(Kind.RATING, shelf, shares[row], column)
        likeness = float(person.parts.alike[rated, column])
        yield (
            ("rating", row),
            replace(
                part,
                product=shelf.names[rated],
                liking=float(person.liking[row]),
                likeness=likeness,
            ),
        )


def _part(kind: Kind, shelf: Shelf, amounts: Floats, column: int) -> Contribution:
    return Contribution(
        kind,
        round(float(amounts[column]), DIGITS),
        round(float(shelf.above_average(amounts)[column]), DIGITS),
    )


def _through(shelf: Shelf, answer: int, column: int, part: Contribution) -> Contribution:
    """Name the trait that carries most of what an answer adds above the average product."""
    sign = 1.0 if part.contrast >= 0 else -1.0
    carried = sign * shelf.above_average(shelf.through[1 + answer])[:, column]
    strongest = int(np.argmax(carried))
    if sign * shelf.above_average(shelf.peculiar[1 + answer])[column] > carried[strongest]:
        return part
    return _with_trait(part, shelf, strongest, column)


def _with_trait(part: Contribution, shelf: Shelf, trait: int, column: int) -> Contribution:
    return replace(
        part, attribute=TRAITS[trait], value=round(float(shelf.values[trait, column]), DIGITS)
    )


def _ranks(values: Floats, offered: Bools, column: int) -> Ints:
    """Return the rank (R,) of one product among those on offer, in each version (R, M).

    Equal ones rank in the order of the products, as everywhere.
    """
    own = np.round(values[:, column : column + 1], DIGITS)
    others = np.round(values, DIGITS)
    before = np.arange(values.shape[1]) < column
    ahead = (others > own) | ((others == own) & before)
    return np.asarray(1 + (ahead & offered).sum(axis=1))


def _rank_if_plain(part: Contribution, shelf: Shelf, values: Floats, column: int) -> int:
    """Return the rank had nobody tasted the coffee, or were its attribute that of the average one
    on offer."""
    changed = values.copy()
    changed[column] -= part.amount if part.kind == Kind.CROWD else part.contrast
    return int(_ranks(changed[None], shelf.offered, column)[0])


def _takes(version: Version) -> bool:
    return version.change in (Change.ANSWER_REMOVED, Change.RATING_REMOVED)


def _what(version: Version) -> What:
    return ("answer", version.answer) if version.answer >= 0 else ("rating", version.row)


def _two(parts: list[Contribution], rank: int) -> tuple[Contribution, Contribution]:
    """Return the two strongest reasons against the average product on offer.

    A reason that alone holds the product in its place goes before one that does not.
    """
    told = [part for part in parts if part.kind not in (Kind.BASE, Kind.MOOD)]

    def strength(part: Contribution) -> tuple[bool, bool, bool, float, float]:
        moves = part.rank_without is not None and part.rank_without != rank
        holds = moves and (part.rank_without or 0) > rank
        return (
            part.contrast > 0 and holds,
            part.contrast > 0 and moves,
            part.contrast > 0,
            part.contrast,
            abs(part.value or 0.0),
        )

    first, second = sorted(told, key=strength, reverse=True)[:2]
    return first, second


def _lever(
    person: Person, versions: list[Version], moved: Ints, names: tuple[str, ...]
) -> Lever | None:
    """Return what moves the product by the most ranks; `moved` (versions,)."""
    best = int(np.argmax(np.abs(moved)))
    if moved[best] == 0:
        return None
    version, after = versions[best], int(moved[best])
    if version.answer >= 0:
        question, _, answer = ANSWER_NAMES[version.answer].partition(": ")
        return Lever(version.change, after, question=question, answer=answer)
    liking = None if version.change == Change.RATING_REMOVED else version.liking[version.row]
    return Lever(version.change, after, product=names[person.rated[version.row]], liking=liking)

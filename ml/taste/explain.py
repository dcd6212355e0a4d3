"""Says why a person is expected to like a product: the parts of the score, the strongest reason or
two, and what would change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats, Ints
from ml.taste.answers import ANSWER_NAMES
from ml.taste.attributes import ATTRIBUTE_NAMES, attribute_table
from ml.taste.parts import DIGITS, LEAST, MOST, parts_of, peculiar
from ml.taste.reasons import Change, Contribution, Explanation, Kind, Lever, strongest
from ml.taste.trained import TasteModel
from ml.taste.versions import Person, Version, person_of, values_of, versions_of

# Attributes that only together mean something to people.
TOGETHER = {"roast squared": "roast"}
TRAITS = tuple(name for name in ATTRIBUTE_NAMES[1:] if name not in TOGETHER)

What = tuple[str, int]  # "answer" or "rating", and which of the person's
# (values (..., M) or of one column, which columns) -> what is expected in the end.
Move = Callable[[Floats, int | slice], Floats]
NOTHING: What = ("", -1)
NO_ANSWER = (None, None, None)


def not_moved(values: Floats, _at: int | slice) -> Floats:
    """Return the values as they are: taste alone decides."""
    return values


@dataclass(frozen=True, eq=False)
class Shelf:
    """The products as an explanation sees them.

    offered (M,); values (traits, M) of each of TRAITS; through (ROWS, traits, M): what each answer
    adds through each trait above the average product on offer; peculiar (ROWS, M): the same for
    the coffee itself; everybody (2 + traits, M): what the average person thinks of any coffee, of
    each trait, and of the coffee itself.
    """

    names: tuple[str, ...]
    offered: Bools
    model: TasteModel
    values: Floats
    through: Floats
    peculiar: Floats
    everybody: Floats


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a person's expectations before one product is looked at: what it is about, what
    it stands on, and what it adds to every product (M,)."""

    kind: Kind
    amounts: Floats
    what: What = NOTHING
    trait: int = -1
    answer: int = -1
    rating: int = -1


def above_average(amounts: Floats, offered: Bools) -> Floats:
    """Return amounts (..., M) less their mean over the products on offer."""
    return np.asarray(amounts - amounts[..., offered].mean(axis=-1, keepdims=True))


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
    return explain_moved(model, (quiz, products, ratings), pairs, {})


def explain_moved(
    model: TasteModel,
    tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    pairs: Sequence[tuple[str, str]],
    moves: Mapping[str, Move],
) -> list[Explanation]:
    """Return what `explain` does where more than taste decides.

    `tables` are quiz, products and ratings; `moves` says by person what becomes of a taste.
    `expected`, all ranks and the lever are as moved.
    """
    quiz, products, ratings = tables
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
        move = moves.get(name, not_moved)
        for each in _of_one_person(shelf, person_seen, sorted(set(columns)), move):
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
    own = peculiar(model, products)
    offered = offered if offered.any() else np.ones(len(products), bool)
    base = np.full(len(products), float(model.average @ model.weights[:, 0]))
    everybody = np.tensordot(model.average, parted, axes=1)
    return Shelf(
        names=tuple(str(name) for name in products.index),
        offered=offered,
        model=model,
        values=table[:, [ATTRIBUTE_NAMES.index(trait) for trait in TRAITS]].T,
        through=above_average(parted, offered),
        peculiar=above_average(own, offered),
        everybody=np.vstack([base, everybody, model.average @ own]),
    )


def _of_one_person(
    shelf: Shelf, person: Person, columns: list[int], move: Move
) -> Iterable[Explanation]:
    expected = values_of(person, [person.as_is()])[0]
    versions = versions_of(person)
    moved = move(expected, slice(None))
    values = np.round(move(values_of(person, versions), slice(None)), DIGITS)
    removed = {_what(each): row for row, each in enumerate(versions) if _takes(each)}
    parts = list(_parts(shelf, person))
    amounts = np.array([part.amounts for part in parts])
    contrasts = above_average(amounts, shelf.offered)
    for column in columns:
        shelf_of = (shelf.offered, column)
        ranks = _ranks(values, values[:, column], *shelf_of)
        amount, contrast = amounts[:, column], np.round(contrasts[:, column], DIGITS)
        own = expected[column] - np.append(_dropped(parts, amount, contrast), 0.0)
        plain = _ranks(np.round(moved, DIGITS), np.round(move(own, column), DIGITS), *shelf_of)
        rank = int(plain[-1])
        told = [
            _told(
                shelf,
                person,
                part,
                column,
                (
                    round(float(amount[at]), DIGITS),
                    float(contrast[at]),
                    int(ranks[removed[part.what]] if part.what in removed else plain[at]),
                ),
            )
            for at, part in enumerate(parts)
        ]
        total = float(expected[column])
        yield Explanation(
            person="",
            product=shelf.names[column],
            model_version=shelf.model.version,
            expected=round(float(np.clip(moved[column], LEAST, MOST)), DIGITS),
            unclipped=round(total, DIGITS),
            rank=rank,
            offered=int(shelf.offered.sum()),
            contributions=tuple(told),
            reasons=strongest(told, rank),
            lever=_lever(person, versions, ranks - rank, shelf.names),
        )


def _parts(shelf: Shelf, person: Person) -> Iterable[Part]:
    """Return all parts of a person's expectations; for each product they add up to its value."""
    parts, average = person.parts, shelf.model.average
    yield Part(Kind.BASE, shelf.everybody[0])
    for trait in range(len(TRAITS)):
        yield Part(Kind.ATTRIBUTE, shelf.everybody[1 + trait], trait=trait)
    liked = parts.popularity - average @ parts.slopes if person.silent else parts.crowd
    yield Part(Kind.CROWD, shelf.everybody[-1] + liked)
    for answer, amounts in person.answer_amounts():
        yield Part(Kind.ANSWER, amounts, ("answer", answer), answer=answer)
    if len(person.rated):
        mood, shares = person.rating_amounts()
        yield Part(Kind.MOOD, np.full(len(shelf.names), mood))
        for row, amounts in enumerate(shares):
            yield Part(Kind.RATING, amounts, ("rating", row), rating=row)


def _told(
    shelf: Shelf, person: Person, part: Part, column: int, numbers: tuple[float, float, int]
) -> Contribution:
    """Return a part as it stands for one product: its amount, contrast and rank without it."""
    trait = part.trait if part.answer < 0 else _through(shelf, part.answer, column, numbers[1])
    question, _, word = ANSWER_NAMES[part.answer].partition(": ") if part.answer >= 0 else NO_ANSWER
    rated = int(person.rated[part.rating]) if part.rating >= 0 else None
    return Contribution(
        part.kind,
        *numbers,
        attribute=TRAITS[trait] if trait >= 0 else None,
        value=round(float(shelf.values[trait, column]), DIGITS) if trait >= 0 else None,
        question=question,
        answer=word,
        product=None if rated is None else shelf.names[rated],
        liking=None if rated is None else float(person.liking[part.rating]),
        likeness=None if rated is None else float(person.parts.alike[rated, column]),
    )


def _through(shelf: Shelf, answer: int, column: int, contrast: float) -> int:
    """Return the trait that carries most of what an answer adds above the average product, or -1
    if that is the coffee itself."""
    sign = 1.0 if contrast >= 0 else -1.0
    carried = sign * shelf.through[1 + answer, :, column]
    strongest = int(np.argmax(carried))
    own = sign * shelf.peculiar[1 + answer, column]
    return -1 if own > carried[strongest] else strongest


def _ranks(others: Floats, own: Floats, offered: Bools, column: int) -> Ints:
    """Return the rank (R,) of one product of value own (R,) among those on offer, in each version
    (R, M) or in the same one (M,). Equal ones rank in the order of the products, as everywhere."""
    rivals = offered.copy()
    rivals[column] = False
    before = np.arange(len(offered)) < column
    ahead = (others > own[:, None]) | ((others == own[:, None]) & before)
    return np.asarray(1 + (ahead & rivals).sum(axis=1))


def _dropped(parts: list[Part], amount: Floats, contrast: Floats) -> Floats:
    """Return (parts,): what goes if nobody had tasted the coffee, or if an attribute were that of
    the average one on offer."""
    crowd = np.array([part.kind == Kind.CROWD for part in parts])
    return np.where(crowd, np.round(amount, DIGITS), contrast)


def _takes(version: Version) -> bool:
    return version.change in (Change.ANSWER_REMOVED, Change.RATING_REMOVED)


def _what(version: Version) -> What:
    return ("answer", version.answer) if version.answer >= 0 else ("rating", version.row)


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

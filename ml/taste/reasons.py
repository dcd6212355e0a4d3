"""What an explanation is made of: plain facts with stable names, from which any language can make
sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a part of the expected liking comes from."""

    BASE = "base"  # what the average person may expect of any coffee
    ATTRIBUTE = "attribute"  # what the average person thinks of an attribute
    CROWD = "crowd"  # how everybody liked this very coffee
    ANSWER = "answer"  # an answer of the person's own quiz
    RATING = "rating"  # the person's own rating of this or of a similar coffee
    MOOD = "mood"  # whether the person rates high or low in general
    HABIT = "habit"  # what the person, and people alike, kept in past boxes; value: how often


class Change(StrEnum):
    """What could be done about a reason."""

    ANSWER_REMOVED = "answer_removed"
    ANSWER_GIVEN = "answer_given"  # instead of what was said, or where nothing was said
    RATING_REMOVED = "rating_removed"
    RATING_CHANGED = "rating_changed"


# Places that a product would have to fall without a second reason, for it to be named. What people
# say of a coffee is also known from coffees like it, so that hangs less on its own ratings.
CLEAR = {Kind.CROWD: 4}


@dataclass(frozen=True)
class Contribution:
    """One part of an expected liking.

    `amount` in points of liking; `contrast` is the amount above that of the average product on
    offer; `rank_without` is the rank of the product if this part were taken away, where that can
    be said. What it is about depends on the kind: ATTRIBUTE has attribute and value; ANSWER has
    question and answer, and in attribute and value the trait of the coffee that the answer mostly
    works through (attribute None: through this very coffee as tasters with that answer liked it);
    RATING has product, liking and likeness (0..1; 1 is the coffee itself).
    """

    kind: Kind
    amount: float
    contrast: float
    rank_without: int | None = None
    attribute: str | None = None
    value: float | None = None
    question: str | None = None
    answer: str | None = None
    product: str | None = None
    liking: float | None = None
    likeness: float | None = None


@dataclass(frozen=True)
class Lever:
    """The one thing that would move the product most in the person's ranking.

    `ranks` says by how many ranks it would fall (rise, if negative). Changes of answers have
    question and answer, those of ratings product and, if changed, the new liking.
    """

    change: Change
    ranks: int
    question: str | None = None
    answer: str | None = None
    product: str | None = None
    liking: float | None = None


@dataclass(frozen=True)
class Explanation:
    """Why a person is expected to like a product as much as `expected` (1..5).

    The amounts of `contributions` add up to `unclipped` exactly (to rounding in the last digits).
    `rank` counts from 1 among the `offered` products. `reasons` are the strongest one
    against the average product on offer, and the next if the rank hangs on it too; `lever` is None
    if nothing moves the product.
    """

    person: str
    product: str
    model_version: str
    expected: float
    unclipped: float
    rank: int
    offered: int
    contributions: tuple[Contribution, ...]
    reasons: tuple[Contribution, ...]
    lever: Lever | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, words and numbers, without what is not known."""
        return {
            **{each.name: getattr(self, each.name) for each in fields(self)},
            "contributions": [_plain(each) for each in self.contributions],
            "reasons": [_plain(each) for each in self.reasons],
            "lever": None if self.lever is None else _plain(self.lever),
        }

    @staticmethod
    def from_dict(stored: dict[str, Any]) -> Explanation:
        """Return the explanation that `to_dict` described."""
        lever = stored["lever"]
        return Explanation(
            **{
                **stored,
                "contributions": tuple(_contribution(each) for each in stored["contributions"]),
                "reasons": tuple(_contribution(each) for each in stored["reasons"]),
                "lever": lever and Lever(**{**lever, "change": Change(lever["change"])}),
            }
        )


def strongest(parts: Sequence[Contribution], rank: int) -> tuple[Contribution, ...]:
    """Return the strongest reason against the average product on offer, and the one after it if
    the product would clearly fall without that alone.

    A reason that holds the product in its place goes before one that does not, and that a coffee
    has its caffeine, as nearly all have, goes last. What would change next to nothing is not named
    beside another reason.
    """
    told = [part for part in parts if part.kind not in (Kind.BASE, Kind.MOOD)]

    def strength(part: Contribution) -> tuple[bool, bool, bool, bool, float, float]:
        plain = part.kind == Kind.ATTRIBUTE and part.attribute == "decaf" and not part.value
        return (
            part.contrast > 0 and not plain,
            _fall(part, rank) > 0,
            part.contrast > 0 and part.rank_without not in (None, rank),
            part.contrast > 0,
            part.contrast,
            abs(part.value or 0.0),
        )

    first, *others = sorted(told, key=strength, reverse=True)
    return (first, *[each for each in others if _fall(each, rank) >= CLEAR.get(each.kind, 1)][:1])


def _fall(part: Contribution, rank: int) -> int:
    """Return by how many places the product would fall without a part that speaks for it."""
    known = part.contrast > 0 and part.rank_without is not None
    return (part.rank_without or 0) - rank if known else 0


def _plain(part: Contribution | Lever) -> dict[str, Any]:
    known = {each.name: getattr(part, each.name) for each in fields(part)}
    return {
        name: str(each) if isinstance(each, StrEnum) else each
        for name, each in known.items()
        if each is not None
    }


def _contribution(stored: dict[str, Any]) -> Contribution:
    return Contribution(**{**stored, "kind": Kind(stored["kind"])})

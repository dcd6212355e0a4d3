"""How old what is owed is, and what becomes of declined payments. Pure: facts in, figures out."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.billing.rules import DeclineKind, decline_kind

# The youngest age in days of each stretch, and where the next begins.
AGES = ((0, 8), (8, 15), (15, 31), (31, 61), (61, None))


class Ending(StrEnum):
    """What became of a payment that was declined once."""

    RECOVERED = "recovered"
    OPEN = "open"
    LOST = "lost"


@dataclass(frozen=True)
class Fate:
    """How many payments were declined first for one reason, by how they ended after how many tries.

    `cents` is what they come to.
    """

    code: str
    ending: Ending
    tries: int
    payments: int
    cents: int


@dataclass(frozen=True)
class Step:
    """One try: how many payments got as far, were recovered by it, and ended lost after it."""

    number: int
    reached: int
    recovered: int
    recovered_cents: int
    lost: int
    open: int


@dataclass(frozen=True)
class Kind:
    """The payments whose first decline was of one class."""

    kind: DeclineKind
    payments: int
    cents: int
    recovered: int
    recovered_cents: int
    lost: int
    open: int


@dataclass(frozen=True)
class Funnel:
    """What became of all payments that were first declined in a month."""

    payments: int
    cents: int
    recovered: int
    recovered_cents: int
    lost: int
    lost_cents: int
    steps: tuple[Step, ...]
    kinds: tuple[Kind, ...]


def funnel(fates: Iterable[Fate]) -> Funnel:
    """Return the funnel of a month, its steps from the second try on."""
    all_ = tuple(fates)
    won = [each for each in all_ if each.ending is Ending.RECOVERED]
    lost = [each for each in all_ if each.ending is Ending.LOST]
    most = max((each.tries for each in all_), default=0)
    return Funnel(
        payments=_count(all_),
        cents=_cents(all_),
        recovered=_count(won),
        recovered_cents=_cents(won),
        lost=_count(lost),
        lost_cents=_cents(lost),
        steps=tuple(_step(all_, number) for number in range(1, most + 1)),
        kinds=tuple(_kind(all_, kind) for kind in DeclineKind),
    )


def _step(fates: tuple[Fate, ...], number: int) -> Step:
    ended = [each for each in fates if each.tries == number]
    won = [each for each in ended if each.ending is Ending.RECOVERED]
    return Step(
        number,
        _count(each for each in fates if each.tries >= number),
        _count(won),
        _cents(won),
        _count(each for each in ended if each.ending is Ending.LOST),
        _count(each for each in ended if each.ending is Ending.OPEN),
    )


def _kind(fates: tuple[Fate, ...], kind: DeclineKind) -> Kind:
    mine = [each for each in fates if decline_kind(each.code) is kind]
    won = [each for each in mine if each.ending is Ending.RECOVERED]
    return Kind(
        kind,
        _count(mine),
        _cents(mine),
        _count(won),
        _cents(won),
        _count(each for each in mine if each.ending is Ending.LOST),
        _count(each for each in mine if each.ending is Ending.OPEN),
    )


def _count(fates: Iterable[Fate]) -> int:
    return sum(each.payments for each in fates)


def _cents(fates: Iterable[Fate]) -> int:
    return sum(each.cents for each in fates)

"""What people say about their coffee at home, and what we think of it. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.core.refusals import Refusal


class SupplyWord(StrEnum):
    """LOW and PLENTY are about the coffee at home; FINE wants no proposals for a while."""

    LOW = "low"
    PLENTY = "plenty"
    FINE = "fine"


# The answers to how many bags are left, in half bags; somebody who has hardly any says none.
HALVES = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32)
LEAST_ASKED, HARDLY_ANY = 8, 0.1


def halves_asked(bags: float) -> tuple[int, ...]:
    """Return the answers, in half bags, that are offered to somebody whose box holds some bags."""
    most = max(LEAST_ASKED, round(4 * bags))
    return tuple(each for each in HALVES if each <= most)


def grams_told(halves: int, bag_grams: int) -> float:
    """Return the grams that an answer in half bags stands for."""
    return max(halves / 2, HARDLY_ANY) * bag_grams


class SupplyRefusal(Refusal):
    """Why an answer about the coffee at home is not taken."""

    UNKNOWN_ANSWER = "Please choose one of the answers offered."
    UNKNOWN_LINK = "This link is not valid any more."


@dataclass(frozen=True)
class SupplyLine:
    """What happened on a day, in the kinds of `ml.consumption.diary`; `span` is in days."""

    day: date
    kind: str
    grams: float = 0.0
    span: float = 0.0


@dataclass(frozen=True)
class Supply:
    """What somebody should have at home: grams, grams a week, and the day when it is used up.

    The true day lies before `soonest`, or after `latest`, once in ten times each.
    """

    grams: float
    grams_a_week: float
    runs_out_on: date
    soonest: date
    latest: date

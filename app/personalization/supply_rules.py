"""What people say about their coffee at home, and what we think of it. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class SupplyWord(StrEnum):
    """LOW and PLENTY are about the coffee at home; FINE wants no proposals for a while."""

    LOW = "low"
    PLENTY = "plenty"
    FINE = "fine"


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

"""Places of a plan: how many boxes a cycle may have, and whether another fits. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.core.clock import days_after, instant_of, local_day
from app.core.refusals import Refusal

# Instead of a size: all sizes of a plan together.
WHOLE = 0
HOLD_DAYS = 3
LONGEST_HOLD = 30
# How long a place is kept for somebody who is giving their card.
WHILE_SIGNING_UP = timedelta(hours=1)


class WaitStatus(StrEnum):
    """WAITING in line; OFFERED a place that is kept; TAKEN it; LAPSED unanswered; LEFT the line."""

    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    LAPSED = "lapsed"
    LEFT = "left"


IN_LINE = (WaitStatus.WAITING, WaitStatus.OFFERED)


class PlaceRefusal(Refusal):
    """Why there is no place, or why so many cannot be set."""

    FULL = "We are sorry: all boxes of this kind are taken for the coming cycle."
    NOT_KEPT = "This place is not kept for you any more. Please join the wait-list again."
    NOT_FULL = "There is a place for you: you need not wait."
    UNKNOWN_ENTRY = "We could not find you on this wait-list."
    BAD_PLACES = "The number of boxes must be a whole number from 0 to 1,000,000."
    BAD_TURNOVER = "The turnover must not be below nothing."
    BAD_HOLD = "A place can be kept for 1 to 30 days."
    CONTENTS_VARY = "A turnover can be set only where a box has one price."
    TWICE = "This size is there twice."


@dataclass(frozen=True)
class Limit:
    """What one cycle takes of a size (WHOLE: of all): so many boxes, worth so many cents.

    None is no limit.
    """

    size: int
    places: int | None = None
    turnover_cents: int | None = None


@dataclass(frozen=True)
class Taken:
    """How many places are taken or kept, and what their boxes cost together, in cents."""

    boxes: int = 0
    cents: int = 0

    def plus(self, cents: int) -> "Taken":
        """Return what is taken with one more box."""
        return Taken(self.boxes + 1, self.cents + cents)


def with_whole(by_size: Mapping[int, Taken]) -> dict[int, Taken]:
    """Add what all sizes have taken together."""
    boxes = sum(each.boxes for each in by_size.values())
    cents = sum(each.cents for each in by_size.values())
    return {**by_size, WHOLE: Taken(boxes, cents)}


def fits(limits: Iterable[Limit], taken: Mapping[int, Taken], size: int, price_cents: int) -> bool:
    """Say whether one more box of a size fits under all limits that concern it."""
    concerned = [each for each in limits if each.size in (WHOLE, size)]
    return all(_holds(each, taken.get(each.size, Taken()).plus(price_cents)) for each in concerned)


def _holds(limit: Limit, wanted: Taken) -> bool:
    if limit.places is not None and wanted.boxes > limit.places:
        return False
    return limit.turnover_cents is None or wanted.cents <= limit.turnover_cents


def take(taken: Mapping[int, Taken], size: int, price_cents: int) -> dict[int, Taken]:
    """Return what is taken once another box of a size is."""
    more = {key: taken.get(key, Taken()).plus(price_cents) for key in (WHOLE, size)}
    return {**taken, **more}


def kept_until(now: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return until when a place is kept: to the end of a day, in the shop's zone."""
    return instant_of(days_after(local_day(now, zone), days), time(23, 59, 59), zone)


def refuse_limits(
    limits: Sequence[Limit], hold_days: int, fixed_price: bool
) -> tuple[PlaceRefusal, str] | None:
    """Return why limits cannot be set, and the field; None if they can."""
    if not 1 <= hold_days <= LONGEST_HOLD:
        return PlaceRefusal.BAD_HOLD, "hold_days"
    if len({each.size for each in limits}) < len(limits):
        return PlaceRefusal.TWICE, "limits"
    return next((wrong for each in limits if (wrong := _wrong(each, fixed_price))), None)


def _wrong(limit: Limit, fixed_price: bool) -> tuple[PlaceRefusal, str] | None:
    if limit.places is not None and not 0 <= limit.places <= 1_000_000:
        return PlaceRefusal.BAD_PLACES, f"places_{limit.size}"
    if limit.turnover_cents is not None and limit.turnover_cents < 0:
        return PlaceRefusal.BAD_TURNOVER, f"turnover_{limit.size}"
    if limit.turnover_cents is not None and not fixed_price:
        return PlaceRefusal.CONTENTS_VARY, f"turnover_{limit.size}"
    return None

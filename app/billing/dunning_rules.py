"""A plan's terms for unpaid boxes: when a charge is tried again and what ends it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from app.core.refusals import Refusal, Refused


class EndAction(StrEnum):
    """What follows when boxes stay unpaid.

    PAUSE the subscription, and cancel it when nobody comes back. CANCEL it, with a letter or
    QUIETLY. SKIP calls the box off after its last try, and the next one comes as planned. NOTHING
    lets the box wait for a payment until the next batch locks.
    """

    PAUSE = "pause"
    CANCEL = "cancel"
    QUIETLY = "quietly"
    SKIP = "skip"
    NOTHING = "nothing"


class DunningRefusal(Refusal):
    """Why terms for unpaid boxes cannot be saved."""

    DAYS = "The days must be whole numbers from 1 to 60, each greater than the one before."
    TOO_MANY_DAYS = "A charge can be tried again on up to 12 days."
    UNPAID = "The number of unpaid boxes must be from 1 to 12."
    CANCEL_AFTER = "A pause for unpaid boxes can last from 1 to 730 days."
    LATE = "A late payment can be packed up to 60 days after the shipping day."


# At the end of the tries itself, not only when the next batch locks.
ENDS_AT_ONCE = frozenset({EndAction.SKIP, EndAction.CANCEL, EndAction.QUIETLY})
MOST_DAYS = 12


@dataclass(frozen=True)
class DunningTerms:
    """How unpaid boxes of one plan are dealt with.

    `days` count from the first decline. `after_unpaid` boxes in a row bring `end` about; a pause
    becomes a cancellation after `cancel_after_days`, never for None. A box may be paid and packed
    until `late_days` after its shipping day, but never past the next cut-off.
    """

    days: tuple[int, ...] = (1, 3)
    end: EndAction = EndAction.PAUSE
    after_unpaid: int = 2
    cancel_after_days: int | None = 60
    late_days: int | None = None

    def refuse_misfit(self) -> None:
        """Refuse terms that make no sense, naming the field."""
        _refuse_days(self.days)
        if not 1 <= self.after_unpaid <= 12:
            raise Refused(DunningRefusal.UNPAID, field="after_unpaid")
        if self.cancel_after_days is not None and not 1 <= self.cancel_after_days <= 730:
            raise Refused(DunningRefusal.CANCEL_AFTER, field="cancel_after_days")
        if self.late_days is not None and not 0 <= self.late_days <= 60:
            raise Refused(DunningRefusal.LATE, field="late_days")


def _refuse_days(days: Sequence[int]) -> None:
    if len(days) > MOST_DAYS:
        raise Refused(DunningRefusal.TOO_MANY_DAYS, field="days")
    rising = all(early < late for early, late in pairwise(days))
    if not rising or any(not 1 <= day <= 60 for day in days):
        raise Refused(DunningRefusal.DAYS, field="days")


@dataclass(frozen=True)
class NextTry:
    """When a charge is tried again, None for never, and whether that is the last time."""

    at: datetime | None
    last: bool = False


def next_try(
    first_failed_at: datetime, now: datetime, days: Sequence[int], until: datetime | None
) -> NextTry:
    """Return the next try of a declined charge: the first of its days that is still to come.

    Days on or after `until`, when the box can be packed no more, fall out.
    """
    moments = [first_failed_at + timedelta(days=day) for day in days]
    ahead = [each for each in moments if each > now and (until is None or each < until)]
    return NextTry(ahead[0], len(ahead) == 1) if ahead else NextTry(None)


# What card networks allow of declined tries with one card: so many within so many days.
CAPS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "visa": ((20, 30),),
    "mastercard": ((10, 1), (35, 30)),
}
LONGEST_CAP = timedelta(days=30)


def free_again(
    brand: str | None, declined_at: Sequence[datetime], now: datetime
) -> datetime | None:
    """Return when a card may be tried again; None when it may at once.

    `declined_at` holds the moments of its declined tries within `LONGEST_CAP`, the newest first.
    """
    free = [
        declined_at[most - 1] + timedelta(days=days)
        for most, days in CAPS.get(brand or "", ())
        if len(declined_at) >= most
    ]
    return max((each for each in free if each > now), default=None)

"""Dates of subscriptions. Pure: dates and facts in, answers out."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from app.core.clock import days_after, instant_of, local_day
from app.core.refusals import Refusal


class CadenceUnit(StrEnum):
    """What a cadence counts in."""

    WEEK = "week"
    MONTH = "month"


class Start(StrEnum):
    """When the first boxes ship after sign-up.

    NEXT_OPEN waits for the first regular day whose cut-off is still ahead. AT_ONCE ships a welcome
    box the day after sign-up and goes on with that regular day. FULL_INTERVAL does the same but
    leaves at least one whole interval between sign-up and the first regular day. NEAREST does, too,
    but counts the interval from the regular day that lies nearest to sign-up.
    """

    NEXT_OPEN = "next_open"
    AT_ONCE = "at_once"
    FULL_INTERVAL = "full_interval"
    NEAREST = "nearest"


class Billing(StrEnum):
    """When a box is charged: when its batch locks, or ahead on a day of the shipping month."""

    AT_LOCK = "at_lock"
    AHEAD = "ahead"


class SizeKind(StrEnum):
    """What the size of a box counts."""

    UNITS = "units"
    GRAMS = "grams"


class Pricing(StrEnum):
    """Whether the box has one price or its contents do."""

    FIXED = "fixed"
    CONTENTS = "contents"


class SubscriptionStatus(StrEnum):
    """PENDING waits for a card; PAUSED ships nothing; ENDED ran out, CANCELLED was stopped."""

    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"
    CANCELLED = "cancelled"


LONGEST_GAP = {CadenceUnit.WEEK: 7, CadenceUnit.MONTH: 31}
# A box that ships at once can be changed until the end of the day before.
WELCOME_CUT_OFF = (1, time(23, 59, 59))
OVER = frozenset({SubscriptionStatus.ENDED, SubscriptionStatus.CANCELLED})


class SubscriptionRefusal(Refusal):
    """Why a subscription cannot do this."""

    UNKNOWN = "We could not find this subscription."
    NOT_ACTIVE = "This subscription is not active."
    NOT_PAUSED = "This subscription is not paused."
    ALREADY_PAUSED = "This subscription is already paused."
    CANCELLED = "This subscription has ended."
    UNKNOWN_ADDRESS = "We do not know this address of yours."
    UNKNOWN_PLAN = "We do not offer this plan."
    UNKNOWN_SIZE = "This plan does not come in this size."
    RESUME_IN_PAST = "The day to resume must lie ahead."
    RESUME_TOO_FAR = "A pause can last up to one year."
    CODE_TAKEN = "This code is already in use."
    NOTE_TOO_LONG = "A note can have up to 1,000 characters."
    CUTOFF_TOO_LONG = "The cut-off must lie after the day on which the box before it ships."
    GRACE_TOO_LONG = "The days after a regular day must be from 0 to 60."
    BILL_DAY_MISSING = "A plan that is charged ahead needs a day of the month and a fixed price."


@dataclass(frozen=True)
class Cadence:
    """Every `every` weeks on ISO weekday `day`, or every `every` months on day `day`."""

    unit: CadenceUnit
    every: int
    day: int


@dataclass(frozen=True)
class CutOff:
    """The last moment to change a box: local wall time `at`, `days` before it ships."""

    days: int
    at: time
    zone: ZoneInfo

    def moment(self, ships_on: date) -> datetime:
        """Return the last instant that still counts as before the cut-off."""
        return instant_of(days_after(ships_on, -self.days), self.at, self.zone)


@dataclass(frozen=True)
class Beginning:
    """How a subscription starts: its anchor, the cycle that ships on it, an early welcome box."""

    anchor: date
    anchor_cycle: int
    welcome_on: date | None


def ship_date(cadence: Cadence, anchor: date, steps: int) -> date:
    """Return the day that ships `steps` intervals after `anchor`."""
    if cadence.unit is CadenceUnit.WEEK:
        return anchor + timedelta(weeks=cadence.every * steps)
    # Count from the anchor, never from the last box: 31 January is followed by 28 February and
    # then by 31 March. The wished-for day comes from the cadence, since an anchor in February
    # cannot remember the 31st.
    month = anchor.replace(day=1) + relativedelta(months=cadence.every * steps)
    last = (month + relativedelta(day=31)).day
    return month.replace(day=min(cadence.day, last))


def first_regular_day(cadence: Cadence, earliest: date) -> date:
    """Return the first day on or after `earliest` that falls on the cadence's day."""
    if cadence.unit is CadenceUnit.WEEK:
        return days_after(earliest, (cadence.day - earliest.isoweekday()) % 7)
    day = ship_date(cadence, earliest, 0)
    if day >= earliest:
        return day
    return ship_date(Cadence(CadenceUnit.MONTH, 1, cadence.day), earliest, 1)


def is_open(cutoff: datetime, now: datetime) -> bool:
    """Say whether a change at `now` still counts; the cut-off's own second does."""
    return now.replace(microsecond=0) <= cutoff


def first_open_day(
    cadence: Cadence, cut_off: CutOff, now: datetime, earliest: date | None = None
) -> date:
    """Return the first regular day from `earliest` (or today) on whose cut-off has not passed."""
    day = first_regular_day(cadence, earliest or local_day(now, cut_off.zone))
    while not is_open(cut_off.moment(day), now):
        day = first_regular_day(cadence, days_after(day, 1))
    return day


def nearest_regular_day(cadence: Cadence, day: date, grace_days: int | None = None) -> date:
    """Return the regular day that a sign-up on `day` is rounded to, never mind the interval.

    It is the nearest one, of two equally near the later. With `grace_days` it is the last one as
    long as that was missed by no more than so many days, and else the next one.
    """
    after = first_regular_day(cadence, day)
    if after == day:
        return day
    before = first_regular_day(cadence, days_after(day, -LONGEST_GAP[cadence.unit]))
    while (following := first_regular_day(cadence, days_after(before, 1))) < day:
        before = following
    missed, early = (day - before).days, (after - day).days
    near = missed < early if grace_days is None else missed <= grace_days
    return before if near else after


def begin(
    start: Start,
    cadence: Cadence,
    cut_off: CutOff,
    now: datetime,
    grace_days: int | None = None,
) -> Beginning:
    """Return how a subscription that is activated at `now` starts; see `nearest_regular_day`."""
    today = local_day(now, cut_off.zone)
    if start is Start.NEXT_OPEN:
        return Beginning(first_open_day(cadence, cut_off, now), 0, None)
    welcome = earliest = days_after(today, 1)
    if start is Start.FULL_INTERVAL:
        earliest = ship_date(Cadence(cadence.unit, cadence.every, today.day), today, 1)
    if start is Start.NEAREST:
        earliest = ship_date(cadence, nearest_regular_day(cadence, today, grace_days), 1)
    anchor = first_open_day(cadence, cut_off, now, max(welcome, earliest))
    # Nobody is charged for a second box before the first one has shipped.
    while anchor == welcome or local_day(cut_off.moment(anchor), cut_off.zone) < welcome:
        anchor = first_regular_day(cadence, days_after(anchor, 1))
    return Beginning(anchor, 1, welcome)


def bill_date(ships_on: date, bill_day: int) -> date:
    """Return the day on which a box that ships on `ships_on` is charged ahead.

    It is the last `bill_day` on or before the shipping day.
    """
    day = ship_date(Cadence(CadenceUnit.MONTH, 1, bill_day), ships_on, 0)
    if day <= ships_on:
        return day
    return ship_date(Cadence(CadenceUnit.MONTH, 1, bill_day), ships_on, -1)

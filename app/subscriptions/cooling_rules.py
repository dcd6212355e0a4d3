"""Days to think it over before the first charge. Pure: moments in, moments out."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from app.core.clock import days_after, instant_of, local_day
from app.core.refusals import Refusal

LONGEST = 60


class CoolingRefusal(Refusal):
    """Why something has to wait until the days to think it over have passed."""

    BAD_DAYS = "The days before the first charge must be from 0 to 60."
    TOO_EARLY = "Nothing is charged, and so nothing ships, before the days to think it over end."


@dataclass(frozen=True)
class Cooling:
    """Whoever leaves by the end of `free_until` pays nothing; on `charged_on` comes the charge."""

    free_until: date
    charged_on: date


def counted_from(now: datetime, cooling_days: int, zone: ZoneInfo) -> datetime:
    """Return the moment whose first open box is the first: a box may close on the last free day."""
    if not cooling_days:
        return now
    return instant_of(days_after(local_day(now, zone), cooling_days), time(0), zone)


def charged_from(now: datetime, cooling_days: int, zone: ZoneInfo) -> datetime | None:
    """Return the first moment of a charge: so many whole days after that of sign-up.

    None where a plan gives no days.
    """
    if not cooling_days:
        return None
    return instant_of(days_after(local_day(now, zone), cooling_days + 1), time(0), zone)


def last_free_day(first_charge: datetime, zone: ZoneInfo) -> date:
    """Return the last day on which somebody may leave and pay nothing."""
    return days_after(local_day(first_charge, zone), -1)

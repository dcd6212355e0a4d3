"""The one table of everything that happens by the clock. Pure: moments in, moments out.

The clock meant here is the machine's. What falls due by the shop's own clock, which the sandbox
can move, is looked up by the job `fall_due`, and not written here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.core.clock import days_after, instant_of, local_day
from app.core.job_names import Job

NIGHT = time(3, 30)
Moments = Callable[[datetime, datetime, ZoneInfo], list[datetime]]


@dataclass(frozen=True)
class Task:
    """A row of the schedule: its name, when it is due after one moment until another, its job."""

    name: str
    moments: Moments
    job: Job


def every_minute(after: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return the last full minute: one that was missed is made up for by the next."""
    minute = until.replace(second=0, microsecond=0)
    return [minute] if minute > after else []


def every_ten_minutes(after: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return the last full ten minutes: one that was missed is made up for by the next."""
    moment = until.replace(minute=until.minute - until.minute % 10, second=0, microsecond=0)
    return [moment] if moment > after else []


def every_night(after: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return every half past three, local time, at most a month of them."""
    day = max(local_day(after, zone), days_after(local_day(until, zone), -31))
    found = []
    while (moment := instant_of(day, NIGHT, zone)) <= until:
        if moment > after:
            found.append(moment)
        day = days_after(day, 1)
    return found


SCHEDULE = (
    Task("fall_due", every_minute, Job.FALL_DUE),
    Task("sweep", every_minute, Job.SWEEP),
    Task("missed_events", every_ten_minutes, Job.FETCH_EVENTS),
    Task("nightly", every_night, Job.NIGHTLY),
    Task("learn_again", every_night, Job.LEARN_AGAIN),
)
KEEP_ROWS = timedelta(days=30)

"""The one place where the time is read. Instants are UTC; days belong to the shop's time zone.

In the sandbox the shop has a clock that stands where it was last put, as a row that every
process reads; until it is moved it is the real time. Outside the sandbox only real time exists.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.database import Base, Instant


class Clock(Protocol):
    """Tells the shop's time; asked once for each unit of work."""

    def now(self, session: Session) -> datetime: ...


class SandboxClock(Base):
    """At most one row: where the sandbox's clock stands."""

    __tablename__ = "sandbox_clock"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    stands_at: Mapped[Instant]


class RealClock:
    """The time of the machine."""

    def now(self, session: Session) -> datetime:
        return real_now()


# Asked in every transaction of a sandbox, hence in words that need no building.
STANDS_AT = text("SELECT stands_at FROM sandbox_clock")


class MovableClock:
    """The sandbox's time: the stored moment, or the machine's while none is stored."""

    def now(self, session: Session) -> datetime:
        stands_at: datetime | None = session.connection().scalar(STANDS_AT)
        return stands_at or real_now()


@dataclass(frozen=True)
class StillClock:
    """Stands at one moment, for work that is all to happen then."""

    moment: datetime

    def now(self, session: Session) -> datetime:
        return self.moment


def real_now() -> datetime:
    """Return the machine's time in UTC, for leases and time-outs as well as for real shops."""
    return datetime.now(UTC)


def put_clock(session: Session, moment: datetime) -> None:
    """Let the sandbox's clock stand at `moment`; it never goes back."""
    session.execute(
        text(
            "INSERT INTO sandbox_clock (id, stands_at) VALUES (1, :moment) ON CONFLICT (id)"
            " DO UPDATE SET stands_at = greatest(sandbox_clock.stands_at, excluded.stands_at)"
        ),
        {"moment": moment},
    )


def instant_of(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Turn a local day and wall time into the instant it names.

    A time that the spring change skips means the same distance after the gap began (02:30 becomes
    03:30); a time that happens twice in autumn means its first occurrence.
    """
    return datetime.combine(day, wall, zone).replace(fold=0).astimezone(UTC)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the shop's calendar day at an instant."""
    return moment.astimezone(zone).date()


def days_after(day: date, days: int) -> date:
    """Return the day `days` later (earlier when negative)."""
    return day + timedelta(days=days)

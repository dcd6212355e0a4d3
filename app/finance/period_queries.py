"""Which months of the books are closed, and which is the first that is open."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.finance.models import Entry, Period
from app.finance.period_rules import month_of, months_after


@dataclass(frozen=True)
class ClosedMonth:
    """A month that is closed for good."""

    month: date
    closed_at: datetime
    closed_by: str
    entries: int
    sha256: str
    checklist: tuple[dict[str, Any], ...]


def first_open_day(session: Session) -> date:
    """Return the first day on which entries may be dated; the earliest day where none is closed."""
    closed = session.scalar(select(func.max(Period.month)))
    return months_after(closed, 1) if closed else date.min


def first_month(session: Session) -> date | None:
    """Return the month of the earliest entry."""
    day = session.scalar(select(func.min(Entry.effective_on)))
    return month_of(day) if day else None


def next_to_close(session: Session) -> date | None:
    """Return the month that closes next; None where there is nothing in the books."""
    closed = session.scalar(select(func.max(Period.month)))
    return months_after(closed, 1) if closed else first_month(session)


def closed_months(session: Session, limit: int = 240) -> tuple[ClosedMonth, ...]:
    """Return the closed months, the newest first."""
    rows = session.scalars(select(Period).order_by(Period.month.desc()).limit(limit))
    return tuple(_shown(row) for row in rows)


def closed_month(session: Session, month: date) -> ClosedMonth | None:
    """Return a month if it is closed."""
    row = session.get(Period, month)
    return _shown(row) if row else None


def _shown(row: Period) -> ClosedMonth:
    return ClosedMonth(
        row.month, row.closed_at, row.closed_by, row.entries, row.sha256, tuple(row.checklist)
    )

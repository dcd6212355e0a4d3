"""Reads the days on which nothing ships, for the pages about plans."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.subscriptions.models import CalendarException


@dataclass(frozen=True)
class ClosedDay:
    """A day without delivery; `ships_on` None means its boxes fall out."""

    day: date
    ships_on: date | None
    reason: str


def closed_days(session: Session, since: date) -> list[ClosedDay]:
    """Return the closed days from `since` on, by day."""
    rows = session.execute(
        select(CalendarException.day, CalendarException.ships_on, CalendarException.reason)
        .where(CalendarException.day >= since)
        .order_by(CalendarException.day)
    )
    return [ClosedDay(*row) for row in rows]

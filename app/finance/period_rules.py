"""Months of the books, and what must hold before one closes. Pure: days in, months out."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dateutil.relativedelta import relativedelta

from app.core.refusals import Refusal


class PeriodRefusal(Refusal):
    """Why a month cannot be closed, or read."""

    BAD_MONTH = "Please give a month such as 2027-01."
    ALREADY_CLOSED = "This month is closed already. Corrections go into the first open month."
    NOT_READY = "This month cannot close yet: not everything on its checklist holds."


class Check(StrEnum):
    """What must hold before a month closes."""

    OVER = "over"
    IN_TURN = "in_turn"
    BOOKS = "books"
    ATTEMPTS = "attempts"
    REFUNDS = "refunds"
    PAYOUTS = "payouts"
    EVENTS = "events"
    DEFERRED = "deferred"


@dataclass(frozen=True)
class Point:
    """One point of a checklist: whether it holds, how many things do not, the first of them."""

    check: Check
    holds: bool
    count: int = 0
    detail: str = ""


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def months_after(month: date, count: int) -> date:
    """Return the first day of the month `count` months later (earlier when negative)."""
    return month_of(month) + relativedelta(months=count)


def read_month(typed: str) -> date | None:
    """Return the month that "2027-01" names; None where it names none."""
    try:
        return date.fromisoformat(f"{typed}-01") if len(typed) == 7 else None
    except ValueError:
        return None


def written(month: date) -> str:
    """Return a month as "2027-01"."""
    return month.isoformat()[:7]


def months_between(first: date, last: date) -> list[date]:
    """Return all months from the first to the last, both included."""
    found, month = [], month_of(first)
    while month <= last:
        found.append(month)
        month = months_after(month, 1)
    return found

"""What is owed and how old it is, and what became of the payments declined in a month."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Select, case, cast, false, func, literal, select
from sqlalchemy.orm import Session

from app.billing.models import Attempt, Invoice, Payment
from app.billing.rules import InvoiceStatus, PaymentStatus
from app.core.clock import instant_of
from app.finance.period_rules import months_after
from app.finance.unpaid_rules import AGES, Ending, Fate, Funnel, funnel
from app.people.models import Person

# What credit pays of an invoice is not owed; what earlier ones left to it is.
DUE = Invoice.total_cents - Invoice.credit_cents + Invoice.brought_cents


@dataclass(frozen=True)
class AgeRow:
    """What is owed for at least `low` and less than `high` days (None: however long), in cents."""

    low: int
    high: int | None
    currency: str
    invoices: int
    cents: int


@dataclass(frozen=True)
class OwedRow:
    """One invoice that is owed; `on_account_at` says since when its box has left."""

    invoice_id: uuid.UUID
    number: int
    name: str
    email: str
    cents: int
    currency: str
    issued_at: datetime
    days: int
    tries: int
    next_try_at: datetime | None
    on_account_at: datetime | None
    under_way: bool


def ageing(session: Session, now: datetime) -> tuple[AgeRow, ...]:
    """Return what is owed by how many days ago it was billed, the youngest first."""
    days = _days(now)
    place = case(*((days < high, low) for low, high in AGES if high), else_=AGES[-1][0])
    rows = session.execute(
        select(place, Invoice.currency, func.count(), func.sum(DUE))
        .where(Invoice.status == InvoiceStatus.OPEN)
        .group_by(place, Invoice.currency)
        .order_by(place, Invoice.currency)
    )
    highs = dict(AGES)
    return tuple(AgeRow(row[0], highs[row[0]], row[1], row[2], int(row[3])) for row in rows)


def owed(session: Session, now: datetime, low: int, limits: tuple[int, int]) -> tuple[OwedRow, ...]:
    """Return the invoices that are owed since `low` days or longer within that stretch."""
    high = dict(AGES).get(low)
    days = _days(now)
    query = (
        select(
            Invoice.id,
            Invoice.number,
            Person.name,
            Person.email,
            DUE,
            Invoice.currency,
            Invoice.issued_at,
            days,
            func.coalesce(Payment.tries, 0),
            Payment.next_try_at,
            Invoice.on_account_at,
            func.coalesce(Payment.status == PaymentStatus.PROCESSING, false()),
        )
        .join(Person, Person.id == Invoice.subscriber_id)
        .outerjoin(Payment, Payment.invoice_id == Invoice.id)
        .where(Invoice.status == InvoiceStatus.OPEN, days >= low)
        .order_by(Invoice.issued_at, Invoice.number)
        .limit(limits[0])
        .offset(limits[1])
    )
    if high is not None:
        query = query.where(days < high)
    return tuple(OwedRow(*list(row)) for row in session.execute(query))


def dunning_funnel(session: Session, month: date, zone: ZoneInfo, currency: str) -> Funnel:
    """Return what became of the payments that were declined for the first time in a month."""
    return funnel(
        Fate(row[0] or "", Ending(row[1]), row[2], row[3], int(row[4]))
        for row in session.execute(_fates(month, zone, currency))
    )


def _fates(month: date, zone: ZoneInfo, currency: str) -> Select[str | None, str, int, int, int]:
    ending = case(
        (Payment.status == PaymentStatus.SUCCEEDED, literal(Ending.RECOVERED.value)),
        (Payment.status == PaymentStatus.CANCELLED, literal(Ending.LOST.value)),
        else_=literal(Ending.OPEN.value),
    )
    first = (
        select(Attempt.decline_code)
        .where(Attempt.payment_id == Payment.id, Attempt.decline_code.is_not(None))
        .order_by(Attempt.number)
        .limit(1)
        .scalar_subquery()
    )
    told = (
        select(
            first.label("code"),
            ending.label("ending"),
            Payment.tries.label("tries"),
            Payment.amount_cents.label("cents"),
        )
        .where(
            Payment.first_failed_at >= instant_of(month, time(0), zone),
            Payment.first_failed_at < instant_of(months_after(month, 1), time(0), zone),
            Payment.currency == currency,
        )
        .subquery()
    )
    return select(
        told.c.code, told.c.ending, told.c.tries, func.count(), func.sum(told.c.cents)
    ).group_by(told.c.code, told.c.ending, told.c.tries)


def _days(now: datetime) -> ColumnElement[int]:
    return cast(
        func.floor(func.extract("epoch", literal(now) - Invoice.issued_at) / 86400), Integer
    )

"""Reads for the staff's pages about money: invoices with their boxes, and declined payments."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from app.billing.models import Attempt, Invoice, Payment
from app.billing.rules import FINAL, InvoiceStatus
from app.fulfilment.box_queries import ORDER, money_word
from app.fulfilment.models import Box
from app.people.models import Person
from app.subscriptions.models import Subscription

_LAST_DECLINE = (
    select(Attempt.decline_code)
    .where(Attempt.payment_id == Payment.id, Attempt.decline_code.is_not(None))
    .order_by(Attempt.number.desc())
    .limit(1)
    .scalar_subquery()
)
DECLINED = and_(
    Invoice.status == InvoiceStatus.OPEN,
    Payment.first_failed_at.is_not(None),
    Payment.status.not_in(FINAL),
)


@dataclass(frozen=True)
class BilledBox:
    """An invoice with whom it is for, its box, and how its payment stands."""

    invoice_id: uuid.UUID
    number: int
    box_id: uuid.UUID | None
    subscriber_id: uuid.UUID
    name: str
    email: str
    ships_on: date | None
    issued_at: datetime
    total_cents: int
    refunded_cents: int
    currency: str
    status: str
    money: str
    tries: int | None
    next_try_at: datetime | None
    last_decline: str | None


def billed_boxes(
    session: Session, wanted: str, search: str, page: tuple[int, int]
) -> list[BilledBox]:
    """Return invoices, the newest first; `wanted` is a status, `declined`, or empty for all.

    `page` is (limit, offset). Searched are invoice and order numbers, names and addresses.
    """
    query = _invoices().order_by(Invoice.number.desc()).limit(page[0]).offset(page[1])
    if wanted == "declined":
        query = query.where(DECLINED)
    elif wanted:
        query = query.where(Invoice.status == InvoiceStatus(wanted))
    return [_row(row) for row in session.execute(_searched(query, search.strip()))]


def billed_to(session: Session, subscriber_id: uuid.UUID, limit: int) -> list[BilledBox]:
    """Return somebody's invoices, the newest first."""
    query = _invoices().where(Invoice.subscriber_id == subscriber_id)
    rows = session.execute(query.order_by(Invoice.number.desc()).limit(limit))
    return [_row(row) for row in rows]


def declined(session: Session, limit: int = 5) -> list[BilledBox]:
    """Return the declined payments that are tried next or wait longest for a person."""
    query = _invoices().where(DECLINED).order_by(Payment.first_failed_at, Invoice.number)
    return [_row(row) for row in session.execute(query.limit(limit))]


def declined_sum(session: Session) -> tuple[int, int]:
    """Return how many payments are declined and unpaid, and how many cents that is."""
    count, cents = session.execute(
        select(func.count(), func.coalesce(func.sum(Invoice.total_cents), 0))
        .select_from(Invoice)
        .join(Payment, Payment.invoice_id == Invoice.id)
        .where(DECLINED)
    ).one()
    return count, int(cents)


_COLUMNS: tuple[Any, ...] = (
    Invoice.id,
    Invoice.number,
    Box.id,
    Person.id,
    Person.name,
    Person.email,
    Invoice.ships_on,
    Invoice.issued_at,
    Invoice.total_cents,
    Invoice.refunded_cents,
    Invoice.currency,
    Invoice.status,
    money_word(),
    Payment.tries,
    Payment.next_try_at,
    _LAST_DECLINE,
)


def _invoices() -> Select[Any]:
    return (
        select(*_COLUMNS)
        .select_from(Invoice)
        .join(Person, Person.id == Invoice.subscriber_id)
        .join(Subscription, Subscription.id == Invoice.subscription_id)
        .outerjoin(Box, Box.invoice_id == Invoice.id)
        .outerjoin(Payment, Payment.invoice_id == Invoice.id)
    )


def _searched(query: Select[Any], word: str) -> Select[Any]:
    order = ORDER.fullmatch(word)
    if order:
        return query.where(Subscription.number == int(order[1]), Invoice.cycle == int(order[2]))
    if word.isdecimal() and len(word) < 18:
        return query.where(Invoice.number == int(word))
    if word:
        return query.where(
            Person.email.icontains(word, autoescape=True)
            | Person.name.icontains(word, autoescape=True)
        )
    return query


def _row(row: Any) -> BilledBox:
    values = list(row)
    values[11] = values[11].value
    return BilledBox(*values)

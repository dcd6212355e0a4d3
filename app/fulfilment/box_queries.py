"""Reads for the staff's pages about boxes: lists of a batch, and everything about one box."""

import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.billing.models import Invoice, Payment, Refund
from app.billing.rules import FINAL, InvoiceStatus
from app.catalog.models import Sku
from app.core.refusals import Refused
from app.fulfilment.models import Box, BoxLine, Parcel, Tracking
from app.fulfilment.rules import BoxRefusal, BoxStatus, order_number
from app.people.models import Address, Person
from app.people.queries import address_facts
from app.subscriptions.models import Subscription

ORDER = re.compile(r"(?:BW-)?(\d{1,18})-(\d{1,9})", re.IGNORECASE)
GONE = (BoxStatus.CANCELLED, BoxStatus.VOIDED)


@dataclass(frozen=True)
class BoxInBatch:
    """One box in a list; `money` is paid, declined, waiting, stopped, refunded, or empty."""

    id: uuid.UUID
    order_number: str
    subscriber_id: uuid.UUID
    name: str
    email: str
    status: str
    reason: str
    missing: int
    units: int
    total_cents: int | None
    money: str


@dataclass(frozen=True)
class Charging:
    """How the charging of a batch stands: invoices and cents by the words of `BoxInBatch.money`."""

    counts: dict[str, int]
    cents: dict[str, int]


@dataclass(frozen=True)
class PackedLine:
    """A line of a box as it was packed and priced."""

    sku_code: str
    name: str
    grams: int
    units: int
    unit_cents: int
    source: str
    instead_of: str | None
    repeat: bool


@dataclass(frozen=True)
class BoxDetail:
    """Everything about one box; before the lock, the address is the subscription's own."""

    id: uuid.UUID
    order_number: str
    subscription_id: uuid.UUID
    subscription_number: int
    subscriber_id: uuid.UUID
    name: str
    email: str
    plan_name: dict[str, str]
    batch_id: uuid.UUID
    cycle: int
    ships_on: date
    cutoff_at: datetime
    status: str
    reason: str
    locked_at: datetime | None
    shipped_at: datetime | None
    size: int
    size_kind: str
    price_cents: int
    tax_bp: int | None
    address: dict[str, str]
    note: str
    missing: int
    invoice_id: uuid.UUID | None
    lines: tuple[PackedLine, ...]
    released_at: datetime | None
    tracking: tuple[tuple[str, str], ...]


def money_word() -> ColumnElement[Any]:
    """Return the expression that says how the charging of a box stands."""
    return case(
        (Invoice.id.is_(None), ""),
        (Invoice.status == InvoiceStatus.PAID, "paid"),
        (Invoice.status == InvoiceStatus.REFUNDED, "refunded"),
        (Invoice.status == InvoiceStatus.VOID, "stopped"),
        (and_(Payment.first_failed_at.is_not(None), Payment.status.not_in(FINAL)), "declined"),
        (or_(Payment.id.is_(None), Payment.status.not_in(FINAL)), "waiting"),
        else_="stopped",
    )


def charging(session: Session, batch_id: uuid.UUID) -> Charging:
    """Return how the charging of a batch stands."""
    word = money_word().label("word")
    rows = session.execute(
        select(word, func.count(), func.sum(Invoice.total_cents))
        .select_from(Box)
        .join(Invoice, Invoice.id == Box.invoice_id)
        .outerjoin(Payment, Payment.invoice_id == Invoice.id)
        .where(Box.batch_id == batch_id)
        .group_by(word)
    ).all()
    return Charging({row[0]: row[1] for row in rows}, {row[0]: int(row[2]) for row in rows})


def boxes_in_batch(
    session: Session, batch_id: uuid.UUID, status: str, search: str, page: tuple[int, int]
) -> list[BoxInBatch]:
    """Return boxes of a batch, of one status and fitting `search` if given; `page` is (limit,
    offset). Searched are order numbers, names and e-mail addresses."""
    units = (
        select(func.coalesce(func.sum(BoxLine.units), 0))
        .where(BoxLine.box_id == Box.id)
        .scalar_subquery()
    )
    query = (
        select(Box, Subscription.number, Person, units, Invoice.total_cents, money_word())
        .join(Subscription, Subscription.id == Box.subscription_id)
        .join(Person, Person.id == Box.subscriber_id)
        .outerjoin(Invoice, Invoice.id == Box.invoice_id)
        .outerjoin(Payment, Payment.invoice_id == Invoice.id)
        .where(Box.batch_id == batch_id)
        .order_by(Subscription.number, Box.cycle)
        .limit(page[0])
        .offset(page[1])
    )
    if status:
        query = query.where(Box.status == BoxStatus(status))
    rows = session.execute(_searched(query, search.strip()))
    return [_in_batch(row) for row in rows]


def _searched(query: Select[Any], word: str) -> Select[Any]:
    order = ORDER.fullmatch(word)
    if order:
        return query.where(Subscription.number == int(order[1]), Box.cycle == int(order[2]))
    if word.isdecimal() and len(word) < 18:
        return query.where(Subscription.number == int(word))
    if word:
        return query.where(
            Person.email.icontains(word, autoescape=True)
            | Person.name.icontains(word, autoescape=True)
        )
    return query


def _in_batch(row: Any) -> BoxInBatch:
    box, number, person, units, total, money = row
    return BoxInBatch(
        id=box.id,
        order_number=order_number(number, box.cycle),
        subscriber_id=person.id,
        name=person.name,
        email=person.email,
        status=box.status.value,
        reason=box.reason,
        missing=box.missing,
        units=int(units),
        total_cents=total,
        money=money,
    )


def find_box(session: Session, word: str) -> uuid.UUID | None:
    """Return the box that an order number names."""
    order = ORDER.fullmatch(word.strip())
    if order is None:
        return None
    return session.scalar(
        select(Box.id)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .where(Subscription.number == int(order[1]), Box.cycle == int(order[2]))
    )


def box_detail(session: Session, box_id: uuid.UUID) -> BoxDetail:
    """Return everything about one box; refuse an unknown one."""
    row = session.execute(
        select(Box, Subscription, Person, Address, Parcel)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .join(Person, Person.id == Box.subscriber_id)
        .join(Address, Address.id == Subscription.address_id)
        .outerjoin(Parcel, Parcel.box_id == Box.id)
        .where(Box.id == box_id)
    ).first()
    if row is None:
        raise Refused(BoxRefusal.UNKNOWN)
    box, subscription, person, address, parcel = row
    return BoxDetail(
        id=box.id,
        order_number=order_number(subscription.number, box.cycle),
        subscription_id=subscription.id,
        subscription_number=subscription.number,
        subscriber_id=person.id,
        name=person.name,
        email=person.email,
        plan_name=subscription.plan.name,
        batch_id=box.batch_id,
        cycle=box.cycle,
        ships_on=box.ships_on,
        cutoff_at=box.cutoff_at,
        status=box.status.value,
        reason=box.reason,
        locked_at=box.locked_at,
        shipped_at=box.shipped_at,
        size=subscription.size if box.size is None else box.size,
        size_kind=subscription.plan.size_kind.value,
        price_cents=subscription.price_cents if box.price_cents is None else box.price_cents,
        tax_bp=box.tax_bp,
        address=box.address or address_facts(address),
        note=subscription.note if box.note is None else box.note,
        missing=box.missing,
        invoice_id=box.invoice_id,
        lines=_lines(session, box_id),
        released_at=parcel.released_at if parcel else None,
        tracking=_tracking(session, parcel.id) if parcel else (),
    )


def _lines(session: Session, box_id: uuid.UUID) -> tuple[PackedLine, ...]:
    line = BoxLine
    rows = session.execute(
        select(
            Sku.code,
            line.name,
            Sku.grams,
            line.units,
            line.unit_cents,
            line.source,
            line.instead_of,
            line.repeat,
        )
        .join(Sku, Sku.id == line.sku_id)
        .where(line.box_id == box_id)
        .order_by(line.position)
    )
    return tuple(PackedLine(*row[:5], row[5].value, *row[6:]) for row in rows)


def _tracking(session: Session, parcel_id: uuid.UUID) -> tuple[tuple[str, str], ...]:
    rows = session.execute(
        select(Tracking.carrier, Tracking.number)
        .where(Tracking.parcel_id == parcel_id)
        .order_by(Tracking.id)
    )
    return tuple((carrier, number) for carrier, number in rows)


def rows_about(session: Session, box_id: uuid.UUID) -> list[tuple[str, str]]:
    """Return the rows (table, id) whose changes make up the story of a box."""
    invoice = select(Box.invoice_id).where(Box.id == box_id).scalar_subquery()
    payments = select(Payment.id).where(Payment.invoice_id == invoice)
    kinds: dict[str, Select[Any]] = {
        "box": select(Box.id).where(Box.id == box_id),
        "invoice": select(Invoice.id).where(Invoice.id == invoice),
        "payment": payments,
        "refund": select(Refund.id).where(Refund.payment_id.in_(payments)),
        "parcel": select(Parcel.id).where(Parcel.box_id == box_id),
    }
    return [(table, str(key)) for table, query in kinds.items() for key in session.scalars(query)]

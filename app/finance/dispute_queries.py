"""Reads for the staff's disputes: the list, and all we know that may speak for us."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.billing.models import Invoice, Payment
from app.core.outbox import Letter
from app.core.refusals import Refused
from app.finance.dispute_rules import DECIDED, DisputeRefusal, DisputeStatus
from app.finance.models import Dispute
from app.fulfilment.models import Box, BoxHold, Parcel, Tracking
from app.people.models import Person


@dataclass(frozen=True)
class DisputeRow:
    """One dispute, with the invoice and the subscriber it is about."""

    id: uuid.UUID
    status: DisputeStatus
    reason: str
    amount_cents: int
    currency: str
    opened_at: datetime
    due_by: datetime | None
    closed_at: datetime | None
    evidence: str
    evidence_at: datetime | None
    invoice_id: uuid.UUID
    invoice_number: int
    paid_at: datetime | None
    name: str
    email: str
    provider_id: str

    @property
    def open(self) -> bool:
        return self.status not in DECIDED


@dataclass(frozen=True)
class Proof:
    """What speaks for us: the box and where it went, and what we wrote to the subscriber."""

    box_id: uuid.UUID | None
    order_number: str | None
    ships_on: date | None
    shipped_at: datetime | None
    address: dict[str, Any]
    numbers: tuple[str, ...]
    letters: tuple[tuple[str, datetime], ...]
    kept_back: bool


def list_disputes(session: Session, limits: tuple[int, int]) -> list[DisputeRow]:
    """Return disputes: open ones by the day on which evidence is due, then the newest."""
    limit, offset = limits
    rows = session.execute(
        _rows()
        .order_by(
            Dispute.closed_at.is_not(None),
            Dispute.closed_at.desc(),
            Dispute.due_by,
            Dispute.id,
        )
        .limit(limit)
        .offset(offset)
    )
    return [DisputeRow(*row) for row in rows]


def dispute_row(session: Session, dispute_id: uuid.UUID) -> DisputeRow:
    """Return one dispute."""
    row = session.execute(_rows().where(Dispute.id == dispute_id)).one_or_none()
    if row is None:
        raise Refused(DisputeRefusal.UNKNOWN)
    return DisputeRow(*row)


def proof_for(session: Session, row: DisputeRow) -> Proof:
    """Gather what speaks for us in a dispute."""
    box = session.execute(
        select(Box.id, Parcel.id, Parcel.order_number, Box.ships_on, Box.shipped_at, Box.address)
        .outerjoin(Parcel, Parcel.box_id == Box.id)
        .where(Box.invoice_id == row.invoice_id)
    ).first()
    box_id, parcel_id, number, ships_on, shipped_at, address = box or (None,) * 6
    numbers = session.execute(
        select(Tracking.carrier, Tracking.number).where(Tracking.parcel_id == parcel_id)
    )
    letters = session.execute(
        select(Letter.kind, Letter.sent_at)
        .join(Invoice, Invoice.subscriber_id == Letter.person_id)
        .where(Invoice.id == row.invoice_id, Letter.sent_at.is_not(None))
        .order_by(Letter.id.desc())
        .limit(20)
    )
    held = select(BoxHold.id).where(
        BoxHold.cause == "dispute",
        BoxHold.reference == row.provider_id,
        BoxHold.ended_at.is_(None),
    )
    return Proof(
        box_id=box_id,
        order_number=number,
        ships_on=ships_on,
        shipped_at=shipped_at,
        address=address or {},
        numbers=tuple(f"{carrier} {found}" for carrier, found in numbers),
        letters=tuple((kind, sent) for kind, sent in letters if sent),
        kept_back=session.scalar(held) is not None,
    )


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Dispute.id,
            Dispute.status,
            Dispute.reason,
            Dispute.amount_cents,
            Dispute.currency,
            Dispute.opened_at,
            Dispute.due_by,
            Dispute.closed_at,
            Dispute.evidence,
            Dispute.evidence_at,
            Invoice.id,
            Invoice.number,
            Invoice.paid_at,
            Person.name,
            Person.email,
            Dispute.provider_id,
        )
        .join(Payment, Payment.id == Dispute.payment_id)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .join(Person, Person.id == Invoice.subscriber_id)
    )

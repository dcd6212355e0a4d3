"""The register of what was given back and of what cardholders' banks took back, month by month."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.billing.models import Invoice, Payment, Refund
from app.billing.rules import RefundStatus
from app.core.clock import instant_of
from app.finance.models import Dispute
from app.finance.period_rules import months_after
from app.people.models import Person

MOST = 20_000


@dataclass(frozen=True)
class BackRow:
    """One refund or dispute; `ended_at` is None while it is under way."""

    id: uuid.UUID
    invoice_id: uuid.UUID
    invoice_number: int
    name: str
    email: str
    amount_cents: int
    currency: str
    reason: str
    status: str
    began_at: datetime
    ended_at: datetime | None
    provider_id: str


@dataclass(frozen=True)
class Register:
    """The refunds and disputes of a month, the newest first."""

    refunds: tuple[BackRow, ...]
    disputes: tuple[BackRow, ...]

    def refunded(self, currency: str) -> int:
        """Return what was really given back, in cents."""
        return sum(
            row.amount_cents
            for row in self.refunds
            if row.currency == currency and row.status == RefundStatus.SUCCEEDED.value
        )


def register_of(session: Session, month: date, zone: ZoneInfo) -> Register:
    """Return what was asked for, settled, opened or closed within a month."""
    starts = instant_of(month, time(0), zone)
    ends = instant_of(months_after(month, 1), time(0), zone)
    who = (Person.name, Person.email)
    refund = (
        select(
            Refund.id,
            Invoice.id,
            Invoice.number,
            *who,
            Refund.amount_cents,
            Invoice.currency,
            Refund.reason,
            Refund.status,
            Refund.asked_at,
            Refund.settled_at,
            func.coalesce(Refund.provider_id, ""),
        )
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            or_(
                Refund.settled_at.between(starts, ends) & (Refund.settled_at < ends),
                Refund.settled_at.is_(None) & (Refund.asked_at < ends),
            )
        )
        .order_by(Refund.asked_at.desc(), Refund.id)
    )
    dispute = (
        select(
            Dispute.id,
            Invoice.id,
            Invoice.number,
            *who,
            Dispute.amount_cents,
            Dispute.currency,
            Dispute.reason,
            Dispute.status,
            Dispute.opened_at,
            Dispute.closed_at,
            Dispute.provider_id,
        )
        .join(Payment, Payment.id == Dispute.payment_id)
        .where(
            Dispute.opened_at < ends,
            or_(Dispute.closed_at.is_(None), Dispute.closed_at >= starts),
        )
        .order_by(Dispute.opened_at.desc(), Dispute.id)
    )
    found = []
    for query in (refund, dispute):
        rows = session.execute(
            query.join(Invoice, Invoice.id == Payment.invoice_id)
            .join(Person, Person.id == Invoice.subscriber_id)
            .limit(MOST)
        )
        found.append(tuple(_shown(tuple(row)) for row in rows))
    return Register(*found)


def _shown(told: tuple[Any, ...]) -> BackRow:
    return BackRow(*[*told[:8], told[8].value, *told[9:]])

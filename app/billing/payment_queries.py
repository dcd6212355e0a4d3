"""What pages read of money under way: a batch's payments, dunning, what a link may still pay."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.billing.models import Invoice, InvoiceLine, LineBack, Payment, Refund
from app.billing.queries import INVOICE, LAST_DECLINE, PAYMENT, InvoiceRow, PaymentRow
from app.billing.rules import (
    FINAL,
    DeclineKind,
    InvoiceStatus,
    PaymentStatus,
    RefundStatus,
    decline_kind,
)
from app.core.database import among


@dataclass(frozen=True)
class PaymentCounts:
    """How the payments of some invoices stand; amounts in cents by the same names."""

    counts: dict[str, int]
    cents: dict[str, int]


@dataclass(frozen=True)
class DunningRow:
    """One unpaid invoice that was declined."""

    invoice: InvoiceRow
    subscriber_id: uuid.UUID
    payment: PaymentRow


@dataclass(frozen=True)
class OpenPayment:
    """A payment that a link may still pay."""

    payment_id: uuid.UUID
    invoice_id: uuid.UUID
    invoice_number: int
    subscription_id: uuid.UUID
    subscriber_id: uuid.UUID
    amount_cents: int
    currency: str


def payments_of(session: Session, invoice_ids: list[uuid.UUID]) -> PaymentCounts:
    """Count the payments of a batch's invoices by state; what needs no payment counts as `free`."""
    rows = session.execute(
        select(Payment.status, func.count(), func.sum(Invoice.total_cents))
        .select_from(Invoice)
        .outerjoin(Payment, Payment.invoice_id == Invoice.id)
        .where(among(Invoice.id, invoice_ids))
        .group_by(Payment.status)
    ).all()
    return PaymentCounts(
        counts={_word(row[0]): row[1] for row in rows},
        cents={_word(row[0]): int(row[2] or 0) for row in rows},
    )


def _word(status: PaymentStatus | None) -> str:
    return status.value if status else "free"


def dunning(session: Session) -> tuple[DunningRow, ...]:
    """Return the open invoices that were declined, the longest unpaid first."""
    rows = session.execute(
        select(Invoice.subscriber_id, *INVOICE, *PAYMENT)
        .join(Payment, Payment.invoice_id == Invoice.id)
        .where(
            Invoice.status == InvoiceStatus.OPEN,
            Payment.first_failed_at.is_not(None),
            Payment.status.not_in(FINAL),
        )
        .order_by(Payment.first_failed_at, Invoice.number)
    )
    return tuple(_dunning_row(tuple(row)) for row in rows)


def _dunning_row(row: tuple[Any, ...]) -> DunningRow:
    invoice, payment = row[1 : 1 + len(INVOICE)], row[1 + len(INVOICE) :]
    return DunningRow(InvoiceRow(*invoice), row[0], PaymentRow(*payment))


@dataclass(frozen=True)
class Undecided:
    """A declined charge that waits for a program's decision; `code` is the provider's word."""

    payment_id: uuid.UUID
    invoice_id: uuid.UUID
    subscription_id: uuid.UUID
    amount_cents: int
    currency: str
    code: str
    tries: int
    since: datetime

    @property
    def kind(self) -> DeclineKind:
        return decline_kind(self.code)


def waiting_for_decision(session: Session) -> tuple[Undecided, ...]:
    """Return the declined charges that wait for a decision, the oldest first."""
    rows = session.execute(
        select(
            Payment.id,
            Invoice.id,
            Invoice.subscription_id,
            Payment.amount_cents,
            Payment.currency,
            func.coalesce(LAST_DECLINE, ""),
            Payment.tries,
            Payment.decision_wanted_at,
        )
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(
            Payment.decision_wanted_at.is_not(None),
            Payment.status.not_in(FINAL),
            Payment.cancel_wanted_at.is_(None),
        )
        .order_by(Payment.decision_wanted_at, Payment.id)
    )
    return tuple(Undecided(*row) for row in rows)


@dataclass(frozen=True)
class PaidLineRow:
    """A line that was paid for: what it came to, and what of it went back or is about to."""

    position: int
    text: str
    net_cents: int
    tax_cents: int
    back_cents: int

    @property
    def left_cents(self) -> int:
        return self.net_cents + self.tax_cents - self.back_cents


def paid_lines(session: Session, invoice_id: uuid.UUID) -> tuple[PaidLineRow, ...]:
    """Return the lines of an invoice of which something can be given back, in their order."""
    gone = (
        select(LineBack.position, func.sum(LineBack.net_cents + LineBack.tax_cents).label("cents"))
        .outerjoin(Refund, Refund.id == LineBack.refund_id)
        .where(
            LineBack.invoice_id == invoice_id,
            or_(LineBack.refund_id.is_(None), Refund.status != RefundStatus.FAILED),
        )
        .group_by(LineBack.position)
        .subquery()
    )
    line = InvoiceLine
    rows = session.execute(
        select(
            line.position,
            line.text,
            line.net_cents,
            line.tax_cents,
            func.coalesce(gone.c.cents, 0),
        )
        .outerjoin(gone, gone.c.position == line.position)
        .where(line.invoice_id == invoice_id, line.net_cents + line.tax_cents > 0)
        .order_by(line.position)
    )
    return tuple(PaidLineRow(row[0], row[1], row[2], row[3], int(row[4])) for row in rows)


def open_payment_of(session: Session, invoice_id: uuid.UUID) -> OpenPayment | None:
    """Return what a pay link may still collect; None when nothing is owed any more."""
    row = session.execute(
        select(
            Payment.id,
            Invoice.id,
            Invoice.number,
            Invoice.subscription_id,
            Invoice.subscriber_id,
            Payment.amount_cents,
            Payment.currency,
        )
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(
            Invoice.id == invoice_id,
            Invoice.status == InvoiceStatus.OPEN,
            Payment.status.not_in(FINAL),
            Payment.cancel_wanted_at.is_(None),
        )
    ).one_or_none()
    return OpenPayment(*row) if row else None

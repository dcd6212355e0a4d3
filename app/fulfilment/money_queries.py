"""Reads how far the money of a batch has come."""

import uuid
from dataclasses import dataclass

from sqlalchemy import distinct, func, or_, select
from sqlalchemy.orm import Session

from app.billing.models import Invoice, Payment
from app.billing.rules import InvoiceStatus, PaymentStatus
from app.fulfilment.models import Box


@dataclass(frozen=True)
class BatchMoney:
    """Of the boxes of a batch: how many people's, paid, declined so far, and still undecided.

    A payment that waits for its owner at the bank counts as declined.
    """

    people: int
    charged: int
    declined: int
    undecided: int
    charged_cents: int


def batch_money(session: Session, batch_id: uuid.UUID) -> BatchMoney:
    """Count the payments of a batch. A box that cost nothing counts as paid."""
    paid = Invoice.paid_at.is_not(None)
    failed = or_(Payment.first_failed_at.is_not(None), Payment.status == PaymentStatus.NEEDS_ACTION)
    ended = Payment.status == PaymentStatus.CANCELLED
    unpaid = (Invoice.status == InvoiceStatus.OPEN, Invoice.paid_at.is_(None))
    row = session.execute(
        select(
            func.count(distinct(Box.subscriber_id)),
            func.count().filter(paid),
            func.count().filter(~paid, failed),
            func.count().filter(*unpaid, Payment.id.is_not(None), ~failed, ~ended),
            func.coalesce(func.sum(Invoice.total_cents).filter(paid), 0),
        )
        .select_from(Box)
        .join(Invoice, Invoice.id == Box.invoice_id)
        .outerjoin(Payment, Payment.invoice_id == Invoice.id)
        .where(Box.batch_id == batch_id)
    ).one()
    return BatchMoney(row[0], row[1], row[2], row[3], int(row[4]))


def people_with_boxes(session: Session) -> int:
    """Count the people for whom boxes were ever planned."""
    return session.scalar(select(func.count(distinct(Box.subscriber_id)))) or 0

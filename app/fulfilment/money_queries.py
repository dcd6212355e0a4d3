"""Reads how far the money of a batch has come."""

import uuid
from dataclasses import dataclass

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from app.billing.models import Invoice, Payment
from app.billing.rules import InvoiceStatus, PaymentStatus
from app.fulfilment.models import Box


@dataclass(frozen=True)
class BatchMoney:
    """Of the boxes of a batch: how many people's, paid, declined so far, and still undecided."""

    people: int
    charged: int
    declined: int
    undecided: int
    charged_cents: int


def batch_money(session: Session, batch_id: uuid.UUID) -> BatchMoney:
    """Count the payments of a batch. A box that cost nothing counts as paid."""
    paid = Invoice.paid_at.is_not(None)
    failed = Payment.first_failed_at.is_not(None)
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

"""Gives back what a box that was paid ahead turned out not to contain."""

import uuid

from app.billing.models import Invoice
from app.billing.rules import InvoiceStatus
from app.billing.services.ask_refund import ask_refund
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.outcome import BoxOutcome


def credit_missing(work: UnitOfWork, invoice_id: uuid.UUID, outcome: BoxOutcome) -> None:
    """Refund the difference between what was paid ahead and what the composed box costs."""
    invoice = work.session.get_one(Invoice, invoice_id)
    over = invoice.total_cents - invoice.refunded_cents - outcome.sum.total
    if outcome.missing and over > 0 and invoice.status is InvoiceStatus.PAID:
        ask_refund(work, invoice.id, over, reason="missing", reference=f"missing:{outcome.box_id}")

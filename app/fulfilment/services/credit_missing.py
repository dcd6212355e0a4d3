"""Gives back what a box that was paid ahead turned out not to contain."""

import uuid

from app.billing.models import Invoice
from app.billing.rules import InvoiceStatus, invoice_sum
from app.billing.services.ask_refund import ask_refund
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.outcome import terms_of
from app.fulfilment.pricing import price_box
from app.subscriptions.models import Subscription
from app.subscriptions.rules import Pricing


def credit_missing(
    work: UnitOfWork, invoice_id: uuid.UUID, box_id: uuid.UUID, total_cents: int
) -> None:
    """Refund the difference between what was paid ahead and what the composed box costs."""
    invoice = work.session.get_one(Invoice, invoice_id)
    over = invoice.total_cents - invoice.refunded_cents - total_cents
    if over > 0 and invoice.status is InvoiceStatus.PAID:
        ask_refund(work, invoice.id, over, reason="missing", reference=f"missing:{box_id}")


def credit_late(work: UnitOfWork, box: Box) -> None:
    """Refund what is missing in a box whose bill went out ahead but was paid after composing."""
    subscription = work.session.get_one(Subscription, box.subscription_id)
    terms = terms_of(subscription, box)
    # What contents cost is known only when they are composed, so it is never billed ahead.
    if not box.missing or box.invoice_id is None or terms.pricing is not Pricing.FIXED:
        return
    lines = price_box(terms, (), box.missing)
    amounts = invoice_sum([line.amount_cents for line in lines], box.tax_bp or 0)
    credit_missing(work, box.invoice_id, box.id, amounts.total)

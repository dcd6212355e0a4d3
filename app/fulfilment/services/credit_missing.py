"""Gives back what a box that was paid ahead turned out not to contain."""

import uuid

from app.billing.box_price_rules import NOT_THERE
from app.billing.models import Invoice
from app.billing.pricing_rules import LineKind, Off, reduced
from app.billing.queries import quote_of_invoice
from app.billing.rules import InvoiceStatus
from app.billing.services.ask_refund import ask_refund
from app.core.money import share_of
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.personalization.services.set_mix import slots_of
from app.subscriptions.models import Subscription
from app.subscriptions.rules import Pricing


def credit_missing(work: UnitOfWork, invoice_id: uuid.UUID, box: Box, missing: int) -> None:
    """Refund the difference between what was paid ahead and the same invoice without `missing`."""
    subscription = work.session.get_one(Subscription, box.subscription_id)
    # What contents cost is known only when they are composed, so it is never billed ahead.
    if not missing or subscription.plan.pricing is not Pricing.FIXED:
        return
    invoice = work.session.get_one(Invoice, invoice_id)
    paid = quote_of_invoice(work.session, invoice_id)
    if any(line.text == NOT_THERE for line in paid.lines):
        return
    box_cents = sum(line.left_cents for line in paid.lines if line.kind is LineKind.BOX)
    slots = slots_of(subscription)
    gone = share_of(box_cents, min(missing, slots), slots)
    cheaper = reduced(paid, Off(NOT_THERE, off_cents=gone)) if gone else paid
    over = invoice.total_cents - invoice.refunded_cents - cheaper.total
    if over > 0 and invoice.status is InvoiceStatus.PAID:
        ask_refund(work, invoice.id, over, reason="missing", reference=f"missing:{box.id}")


def credit_late(work: UnitOfWork, box: Box) -> None:
    """Refund what is missing in a box whose bill went out ahead but was paid after composing.

    A box that was billed when it was composed never paid for what was missing.
    """
    if box.invoice_id is not None:
        credit_missing(work, box.invoice_id, box, box.missing)

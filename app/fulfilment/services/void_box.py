"""Gives boxes up: their stock goes back, their charge stops, what was paid is refunded."""

from collections.abc import Sequence

from sqlalchemy import select, update

from app.billing.carry_models import Carry
from app.billing.models import Invoice, Payment
from app.billing.rules import InvoiceStatus
from app.billing.services.ask_refund import ask_refund
from app.billing.services.cancel_payment import cancel_payment
from app.billing.services.issue_invoices import drop_draft
from app.billing.services.move_credit import on_its_way, refund_as_credit
from app.billing.services.pay_carried import pay_carried
from app.catalog.services.move_stock import release
from app.core.database import among
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box, Parcel
from app.fulfilment.rules import BoxStatus, ParcelStatus

# What was added to a box is held under its own name until the box is composed.
HOLDER = "add_on"
RESERVED = (BoxStatus.COMPOSED, BoxStatus.RELEASED)


def void_boxes(work: UnitOfWork, boxes: Sequence[Box], status: BoxStatus, reason: str) -> None:
    """Bring locked rows of boxes to VOIDED (not paid in time) or CANCELLED, once."""
    held = [box.id for box in boxes if box.status in RESERVED]
    for box in boxes:
        box.status = status
        box.reason = reason
        # What was paid ahead for it is owed again, as another box.
        box.term_id = box.instalment = None
    work.session.flush()
    release(work, HOLDER, [box.id for box in boxes])
    if held:
        release(work, "box", held)
        work.session.execute(
            update(Parcel)
            .where(among(Parcel.box_id, held), Parcel.status == ParcelStatus.READY)
            .values(status=ParcelStatus.CANCELLED)
        )
    for box in boxes:
        if box.invoice_id:
            stop_money(work, box, reason)


def stop_money(work: UnitOfWork, box: Box, reason: str) -> None:
    """Stop collecting for a box, or give back what was paid for it and not given back yet."""
    release(work, HOLDER, [box.id])
    invoice = work.session.get_one(Invoice, box.invoice_id)
    work.session.refresh(invoice, with_for_update=True)
    if invoice.status is InvoiceStatus.DRAFT:
        drop_draft(work, invoice)
        return
    if invoice.status is InvoiceStatus.PAID and invoice.refunded_cents < invoice.total_cents:
        _give_back(work, invoice, box, reason)
        return
    payment_id = work.session.scalar(select(Payment.id).where(Payment.invoice_id == invoice.id))
    if payment_id and invoice.status is InvoiceStatus.OPEN:
        cancel_payment(work, payment_id, reason)


def _give_back(work: UnitOfWork, invoice: Invoice, box: Box, reason: str) -> None:
    """Give back what credit had paid as credit, and the rest to the card.

    What was carried over comes back as credit, which pays it where it still waits.
    """
    left = invoice.total_cents - invoice.refunded_cents - on_its_way(work, invoice.id)
    by_credit = min(invoice.credit_cents + invoice.carried_cents, left)
    if by_credit > 0:
        refund_as_credit(work, invoice, by_credit, f"void:{box.id}")
    if invoice.carried_cents:
        carry = work.session.get_one(Carry, invoice.id, with_for_update=True)
        pay_carried(work, carry)
    if left > by_credit:
        ask_refund(work, invoice.id, None, reason=reason, reference=f"void:{box.id}")

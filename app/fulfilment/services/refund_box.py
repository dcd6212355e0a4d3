"""Gives money back for a box: before it ships the box is called back, after it only money moves."""

import uuid

from app.billing.models import Invoice, Refund
from app.billing.rules import InvoiceStatus
from app.billing.services.ask_refund import ask_refund
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.queries import any_box
from app.fulfilment.rules import BoxRefusal, BoxStatus
from app.fulfilment.services.void_box import void_boxes

CALLED_BACK = (BoxStatus.RELEASED, BoxStatus.PLANNED, BoxStatus.LOCKED, BoxStatus.HELD)


def refund_box(
    work: UnitOfWork, box_id: uuid.UUID, amount_cents: int | None = None, reason: str = "staff"
) -> Refund | None:
    """Refund a box, all that is left for None. A whole refund before shipping cancels the box.

    Return None when cancelling made the refund itself.
    """
    box = any_box(work.session, box_id, lock=True)
    invoice = work.session.get(Invoice, box.invoice_id) if box.invoice_id else None
    if invoice is None or invoice.status not in (InvoiceStatus.PAID, InvoiceStatus.REFUNDED):
        raise Refused(BoxRefusal.NOTHING_TO_REFUND)
    whole = amount_cents is None or amount_cents == invoice.total_cents
    if whole and box.status in CALLED_BACK:
        void_boxes(work, [box], BoxStatus.CANCELLED, reason)
        return None
    reference = f"box:{box.id}:{work.actor.request_id}"
    return ask_refund(work, invoice.id, amount_cents, reason=reason, reference=reference)


def cancel_box(work: UnitOfWork, box_id: uuid.UUID, reason: str) -> Box:
    """Call a box back before it ships: stock returns, the charge stops or is refunded."""
    box = any_box(work.session, box_id, lock=True)
    if box.status is BoxStatus.CANCELLED:
        return box
    if box.status is BoxStatus.SHIPPED:
        raise Refused(BoxRefusal.ALREADY_SHIPPED)
    if box.status in (BoxStatus.VOIDED, BoxStatus.MISSED):
        raise Refused(BoxRefusal.ENDED)
    void_boxes(work, [box], BoxStatus.CANCELLED, reason)
    return box

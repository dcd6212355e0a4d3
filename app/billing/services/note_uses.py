"""Writes down what an invoice used besides money: discounts, and the subscriber's credit."""

import uuid
from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert

from app.billing.price_models import DiscountUse
from app.billing.rules import InvoiceDraft
from app.billing.services.move_credit import PAID_WHOLE, USED, Movement, move_credit
from app.core.unit_of_work import UnitOfWork


def note_uses(work: UnitOfWork, issued: Sequence[tuple[uuid.UUID, InvoiceDraft]]) -> None:
    """Note the discounts and take the credit of invoices that were just issued."""
    uses = [
        {"discount_id": discount, "invoice_id": invoice_id}
        for invoice_id, draft in issued
        for discount in draft.discount_ids
    ]
    if uses:
        work.session.execute(insert(DiscountUse).on_conflict_do_nothing(), uses)
    paying = [(invoice_id, draft) for invoice_id, draft in issued if draft.priced().credit_cents]
    move_credit(work, [_movement(invoice_id, draft) for invoice_id, draft in paying])


def _movement(invoice_id: uuid.UUID, draft: InvoiceDraft) -> Movement:
    """Return what is taken; where nothing is left to pay, no payment will tell the ledger."""
    priced = draft.priced()
    return Movement(
        subscriber_id=draft.credit_of or draft.subscriber_id,
        amount_cents=-priced.credit_cents,
        reason=USED if priced.due else PAID_WHOLE,
        reference=f"{USED}:{invoice_id}",
        invoice_id=invoice_id,
    )

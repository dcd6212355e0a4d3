"""Ends what was paid ahead, all of it at once: the money comes back, or the boxes still come."""

import uuid

from sqlalchemy import select

from app.billing.models import Invoice, Payment
from app.billing.rules import InvoiceStatus
from app.billing.services.ask_refund import ask_refund, refundable
from app.billing.services.cancel_payment import cancel_payment
from app.billing.services.issue_invoices import drop_draft
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.term_queries import OWING, TermRow, open_terms, terms_for
from app.subscriptions.models import Subscription, Term
from app.subscriptions.term_rules import PrepaidEnd, TermRefusal, TermStatus, gross_share

REASON = "term_cancelled"


def rest_of(subscription: Subscription, wanted: PrepaidEnd | None) -> PrepaidEnd:
    """Return what happens to boxes that are paid ahead: as the plan says, or as was chosen."""
    settled = subscription.plan.prepaid_end
    if settled is PrepaidEnd.CHOOSE:
        return wanted if wanted in (PrepaidEnd.REFUND, PrepaidEnd.SHIP) else PrepaidEnd.REFUND
    if wanted not in (None, PrepaidEnd.CHOOSE, settled):
        raise Refused(TermRefusal.CHOICE_FIXED, field="rest")
    return settled


def ship_the_rest(work: UnitOfWork, subscription: Subscription) -> bool:
    """Renew nothing and let the boxes come that are paid; False when none is left."""
    paid = [term for term in open_terms(work.session, subscription.id) if _is_paid(term)]
    for term in paid:
        work.session.get_one(Term, term.id, with_for_update=True).renews = False
    work.session.flush()
    return bool(paid)


def _is_paid(term: TermRow) -> bool:
    return term.status is TermStatus.PAID


def give_up_terms(work: UnitOfWork, subscription: Subscription) -> None:
    """Give back what was paid for boxes that nobody has packed; stop collecting what is owed.

    To be called once all boxes that do not come have been called off.
    """
    for row in terms_for(work.session, [subscription.id]):
        if row.status in OWING and row.left:
            _give_up(work, row)


def _give_up(work: UnitOfWork, row: TermRow) -> None:
    term = work.session.get_one(Term, row.id, with_for_update=True, populate_existing=True)
    term.status, term.ended_at, term.renews = TermStatus.CANCELLED, work.now, False
    invoice = _invoice(work, row.invoice_id)
    if invoice is None:
        return
    if invoice.status is InvoiceStatus.DRAFT:
        drop_draft(work, invoice)
        return
    if invoice.status is InvoiceStatus.OPEN:
        payment = work.session.scalar(select(Payment.id).where(Payment.invoice_id == invoice.id))
        if payment:
            cancel_payment(work, payment, REASON)
        return
    term.forgone_cents = row.left_cents
    amount = gross_share(row.left_cents, row.net_cents, row.tax_cents)
    amount = min(amount, refundable(work, invoice.id))
    if amount > 0:
        ask_refund(work, invoice.id, amount, REASON, term_reference(row.id))


def _invoice(work: UnitOfWork, invoice_id: uuid.UUID | None) -> Invoice | None:
    return work.session.get(Invoice, invoice_id) if invoice_id else None


def term_reference(term_id: uuid.UUID) -> str:
    """Return the reference of the one refund that ends a term."""
    return f"term:{term_id}"

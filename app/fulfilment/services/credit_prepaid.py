"""Gives back what a box that was paid ahead in a term turned out not to contain."""

from collections.abc import Sequence

from app.billing.services.ask_refund import ask_refund, refundable
from app.core.money import share_of
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.term_queries import TermRow, terms_for
from app.personalization.services.set_mix import slots_of
from app.subscriptions.models import Subscription
from app.subscriptions.term_rules import gross_share, instalment_cents


def credit_prepaid(work: UnitOfWork, boxes: Sequence[Box]) -> None:
    """Refund the missing part of each box's instalment with its tax, once a box."""
    short = [box for box in boxes if box.missing and box.term_id]
    if not short:
        return
    terms = {term.id: term for term in terms_for(work.session, {b.subscription_id for b in short})}
    for box in short:
        term = terms.get(box.term_id) if box.term_id else None
        if term is not None:
            _credit(work, box, term)


def _credit(work: UnitOfWork, box: Box, term: TermRow) -> None:
    if term.invoice_id is None or box.instalment is None:
        return
    slots = slots_of(work.session.get_one(Subscription, box.subscription_id))
    worth = instalment_cents(term.net_cents, term.boxes, box.instalment)
    gone = share_of(worth, min(box.missing, slots), slots)
    amount = gross_share(gone, term.net_cents, term.tax_cents)
    amount = min(amount, refundable(work, term.invoice_id))
    if amount > 0:
        ask_refund(work, term.invoice_id, amount, "missing", f"missing:{box.id}")

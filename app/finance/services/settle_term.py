"""Write down what happens to the money of boxes that are paid ahead: sold, earned, given back."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select, update

from app.billing.models import Invoice, Payment, Refund
from app.billing.services.ask_refund import ask_refund
from app.billing.services.payment_letters import promise_payment_letter
from app.core.database import among
from app.core.unit_of_work import UnitOfWork
from app.finance.prepaid_rules import goodwill, instalment, prepaid_refund
from app.finance.rules import Postings, Source, Split
from app.finance.services.post import EntryDraft, post_all
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.end_terms import REASON, term_reference
from app.fulfilment.services.release_box import release_term
from app.subscriptions.models import Term
from app.subscriptions.term_rules import TermStatus, gross_share, instalment_cents


def take_term_payment(work: UnitOfWork, payment: Payment, invoice: Invoice) -> None:
    """Let the boxes of a paid term go; what was cancelled meanwhile is given back whole."""
    term = work.session.get_one(Term, invoice.term_id, with_for_update=True, populate_existing=True)
    if term.status is TermStatus.CANCELLED:
        term.forgone_cents = invoice.net_cents
        ask_refund(work, invoice.id, None, REASON, term_reference(term.id))
        return
    if term.status is TermStatus.DUE:
        term.status, term.paid_at = TermStatus.PAID, work.now
    work.session.flush()
    release_term(work, term.id)
    promise_payment_letter(work, payment, "payment_received", "paid")


def earn_instalments(work: UnitOfWork, box_ids: Sequence[uuid.UUID]) -> int:
    """Earn the instalments of boxes that shipped, once each; return how many were new."""
    rows = work.session.execute(
        select(Box.id, Box.instalment, Box.shipped_at, Term, Invoice)
        .join(Term, Term.id == Box.term_id)
        .join(Invoice, Invoice.term_id == Term.id)
        .where(among(Box.id, box_ids), Box.shipped_at.is_not(None))
        .order_by(Term.id, Box.instalment)
        .with_for_update(of=Term)
    ).all()
    fresh = post_all(
        work,
        [
            EntryDraft(
                source=Source.INSTALMENT,
                source_id=str(box_id),
                currency=invoice.currency,
                memo=f"Invoice {invoice.number}, box {number} of {term.boxes}",
                postings=instalment(instalment_cents(invoice.net_cents, term.boxes, number or 1)),
                subscription_id=invoice.subscription_id,
                invoice_id=invoice.id,
                happened_at=shipped_at,
            )
            for box_id, number, shipped_at, term, invoice in rows
        ],
    )
    _finish(work, {row[3].id for row in rows})
    return len(fresh)


def _finish(work: UnitOfWork, terms: set[uuid.UUID]) -> None:
    """End the terms of which every box has shipped."""
    shipped = (
        select(func.count())
        .where(Box.term_id == Term.id, Box.status == BoxStatus.SHIPPED)
        .scalar_subquery()
    )
    if terms:
        work.session.execute(
            update(Term)
            .where(among(Term.id, terms), Term.status == TermStatus.PAID, Term.boxes == shipped)
            .values(status=TermStatus.DONE, ended_at=work.now)
            .execution_options(synchronize_session="fetch")
        )


def term_refund(work: UnitOfWork, invoice: Invoice, row: Refund, split: Split) -> Postings:
    """Return what a refund of boxes paid ahead writes.

    The one that ends the term takes back what was owed as boxes; any other one takes none away.
    """
    if row.reference != term_reference(invoice.term_id or uuid.UUID(int=0)):
        return goodwill(split)
    forgone = work.session.get_one(Term, invoice.term_id).forgone_cents
    whole = Split(invoice.net_cents, invoice.tax_cents)
    tax = min(_share(forgone, whole), row.amount_cents)
    return prepaid_refund(row.amount_cents, forgone, tax)


def _share(net: int, whole: Split) -> int:
    return gross_share(net, whole.net, whole.tax) - net

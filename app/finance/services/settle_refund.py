"""Write down what became of money given back: once, in any order, and back again if it bounced."""

import uuid

from sqlalchemy import ColumnElement, func, select

from app.billing.models import Invoice, Payment, Refund
from app.billing.ports import RefundOutcome
from app.billing.price_models import CreditEntry
from app.billing.refund_rules import PaidLine, tax_of_next
from app.billing.rules import InvoiceStatus, RefundStatus
from app.billing.services.move_credit import REFUNDED
from app.billing.services.payment_letters import promise_payment_letter
from app.billing.services.tell_money import tell_refunded
from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.finance.rules import Postings, Source, Split, bounced, refund, with_more_back
from app.finance.services.post import EntryDraft, post, postings_of
from app.finance.services.record_shipment import is_shipped
from app.finance.services.settle_term import term_refund

RANK = {
    RefundStatus.DUE: 0,
    RefundStatus.PENDING: 1,
    RefundStatus.SUCCEEDED: 2,
    RefundStatus.FAILED: 3,
}


def settle_refund(work: UnitOfWork, outcome: RefundOutcome) -> bool:
    """Take a refund on to what the provider says of it; False when nothing is new.

    Refunds that people made on the provider's own pages are taken into our books.
    """
    payment = work.session.scalars(
        select(Payment).where(Payment.provider_id == outcome.provider_payment_id)
    ).one_or_none()
    if payment is None:
        return False
    invoice = work.session.get_one(
        Invoice, payment.invoice_id, with_for_update=True, populate_existing=True
    )
    row = _row(work, payment, outcome)
    if RANK[outcome.status] <= RANK[row.status]:
        return False
    paid_before = row.status is RefundStatus.SUCCEEDED
    row.status = outcome.status
    row.lease_until = None
    if outcome.status is RefundStatus.SUCCEEDED:
        _give(work, payment, invoice, row)
    elif outcome.status is RefundStatus.FAILED and paid_before:
        _take_back(work, invoice, row)
    elif outcome.bounced:
        _pass_through(work, invoice, row)
    return True


def fail_refund(work: UnitOfWork, refund_id: uuid.UUID) -> bool:
    """End a refund that the provider refused; the amount can be asked for again."""
    row = work.session.get_one(Refund, refund_id, with_for_update=True, populate_existing=True)
    if row.status is not RefundStatus.DUE:
        return False
    row.status = RefundStatus.FAILED
    row.settled_at = work.now
    _alarm(work, row)
    return True


def _alarm(work: UnitOfWork, row: Refund) -> None:
    """Tell the shop's staff that somebody did not get their money back."""
    payment = work.session.get_one(Payment, row.payment_id)
    invoice = work.session.get_one(Invoice, payment.invoice_id)
    promise_letter(
        work,
        "refund_failed",
        str(row.id),
        None,
        invoice_id=str(invoice.id),
        invoice_number=invoice.number,
        amount_cents=row.amount_cents,
        currency=invoice.currency,
        reason=row.reason,
    )


def _row(work: UnitOfWork, payment: Payment, outcome: RefundOutcome) -> Refund:
    """Return our row of a refund, locked; write one for a refund that we did not ask for."""
    found = work.session.scalars(
        select(Refund)
        .where(Refund.payment_id == payment.id, _same(outcome))
        .order_by(Refund.provider_id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        found = Refund(
            payment_id=payment.id,
            amount_cents=outcome.amount_cents,
            reason="provider",
            reference=f"provider:{outcome.provider_id}",
            status=RefundStatus.DUE,
            asked_at=work.now,
        )
        work.session.add(found)
    found.provider_id = found.provider_id or outcome.provider_id
    work.session.flush()
    return found


def _same(outcome: RefundOutcome) -> ColumnElement[bool]:
    named = Refund.provider_id == outcome.provider_id
    if not outcome.ours or outcome.refund_id is None:
        return named
    return named | (Refund.provider_id.is_(None) & (Refund.id == uuid.UUID(outcome.refund_id)))


def _give(work: UnitOfWork, payment: Payment, invoice: Invoice, row: Refund) -> None:
    # What earlier invoices left was paid along, and is no part of this one.
    beyond = max(0, row.amount_cents + invoice.refunded_cents - invoice.total_cents)
    split = _split(work, invoice, row, row.amount_cents - beyond)
    row.tax_cents, row.settled_at = split.tax, work.now
    invoice.refunded_cents += split.gross
    if invoice.refunded_cents == invoice.total_cents:
        invoice.status = InvoiceStatus.REFUNDED
    shipped = is_shipped(work, invoice.id)
    given = term_refund(work, invoice, row, split) if invoice.term_id else refund(split, shipped)
    _post(work, invoice, row, Source.REFUND, with_more_back(given, beyond))
    tell_refunded(work, invoice, row)
    promise_payment_letter(
        work,
        payment,
        "refund_made",
        str(row.id),
        refunded_cents=row.amount_cents,
        reason=row.reason,
    )


def _split(work: UnitOfWork, invoice: Invoice, row: Refund, cents: int) -> Split:
    """Split a refund into net and tax: by its lines if it has any, else as the whole is split."""
    before_tax = _tax_before(work, invoice, row)
    whole = PaidLine(invoice.net_cents, invoice.tax_cents)
    before = PaidLine(invoice.refunded_cents - before_tax, before_tax)
    tax = tax_of_next(cents, before, whole)
    last = invoice.refunded_cents + cents == invoice.total_cents
    if row.tax_cents is not None and not last:
        tax = max(0, min(row.tax_cents, whole.tax_cents - before_tax))
    return Split(cents - tax, tax)


def _tax_before(work: UnitOfWork, invoice: Invoice, row: Refund) -> int:
    """Return the tax in what was given back of an invoice before, as money or as credit."""
    money = work.session.scalar(
        select(func.coalesce(func.sum(Refund.tax_cents), 0)).where(
            Refund.payment_id == row.payment_id,
            Refund.status == RefundStatus.SUCCEEDED,
            Refund.id != row.id,
        )
    )
    credit = work.session.scalar(
        select(func.coalesce(func.sum(CreditEntry.tax_cents), 0)).where(
            CreditEntry.invoice_id == invoice.id, CreditEntry.reason == REFUNDED
        )
    )
    return int(money or 0) + int(credit or 0)


def _pass_through(work: UnitOfWork, invoice: Invoice, row: Refund) -> None:
    """Write down money that left the provider and came back before we heard of either."""
    shipped = is_shipped(work, invoice.id)
    given = refund(Split(row.amount_cents, 0), shipped)
    row.settled_at = work.now
    _post(work, invoice, row, Source.REFUND, given)
    _post(work, invoice, row, Source.REFUND_FAILED, bounced(given, shipped))
    _alarm(work, row)


def _take_back(work: UnitOfWork, invoice: Invoice, row: Refund) -> None:
    invoice.refunded_cents -= min(row.amount_cents, invoice.refunded_cents)
    if invoice.status is InvoiceStatus.REFUNDED:
        invoice.status = InvoiceStatus.PAID
    written = postings_of(work, Source.REFUND, str(row.provider_id))
    back = bounced(written, is_shipped(work, invoice.id))
    _post(work, invoice, row, Source.REFUND_FAILED, back)
    _alarm(work, row)


def _post(
    work: UnitOfWork, invoice: Invoice, row: Refund, source: Source, postings: Postings
) -> None:
    post(
        work,
        EntryDraft(
            source=source,
            source_id=str(row.provider_id),
            currency=invoice.currency,
            memo=f"Invoice {invoice.number}",
            postings=postings,
            subscription_id=invoice.subscription_id,
            invoice_id=invoice.id,
        ),
    )

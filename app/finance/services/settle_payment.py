"""Settle a successful charge in one go: payment, invoice, diary, box, letter. Twice is once."""

import structlog
from sqlalchemy import select

from app.billing.models import Invoice, Payment
from app.billing.ports import Outcome
from app.billing.rules import AttemptStatus, InvoiceStatus, PaymentStatus
from app.billing.services.ask_refund import ask_refund
from app.billing.services.claim_payment import undecided_attempt
from app.billing.services.payment_letters import promise_payment_letter
from app.billing.services.record_outcome import find_payment
from app.billing.services.tell_money import tell_paid
from app.core.fail_points import reach
from app.core.unit_of_work import UnitOfWork
from app.finance.credit_rules import partly_by_credit
from app.finance.prepaid_rules import prepaid_sale
from app.finance.rules import Source, Split, account_paid, fee, on_account, sale
from app.finance.services.post import EntryDraft, post_all
from app.finance.services.settle_term import take_term_payment
from app.fulfilment.models import Box
from app.fulfilment.services.release_box import release_box

log = structlog.get_logger()


def settle_payment(work: UnitOfWork, outcome: Outcome) -> bool:
    """Write a success down; False when it was known already, or is not of ours.

    If the box is gone by now, the money is given back whole.
    """
    lock_box(work, outcome)
    payment = find_payment(work, outcome)
    if payment is None:
        return False
    invoice = work.session.get_one(Invoice, payment.invoice_id)
    if payment.status is PaymentStatus.CANCELLED:
        log.error("paid_after_cancel", payment=str(payment.id), provider=outcome.provider_id)
        return False
    fresh = payment.status is not PaymentStatus.SUCCEEDED
    if fresh:
        _mark_paid(work, payment, invoice)
    _write_entries(work, payment, invoice, outcome)
    if fresh:
        _hand_over(work, payment, invoice)
    reach("settle.before_commit")
    return fresh


def lock_box(work: UnitOfWork, outcome: Outcome) -> None:
    """Lock the box before its invoice and payment, as those do who give boxes up."""
    work.session.execute(
        select(Box.id)
        .join(Payment, Payment.invoice_id == Box.invoice_id)
        .where(Payment.provider_id == outcome.provider_id)
        .with_for_update(of=Box)
    )


def _mark_paid(work: UnitOfWork, payment: Payment, invoice: Invoice) -> None:
    attempt = undecided_attempt(work, payment.id)
    if attempt is not None:
        attempt.status = AttemptStatus.SUCCEEDED
        attempt.decided_at = work.now
    payment.status = PaymentStatus.SUCCEEDED
    payment.succeeded_at = work.now
    payment.next_try_at = payment.lease_until = None
    if invoice.status is InvoiceStatus.OPEN:
        invoice.status = InvoiceStatus.PAID
        invoice.paid_at = work.now
    work.session.flush()
    tell_paid(work, payment, invoice)


def _write_entries(work: UnitOfWork, payment: Payment, invoice: Invoice, outcome: Outcome) -> None:
    """Post the sale and, once it is known, the fee; each stands in the diary once."""
    split = Split(invoice.net_cents, invoice.tax_cents)
    sold = prepaid_sale(split) if invoice.term_id else sale(split)
    paid = partly_by_credit(sold, invoice.credit_cents)
    # What earlier invoices left was a receivable until now.
    paid_now = on_account(paid, -invoice.brought_cents)
    sold_before = invoice.on_account_at is not None
    written = account_paid(payment.amount_cents) if sold_before else paid_now
    moments = [(Source.PAYMENT, written)]
    if outcome.fee_cents is not None:
        moments.append((Source.FEE, fee(outcome.fee_cents)))
    post_all(
        work,
        [
            EntryDraft(
                source=source,
                source_id=outcome.provider_id,
                currency=payment.currency,
                memo=f"Invoice {invoice.number}",
                postings=postings,
                subscription_id=invoice.subscription_id,
                invoice_id=invoice.id,
            )
            for source, postings in moments
        ],
    )


def _hand_over(work: UnitOfWork, payment: Payment, invoice: Invoice) -> None:
    """Let the box go, or give the money back when there is no box any more."""
    if invoice.term_id is not None:
        take_term_payment(work, payment, invoice)
        return
    if release_box(work, invoice.id):
        promise_payment_letter(work, payment, "payment_received", "paid")
        return
    ask_refund(work, invoice.id, None, "box_gone", f"box-gone:{invoice.id}")

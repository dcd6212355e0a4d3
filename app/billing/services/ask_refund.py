"""Ask for money to be given back: within what was paid, once for each reference."""

import uuid

from sqlalchemy import func, select

from app.billing.models import Invoice, Payment, Refund
from app.billing.rules import BillingRefusal, PaymentStatus, RefundStatus
from app.billing.services.move_credit import on_its_way
from app.core.job_names import Job
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork


def ask_refund(
    work: UnitOfWork,
    invoice_id: uuid.UUID,
    amount_cents: int | None,
    reason: str,
    reference: str,
) -> Refund:
    """Write a refund down and ring for it; no amount means all that is left.

    The same reference is the same refund, whatever became of it.
    """
    invoice = work.session.get(Invoice, invoice_id, with_for_update=True, populate_existing=True)
    if invoice is None:
        raise Refused(BillingRefusal.UNKNOWN_INVOICE)
    known = work.session.scalars(select(Refund).where(Refund.reference == reference)).one_or_none()
    if known is not None:
        return known
    payment = _paid_payment(work, invoice)
    refund = Refund(
        payment_id=payment.id,
        amount_cents=_checked_amount(work, invoice, payment, amount_cents),
        reason=reason,
        reference=reference,
        asked_at=work.now,
    )
    work.session.add(refund)
    work.session.flush()
    work.after_commit(Job.REFUND_DUE)
    return refund


def refundable(work: UnitOfWork, invoice_id: uuid.UUID) -> int:
    """Return what was paid on an invoice and is neither given back nor about to be."""
    payment = work.session.scalars(
        select(Payment).where(
            Payment.invoice_id == invoice_id, Payment.status == PaymentStatus.SUCCEEDED
        )
    ).one_or_none()
    return payment.amount_cents - _given_back(work, payment) if payment else 0


def _paid_payment(work: UnitOfWork, invoice: Invoice) -> Payment:
    payment = work.session.scalars(
        select(Payment).where(Payment.invoice_id == invoice.id)
    ).one_or_none()
    if payment is None or payment.status is not PaymentStatus.SUCCEEDED:
        raise Refused(BillingRefusal.NOT_PAID)
    return payment


def _checked_amount(
    work: UnitOfWork, invoice: Invoice, payment: Payment, wanted: int | None
) -> int:
    if wanted is not None and (isinstance(wanted, bool) or wanted <= 0):
        raise Refused(BillingRefusal.BAD_AMOUNT, field="amount_cents")
    # What was given back as credit cannot be given back to the card as well.
    open_cents = invoice.total_cents - invoice.refunded_cents - on_its_way(work, invoice.id)
    left = min(payment.amount_cents - _given_back(work, payment), open_cents)
    amount = left if wanted is None else wanted
    if amount > left or left <= 0:
        raise Refused(BillingRefusal.TOO_MUCH, offer=left, field="amount_cents")
    return amount


def _given_back(work: UnitOfWork, payment: Payment) -> int:
    """Return what was given back or is about to be."""
    total = work.session.scalar(
        select(func.coalesce(func.sum(Refund.amount_cents), 0)).where(
            Refund.payment_id == payment.id, Refund.status != RefundStatus.FAILED
        )
    )
    return int(total or 0)

"""Boxes that go before a slow bank has paid: owed from then on, paid later, or never."""

import uuid
from datetime import timedelta

from sqlalchemy import exists, select

from app.billing.models import Attempt, Invoice, Payment
from app.billing.rules import UNDECIDED, WRITTEN_OFF, BillingRefusal, InvoiceStatus, PaymentStatus
from app.billing.services.cancel_payment import cancel_payment
from app.billing.services.claim_payment import undecided_attempt
from app.billing.services.record_outcome import is_given_up
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.finance.credit_rules import partly_by_credit
from app.finance.rules import Postings, Source, Split, on_account, sale, write_off
from app.finance.services.post import EntryDraft, post, postings_of
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.release_box import release_box


def sell_on_account(work: UnitOfWork, payment: Payment) -> bool:
    """Let a composed box go whose payment is under way; say whether that was done now.

    Only where the shop wants it so. The caller has locked box, invoice and payment.
    """
    invoice = work.session.get_one(Invoice, payment.invoice_id)
    waits = select(Box.id).where(Box.invoice_id == invoice.id, Box.status == BoxStatus.COMPOSED)
    if not work.shop.ships_while_processing or invoice.on_account_at is not None:
        return False
    if payment.status is not PaymentStatus.PROCESSING or payment.cancel_wanted_at is not None:
        return False
    if work.session.scalar(waits) is None:
        return False
    invoice.on_account_at = work.now
    work.session.flush()
    sold = sale(Split(invoice.net_cents, invoice.tax_cents))
    owed = on_account(partly_by_credit(sold, invoice.credit_cents), _owed(invoice))
    _post(work, invoice, Source.ON_ACCOUNT, owed)
    return release_box(work, invoice.id)


def end_account(work: UnitOfWork, payment: Payment) -> None:
    """Settle a receivable whose payment was cancelled: taken back, or lost where the box left."""
    invoice = work.session.get_one(Invoice, payment.invoice_id)
    if invoice.on_account_at is None or payment.status is not PaymentStatus.CANCELLED:
        return
    if is_given_up(payment, invoice):
        _post(work, invoice, Source.WRITE_OFF, write_off(_owed(invoice)))
        return
    written = postings_of(work, Source.ON_ACCOUNT, str(invoice.id))
    back = {account: -cents for account, cents in written.items()}
    _post(work, invoice, Source.ON_ACCOUNT_BACK, back)


def write_off_invoice(work: UnitOfWork, invoice_id: uuid.UUID) -> None:
    """Give up what is owed for a box that has left; a loss once the provider has closed it.

    Twice is once. Should the bank pay after all, the payment is settled as any other.
    """
    invoice = work.session.get(Invoice, invoice_id, with_for_update=True, populate_existing=True)
    if invoice is None:
        raise Refused(BillingRefusal.UNKNOWN_INVOICE)
    if invoice.on_account_at is None or invoice.status is not InvoiceStatus.OPEN:
        raise Refused(BillingRefusal.NOT_ON_ACCOUNT)
    payment_id = work.session.scalars(
        select(Payment.id).where(Payment.invoice_id == invoice.id)
    ).one()
    if undecided_attempt(work, payment_id) is not None:
        raise Refused(BillingRefusal.STILL_UNDER_WAY)
    cancel_payment(work, payment_id, WRITTEN_OFF)


def write_off_old(work: UnitOfWork) -> int:
    """Give up what has been owed for longer than the shop waits; return how many invoices."""
    tried = exists().where(Attempt.payment_id == Payment.id, Attempt.status.in_(UNDECIDED))
    old = work.session.scalars(
        select(Invoice.id)
        .join(Payment, Payment.invoice_id == Invoice.id)
        .where(
            Invoice.status == InvoiceStatus.OPEN,
            Invoice.on_account_at <= work.now - timedelta(days=work.shop.bad_debt_days),
            Payment.cancel_wanted_at.is_(None),
            ~tried,
        )
        .order_by(Invoice.number)
    ).all()
    for invoice_id in old:
        write_off_invoice(work, invoice_id)
    return len(old)


def _owed(invoice: Invoice) -> int:
    """Return what this invoice itself is owed besides credit."""
    return invoice.total_cents - invoice.credit_cents


def _post(work: UnitOfWork, invoice: Invoice, source: Source, postings: Postings) -> None:
    post(
        work,
        EntryDraft(
            source=source,
            source_id=str(invoice.id),
            currency=invoice.currency,
            memo=f"Invoice {invoice.number}",
            postings=postings,
            subscription_id=invoice.subscription_id,
            invoice_id=invoice.id,
        ),
    )

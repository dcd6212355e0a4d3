"""Let a person pay an open invoice while they are here to answer their bank."""

import uuid

from sqlalchemy import select

from app.billing.dunning_queries import collecting
from app.billing.models import Account, Invoice, Payment
from app.billing.ports import Visit
from app.billing.rules import (
    FINAL,
    AttemptStatus,
    BillingRefusal,
    InvoiceStatus,
    PaymentStatus,
)
from app.billing.services.claim_payment import (
    VISIT,
    begin_attempt,
    ticket_of,
    undecided_attempt,
)
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.cooling_queries import first_charges
from app.subscriptions.cooling_rules import CoolingRefusal


def begin_visit(work: UnitOfWork, payment_id: uuid.UUID) -> Visit:
    """Return the ticket to confirm, or to ask about when a try is under way already."""
    payment = work.session.get(Payment, payment_id, with_for_update=True, populate_existing=True)
    if payment is None:
        raise Refused(BillingRefusal.UNKNOWN_INVOICE)
    invoice = work.session.get_one(Invoice, payment.invoice_id)
    _check_owed(payment, invoice)
    _check_in_time(work, invoice)
    _check_cooled(work, invoice)
    account = work.session.scalars(
        select(Account).where(
            Account.subscriber_id == invoice.subscriber_id, Account.card_id.is_not(None)
        )
    ).one_or_none()
    if account is None:
        raise Refused(BillingRefusal.NO_CARD)
    attempt = undecided_attempt(work, payment.id)
    if attempt is None:
        return Visit(begin_attempt(work, payment, invoice, account, VISIT), under_way=False)
    waits = attempt.status is AttemptStatus.NEEDS_ACTION
    return Visit(ticket_of(payment, invoice, account, attempt), under_way=True, waits=waits)


def _check_in_time(work: UnitOfWork, invoice: Invoice) -> None:
    """Refuse to collect for a box that can be packed no more: the next one is being made."""
    until = collecting(work.session, work.shop, invoice).until
    if until is not None and work.now > until:
        raise Refused(BillingRefusal.TOO_LATE_TO_PAY, offer=until)


def _check_cooled(work: UnitOfWork, invoice: Invoice) -> None:
    """Refuse to collect anything while its payer may still leave for nothing."""
    waits = first_charges(work.session, {invoice.subscription_id}, work.now)
    if waits:
        raise Refused(CoolingRefusal.TOO_EARLY, offer=waits[invoice.subscription_id])


def _check_owed(payment: Payment, invoice: Invoice) -> None:
    if payment.status is PaymentStatus.SUCCEEDED:
        raise Refused(BillingRefusal.ALREADY_PAID)
    ended = payment.status in FINAL or payment.cancel_wanted_at is not None
    if ended or invoice.status is not InvoiceStatus.OPEN:
        raise Refused(BillingRefusal.NOT_OWED)

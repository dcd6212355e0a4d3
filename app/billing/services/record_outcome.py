"""Write down what the provider says of a payment, as far as no money moved."""

import uuid

from sqlalchemy import select

from app.billing.models import Attempt, Invoice, Payment
from app.billing.ports import ChargeTicket, Outcome
from app.billing.rules import (
    FINAL,
    NO_ANSWER,
    WRITTEN_OFF,
    AttemptStatus,
    InvoiceStatus,
    PaymentStatus,
)
from app.billing.services.carry_over import return_carried
from app.billing.services.claim_payment import undecided_attempt
from app.billing.services.decline_payment import decline_payment
from app.billing.services.move_credit import return_credit
from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork

WAITING = {
    PaymentStatus.PROCESSING: AttemptStatus.PROCESSING,
    PaymentStatus.NEEDS_ACTION: AttemptStatus.NEEDS_ACTION,
}


def record_created(work: UnitOfWork, ticket: ChargeTicket, provider_id: str) -> bool:
    """Keep the provider's name of a payment before money can move.

    False when this worker must not go on: it lost its lease, or the payment is wanted cancelled.
    """
    payment = work.session.get_one(Payment, ticket.payment_id, with_for_update=True)
    if payment.lease_token != ticket.lease_token or payment.status in FINAL:
        return False
    name_payment(payment, provider_id)
    if payment.cancel_wanted_at is not None:
        payment.lease_until = None
        work.after_commit(Job.CHARGE_DUE)
        return False
    return True


def record_outcome(work: UnitOfWork, outcome: Outcome, ticket: ChargeTicket | None = None) -> bool:
    """Write down an outcome other than success; say whether it changed anything.

    With a ticket it is the answer to that very attempt. Without one it is hearsay, which decides
    nothing about a try that a worker is making right now.
    """
    payment = find_payment(work, outcome)
    if payment is None or payment.status in FINAL:
        return False
    if ticket is not None and payment.lease_token != ticket.lease_token:
        return False
    attempt = undecided_attempt(work, payment.id)
    if outcome.status is PaymentStatus.CANCELLED:
        record_cancelled(work, payment, attempt)
        return True
    if attempt is None or (ticket is None and attempt.status is AttemptStatus.BEGUN):
        return False
    payment.lease_until = None
    if outcome.status in WAITING:
        return _wait(payment, attempt, outcome.status)
    decline_payment(work, payment, attempt, outcome.decline_code or NO_ANSWER)
    return True


def _wait(payment: Payment, attempt: Attempt, status: PaymentStatus) -> bool:
    if attempt.status is WAITING[status]:
        return False
    attempt.status = WAITING[status]
    payment.status = status
    return True


def record_cancelled(work: UnitOfWork, payment: Payment, attempt: Attempt | None) -> None:
    """End a payment that can never succeed any more, and what was owed with it."""
    if attempt is not None:
        attempt.status = AttemptStatus.CANCELLED
        attempt.decided_at = work.now
    payment.status = PaymentStatus.CANCELLED
    payment.next_try_at = payment.lease_until = None
    invoice = work.session.get_one(Invoice, payment.invoice_id)
    if invoice.status is InvoiceStatus.OPEN:
        invoice.status = InvoiceStatus.VOID
        if not is_given_up(payment, invoice):
            return_credit(work, invoice)
        return_carried(work, invoice)


def is_given_up(payment: Payment, invoice: Invoice) -> bool:
    """Say whether a cancelled payment was for goods that left: they stay sold, and unpaid."""
    return invoice.on_account_at is not None and payment.cancel_reason in ("", WRITTEN_OFF)


def record_refused(work: UnitOfWork, ticket: ChargeTicket, code: str) -> bool:
    """End an attempt that the provider refused before the payment was known there."""
    invoice_id = work.session.get_one(Payment, ticket.payment_id).invoice_id
    payment = lock_payment(work, ticket.payment_id, invoice_id)
    attempt = undecided_attempt(work, payment.id)
    if payment.lease_token != ticket.lease_token or attempt is None or payment.status in FINAL:
        return False
    payment.lease_until = None
    decline_payment(work, payment, attempt, code)
    return True


def record_unsent(work: UnitOfWork, ticket: ChargeTicket) -> bool:
    """Cancel a payment that the provider never heard of."""
    invoice_id = work.session.get_one(Payment, ticket.payment_id).invoice_id
    payment = lock_payment(work, ticket.payment_id, invoice_id)
    if payment.lease_token != ticket.lease_token or payment.status in FINAL:
        return False
    if payment.provider_id is not None or undecided_attempt(work, payment.id) is not None:
        return False
    record_cancelled(work, payment, None)
    return True


def record_no_answer(work: UnitOfWork, ticket: ChargeTicket) -> bool:
    """End an attempt that took no money and whose answer cannot be had any more; try anew.

    This is no decline: it does not count towards the tries that a card is given.
    """
    payment = work.session.get_one(Payment, ticket.payment_id, with_for_update=True)
    attempt = undecided_attempt(work, payment.id)
    if payment.lease_token != ticket.lease_token or attempt is None or payment.status in FINAL:
        return False
    attempt.status = AttemptStatus.FAILED
    attempt.decline_code = NO_ANSWER
    attempt.decided_at = work.now
    payment.lease_until = None
    payment.next_try_at = work.now
    return True


def find_payment(work: UnitOfWork, outcome: Outcome) -> Payment | None:
    """Return, locked, the payment that an outcome is about; None if it is not ours.

    Whoever locks more than one of them takes box, invoice and payment in this order.
    """
    ours = Payment.provider_id == outcome.provider_id
    if outcome.payment_id and (named := _uuid(outcome.payment_id)):
        ours |= (Payment.id == named) & Payment.provider_id.is_(None)
    found = work.session.execute(select(Payment.id, Payment.invoice_id).where(ours)).one_or_none()
    if found is None:
        return None
    payment = lock_payment(work, found.id, found.invoice_id)
    name_payment(payment, outcome.provider_id)
    work.session.flush()
    return payment


def lock_payment(work: UnitOfWork, payment_id: uuid.UUID, invoice_id: uuid.UUID) -> Payment:
    """Lock an invoice and then its payment, and read both afresh."""
    for kind, key in ((Invoice, invoice_id), (Payment, payment_id)):
        work.session.get_one(kind, key, with_for_update=True, populate_existing=True)
    return work.session.get_one(Payment, payment_id)


def name_payment(payment: Payment, provider_id: str) -> None:
    """Keep the provider's name of a payment, which makes it known there."""
    if payment.provider_id is None:
        payment.provider_id = provider_id
    if payment.status is PaymentStatus.DUE:
        payment.status = PaymentStatus.CREATED


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None

"""Take the next payment of which we do not know enough, to ask the provider about it."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from app.billing.models import Account, Attempt, Invoice, Payment
from app.billing.ports import Doubt
from app.billing.rules import FINAL, AttemptStatus, PaymentStatus, key_is_known
from app.billing.services.claim_payment import (
    VISIT,
    lease_free,
    take_lease,
    ticket_of,
    undecided_attempt,
)
from app.core.unit_of_work import UnitOfWork

WAITING = (AttemptStatus.PROCESSING, AttemptStatus.NEEDS_ACTION)
ASK_AGAIN = timedelta(minutes=10)
# A slow bank takes days, and the provider tells us by itself.
ASK_BANK_AGAIN = timedelta(hours=6)
ABANDONED = timedelta(hours=1)


def claim_doubt(work: UnitOfWork) -> Doubt | None:
    """Claim one doubtful payment; None when there is no doubt left.

    Doubtful is an attempt that began and whose worker is gone, one that waits for a person or a
    bank and was not heard of for a while, and every payment that is wanted cancelled.
    """
    row = work.session.execute(
        select(Payment, Invoice, Account)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .join(Account, Account.subscriber_id == Invoice.subscriber_id)
        .where(Payment.status.not_in(FINAL), lease_free(), _doubtful())
        .order_by(Payment.lease_until)
        .limit(1)
        .with_for_update(of=Payment, skip_locked=True)
    ).first()
    if row is None:
        return None
    payment, invoice, account = row
    attempt = undecided_attempt(work, payment.id)
    take_lease(payment)
    work.session.flush()
    return Doubt(
        ticket=ticket_of(payment, invoice, account, attempt),
        begun=attempt is not None and attempt.status is AttemptStatus.BEGUN,
        cancel_wanted=payment.cancel_wanted_at is not None,
        key_known=attempt is not None and key_is_known(_ages(work, attempt)),
        visit=attempt is not None and attempt.idempotency_key.endswith(VISIT),
        abandoned=attempt is not None
        and attempt.status is AttemptStatus.NEEDS_ACTION
        and max(_ages(work, attempt)) > ABANDONED,
    )


def _ages(work: UnitOfWork, attempt: Attempt) -> tuple[timedelta, timedelta]:
    """Return how old an attempt is by the machine's clock and by the shop's."""
    machine = work.session.scalar(select(func.clock_timestamp()))
    assert machine is not None
    return machine - attempt.begun_real_at, work.now - attempt.begun_at


def _doubtful() -> ColumnElement[bool]:
    begun = and_(Attempt.payment_id == Payment.id, Attempt.status == AttemptStatus.BEGUN)
    waiting = and_(
        Attempt.payment_id == Payment.id,
        Attempt.status.in_(WAITING),
        Attempt.begun_real_at < func.clock_timestamp() - ASK_AGAIN,
    )
    return or_(
        Payment.cancel_wanted_at.is_not(None),
        exists().where(begun),
        exists().where(waiting),
    )


def leave_for_later(work: UnitOfWork, doubt: Doubt) -> None:
    """Ask about this payment again after a while: the provider knows no more than we do."""
    payment = work.session.get_one(Payment, doubt.ticket.payment_id, with_for_update=True)
    if payment.lease_token == doubt.ticket.lease_token:
        slow = payment.status is PaymentStatus.PROCESSING
        payment.lease_until = func.clock_timestamp() + (ASK_BANK_AGAIN if slow else ASK_AGAIN)

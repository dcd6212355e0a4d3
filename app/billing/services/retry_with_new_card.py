"""Collect with a new card: the newest unpaid box of each subscription, and what has left."""

import uuid

from sqlalchemy import case, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.billing.dunning_queries import collecting
from app.billing.models import Invoice, Payment
from app.billing.rules import FINAL, NO_ANSWER, AttemptStatus, InvoiceStatus
from app.billing.services.claim_payment import undecided_attempt
from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.cooling_queries import first_charges


def retry_with_new_card(work: UnitOfWork, subscriber_id: uuid.UUID) -> list[uuid.UUID]:
    """Make open payments due now, one a subscription and all for what has left; return which."""
    left = case((Invoice.on_account_at.is_not(None), Invoice.number), else_=0)
    rows = work.session.scalars(
        select(Payment)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(
            Invoice.subscriber_id == subscriber_id,
            Invoice.status == InvoiceStatus.OPEN,
            Payment.status.not_in(FINAL),
            Payment.cancel_wanted_at.is_(None),
        )
        .ext(distinct_on(Invoice.subscription_id, left))
        .order_by(Invoice.subscription_id, left, Invoice.cycle.desc())
    ).all()
    due = [payment.id for payment in rows if _fall_due(work, payment.id)]
    if due:
        work.after_commit(Job.CHARGE_DUE)
    return due


def _fall_due(work: UnitOfWork, payment_id: uuid.UUID) -> bool:
    payment = work.session.get_one(
        Payment, payment_id, with_for_update=True, populate_existing=True
    )
    invoice = work.session.get_one(Invoice, payment.invoice_id)
    until = collecting(work.session, work.shop, invoice).until
    if until is not None and work.now > until:
        return False
    attempt = undecided_attempt(work, payment_id)
    if attempt is not None and attempt.status is not AttemptStatus.NEEDS_ACTION:
        return False
    if attempt is not None:
        # The bank's question about the old card is left open. Should it be answered after all,
        # the payment has succeeded, and the provider refuses to collect it again.
        attempt.status = AttemptStatus.FAILED
        attempt.decline_code = NO_ANSWER
        attempt.decided_at = work.now
        payment.lease_until = None
    whose = invoice.subscription_id
    payment.next_try_at = first_charges(work.session, {whose}, work.now).get(whose, work.now)
    return True

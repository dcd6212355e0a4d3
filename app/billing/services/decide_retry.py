"""Lets a program of the shop decide about a declined charge: try it again, or give the box up."""

import uuid
from datetime import datetime

from app.billing.dunning_queries import collecting
from app.billing.models import Invoice, Payment
from app.billing.rules import FINAL, BillingRefusal
from app.billing.services.claim_payment import undecided_attempt
from app.core.job_names import Job
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork


def retry_payment(work: UnitOfWork, payment_id: uuid.UUID, at: datetime | None) -> datetime:
    """Try a waiting payment again at a moment, now for None; return the moment.

    The moment must come before the box can be packed no more.
    """
    payment = _waiting(work, payment_id)
    wished = max(at or work.now, work.now)
    until = collecting(
        work.session, work.shop, work.session.get_one(Invoice, payment.invoice_id)
    ).until
    if until is not None and wished >= until:
        raise Refused(BillingRefusal.RETRY_TOO_LATE, offer=until, field="at")
    payment.decision_wanted_at = None
    payment.next_try_at = wished
    work.after_commit(Job.CHARGE_DUE)
    return wished


def reject_payment(work: UnitOfWork, payment_id: uuid.UUID) -> None:
    """Give the box of a waiting payment up; it is called off as one that stayed unpaid."""
    payment = _waiting(work, payment_id)
    payment.decision_wanted_at = None
    payment.call_off_at = work.now
    work.after_commit(Job.FALL_DUE)


def _waiting(work: UnitOfWork, payment_id: uuid.UUID) -> Payment:
    payment = work.session.get(Payment, payment_id, with_for_update=True, populate_existing=True)
    if payment is None:
        raise Refused(BillingRefusal.UNKNOWN_INVOICE)
    ended = payment.status in FINAL or payment.cancel_wanted_at is not None
    if payment.decision_wanted_at is None or ended or undecided_attempt(work, payment.id):
        raise Refused(BillingRefusal.NO_DECISION_WANTED)
    return payment

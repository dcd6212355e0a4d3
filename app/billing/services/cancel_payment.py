"""Stop collecting a payment: at once when it never left the house, else through the provider."""

import uuid

from app.billing.models import Payment
from app.billing.rules import FINAL
from app.billing.services.claim_payment import undecided_attempt
from app.billing.services.record_outcome import lock_payment, record_cancelled
from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork


def cancel_payment(work: UnitOfWork, payment_id: uuid.UUID, reason: str) -> bool:
    """Let no further try be made; say whether the payment is cancelled already.

    If the provider took the money meanwhile, it is settled and given back whole.
    """
    invoice_id = work.session.get_one(Payment, payment_id).invoice_id
    payment = lock_payment(work, payment_id, invoice_id)
    if payment.status in FINAL:
        return False
    if payment.cancel_wanted_at is None:
        payment.cancel_reason = reason
    payment.next_try_at = payment.call_off_at = None
    if payment.provider_id is None and undecided_attempt(work, payment.id) is None:
        record_cancelled(work, payment, None)
        return True
    payment.cancel_wanted_at = payment.cancel_wanted_at or work.now
    work.after_commit(Job.CHARGE_DUE)
    return False

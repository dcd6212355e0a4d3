"""Write a declined try down: whether it is tried again and when, and the letter that says so."""

from app.billing.models import Attempt, Payment
from app.billing.rules import AttemptStatus, DeclineKind, PaymentStatus, decline_kind, next_try
from app.billing.services.payment_letters import promise_payment_letter
from app.core.clock import local_day
from app.core.unit_of_work import UnitOfWork

LETTERS = {
    DeclineKind.SOFT: "payment_failed",
    DeclineKind.HARD: "card_needed",
    DeclineKind.ACTION: "payment_action",
}


def decline_payment(work: UnitOfWork, payment: Payment, attempt: Attempt, code: str) -> None:
    """End an attempt as declined. Only soft declines are tried again, on the shop's days."""
    attempt.status = AttemptStatus.FAILED
    attempt.decline_code = code
    attempt.decided_at = work.now
    kind = decline_kind(code)
    payment.tries += 1
    payment.first_failed_at = payment.first_failed_at or work.now
    payment.next_try_at = None
    payment.status = (
        PaymentStatus.NEEDS_ACTION if kind is DeclineKind.ACTION else _still_open(payment)
    )
    days = work.shop.dunning_days
    if kind is DeclineKind.SOFT and payment.cancel_wanted_at is None:
        payment.next_try_at = next_try(payment.first_failed_at, payment.tries, days)
    _write(work, payment, kind, code)


def _still_open(payment: Payment) -> PaymentStatus:
    # A try that never reached the provider leaves the payment as it was.
    return PaymentStatus.DUE if payment.provider_id is None else PaymentStatus.CREATED


def _write(work: UnitOfWork, payment: Payment, kind: DeclineKind, code: str) -> None:
    """Promise the one letter of this decline; a cancelled box is not dunned."""
    if payment.cancel_wanted_at is not None:
        return
    again = payment.next_try_at
    last = again is not None and payment.tries == len(work.shop.dunning_days)
    letter = "payment_last_try" if last else LETTERS[kind]
    # Being asked to confirm is said once a payment, however often the bank asks.
    reference = "action" if kind is DeclineKind.ACTION else str(payment.tries)
    promise_payment_letter(
        work,
        payment,
        letter,
        reference,
        reason=code,
        tries=payment.tries,
        next_try_at=again.isoformat() if again else None,
        final_on=local_day(again, work.shop.zone).isoformat() if again and last else None,
    )

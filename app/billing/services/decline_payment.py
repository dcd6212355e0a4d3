"""Write a declined try down: whether it is tried again and when, and the letter that says so."""

from datetime import datetime

from app.billing.dunning_queries import Collecting, collecting
from app.billing.dunning_rules import ENDS_AT_ONCE, NextTry, next_try
from app.billing.models import Attempt, Invoice, Payment
from app.billing.rules import AttemptStatus, DeclineKind, PaymentStatus, decline_kind
from app.billing.services.payment_letters import promise_payment_letter
from app.billing.services.tell_money import tell_declined
from app.core.clock import local_day
from app.core.unit_of_work import UnitOfWork

LETTERS = {
    DeclineKind.SOFT: "payment_failed",
    DeclineKind.HARD: "card_needed",
    DeclineKind.ACTION: "payment_action",
}


def decline_payment(work: UnitOfWork, payment: Payment, attempt: Attempt, code: str) -> None:
    """End an attempt as declined. Only soft declines are tried again, on the plan's days."""
    attempt.status = AttemptStatus.FAILED
    attempt.decline_code = code
    attempt.decided_at = work.now
    kind = decline_kind(code)
    payment.tries += 1
    payment.first_failed_at = payment.first_failed_at or work.now
    payment.status = (
        PaymentStatus.NEEDS_ACTION if kind is DeclineKind.ACTION else _still_open(payment)
    )
    payment.next_try_at = None
    if payment.cancel_wanted_at is None:
        found = collecting(
            work.session, work.shop, work.session.get_one(Invoice, payment.invoice_id)
        )
        again = _again(work, payment, kind, found)
        payment.next_try_at = again.at
        payment.call_off_at = call_off_at(work.now, again, kind, found)
        if work.shop.decides_retries and kind is DeclineKind.SOFT:
            again = _left_to_a_program(work, payment, found)
        _write(work, payment, (kind, code), again, found)
    tell_declined(work, payment, code)


def _still_open(payment: Payment) -> PaymentStatus:
    # A try that never reached the provider leaves the payment as it was.
    return PaymentStatus.DUE if payment.provider_id is None else PaymentStatus.CREATED


def _again(work: UnitOfWork, payment: Payment, kind: DeclineKind, found: Collecting) -> NextTry:
    if kind is not DeclineKind.SOFT or payment.first_failed_at is None:
        return NextTry(None)
    return next_try(payment.first_failed_at, work.now, found.terms.days, found.until)


def _left_to_a_program(work: UnitOfWork, payment: Payment, found: Collecting) -> NextTry:
    """Wait for a program's decision; without one the box is given up when its time is over."""
    payment.next_try_at = None
    payment.decision_wanted_at = work.now
    payment.call_off_at = found.until if found.terms.late_days is not None else None
    return NextTry(None)


def call_off_at(
    now: datetime, again: NextTry, kind: DeclineKind, found: Collecting
) -> datetime | None:
    """Return when the box is given up unpaid; None leaves that to the next lock."""
    if again.at is not None:
        return None
    if kind is DeclineKind.SOFT and found.terms.end in ENDS_AT_ONCE:
        return now
    # The bank's question is withdrawn when the time to answer is over.
    asked = kind is DeclineKind.ACTION
    return found.until if asked or found.terms.late_days is not None else None


def _write(
    work: UnitOfWork,
    payment: Payment,
    decline: tuple[DeclineKind, str],
    again: NextTry,
    found: Collecting,
) -> None:
    """Promise the one letter of this decline."""
    kind, code = decline
    letter = "payment_last_try" if again.last else LETTERS[kind]
    # Being asked to confirm is said once a payment, however often the bank asks.
    reference = "action" if kind is DeclineKind.ACTION else str(payment.tries)
    # Who can still pay is told until when; a box that is given up at once cannot be paid any more.
    until = found.until if payment.call_off_at is None or payment.call_off_at > work.now else None
    final = again.at if again.last else None
    promise_payment_letter(
        work,
        payment,
        letter,
        reference,
        reason=code,
        tries=payment.tries,
        next_try_at=again.at.isoformat() if again.at else None,
        final_on=local_day(final, work.shop.zone).isoformat() if final else None,
        pay_until=until.isoformat() if until else None,
        follows=f"if_{found.terms.end.value}",
    )

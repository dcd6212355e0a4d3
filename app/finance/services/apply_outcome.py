"""The one way in for what the provider says of a payment, be it an answer or a webhook."""

from app.billing.ports import ChargeTicket, Outcome
from app.billing.rules import PaymentStatus
from app.billing.services.record_outcome import find_payment, record_outcome
from app.core.unit_of_work import UnitOfWork
from app.finance.services.sell_on_account import end_account, sell_on_account
from app.finance.services.settle_payment import lock_box, settle_payment


def apply_outcome(work: UnitOfWork, outcome: Outcome, ticket: ChargeTicket | None = None) -> bool:
    """Settle a success, record anything else; say whether it changed anything.

    A success is a fact whoever reports it; the rest counts only from the worker that asked.
    """
    if outcome.status is PaymentStatus.SUCCEEDED:
        return settle_payment(work, outcome)
    if outcome.status in (PaymentStatus.PROCESSING, PaymentStatus.CANCELLED):
        lock_box(work, outcome)
    changed = record_outcome(work, outcome, ticket)
    payment = find_payment(work, outcome) if changed else None
    if payment is not None:
        sell_on_account(work, payment)
        end_account(work, payment)
    return changed

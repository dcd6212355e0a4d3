"""The one way in for what the provider says of a payment, be it an answer or a webhook."""

from app.billing.ports import ChargeTicket, Outcome
from app.billing.rules import PaymentStatus
from app.billing.services.record_outcome import record_outcome
from app.core.unit_of_work import UnitOfWork
from app.finance.services.settle_payment import settle_payment


def apply_outcome(work: UnitOfWork, outcome: Outcome, ticket: ChargeTicket | None = None) -> bool:
    """Settle a success, record anything else; say whether it changed anything.

    A success is a fact whoever reports it; the rest counts only from the worker that asked.
    """
    if outcome.status is PaymentStatus.SUCCEEDED:
        return settle_payment(work, outcome)
    return record_outcome(work, outcome, ticket)

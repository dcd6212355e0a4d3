"""Tell other programs of disputes, payouts and closed months; said again, it is told once."""

import uuid

from app.billing.models import Invoice
from app.billing.services.tell_money import facts_of
from app.core.unit_of_work import UnitOfWork
from app.finance.dispute_rules import DECIDED, PayoutStatus
from app.finance.models import Dispute, Payout
from app.finance.period_queries import ClosedMonth
from app.hooks.rules import EventType
from app.hooks.services.tell import tell


def tell_dispute(work: UnitOfWork, dispute: Dispute, invoice: Invoice) -> None:
    """Tell that a payment is disputed and, once that is decided, how it ended."""
    facts = facts_of(invoice) | {
        "dispute_id": dispute.id,
        "provider_id": dispute.provider_id,
        "amount_cents": dispute.amount_cents,
        "reason": dispute.reason,
        "status": dispute.status.value,
        "due_by": dispute.due_by,
    }
    tell(work, EventType.DISPUTE_OPENED, dispute.id, **facts)
    if dispute.status in DECIDED:
        tell(work, EventType.DISPUTE_CLOSED, dispute.id, **facts)


def tell_payout(work: UnitOfWork, payout_id: uuid.UUID) -> None:
    """Tell that a payout has arrived, and that its lines were matched and add up."""
    payout = work.session.get_one(Payout, payout_id, populate_existing=True)
    facts = {
        "payout_id": payout.id,
        "provider_id": payout.provider_id,
        "amount_cents": payout.amount_cents,
        "currency": payout.currency,
        "arrives_on": payout.arrives_on,
        "status": payout.status.value,
    }
    if payout.status is PayoutStatus.PAID:
        tell(work, EventType.PAYOUT_PAID, payout.id, **facts)
    if payout.reconciled_at is not None:
        tell(work, EventType.PAYOUT_RECONCILED, payout.id, **facts)


def tell_month(work: UnitOfWork, month: ClosedMonth) -> None:
    """Tell that a month of the books is closed for good."""
    tell(
        work,
        EventType.MONTH_CLOSED,
        month.month,
        month=month.month,
        closed_at=month.closed_at,
        entries=month.entries,
        sha256=month.sha256,
    )

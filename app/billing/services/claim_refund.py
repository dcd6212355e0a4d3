"""Take the next refund that is to be asked for at the provider."""

from datetime import timedelta

from sqlalchemy import func, or_, select

from app.billing.models import Payment, Refund
from app.billing.ports import RefundTicket
from app.billing.rules import RefundStatus
from app.core.unit_of_work import UnitOfWork

LEASE = timedelta(seconds=120)


def claim_refund(work: UnitOfWork) -> RefundTicket | None:
    """Claim one refund that is due; None when there is none.

    A refund left by a dead worker is taken again with the same key, and looked for first.
    """
    row = work.session.execute(
        select(Refund, Payment.provider_id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Refund.status == RefundStatus.DUE,
            Payment.provider_id.is_not(None),
            or_(Refund.lease_until.is_(None), Refund.lease_until < func.clock_timestamp()),
        )
        .order_by(Refund.asked_at)
        .limit(1)
        .with_for_update(of=Refund, skip_locked=True)
    ).first()
    if row is None:
        return None
    refund, provider_id = row
    assert provider_id is not None
    again = refund.lease_until is not None
    refund.lease_until = func.clock_timestamp() + LEASE
    work.session.flush()
    return RefundTicket(
        refund_id=refund.id,
        provider_payment_id=provider_id,
        amount_cents=refund.amount_cents,
        idempotency_key=f"refund:{refund.id}",
        again=again,
    )

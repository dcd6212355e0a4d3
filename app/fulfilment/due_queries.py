"""What is due by now, and when the next thing falls due."""

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.billing.models import Dunning, Invoice, Payment
from app.billing.rules import InvoiceStatus
from app.core.clock import days_after
from app.fulfilment.models import Batch, Box
from app.fulfilment.rules import BatchStatus, BoxStatus
from app.subscriptions.models import Gift, Pause, Subscription
from app.subscriptions.place_models import WaitEntry
from app.subscriptions.place_rules import WaitStatus

UNPAID = "unpaid"


def batches_due(session: Session, now: datetime) -> list[uuid.UUID]:
    """Return the batches that must be locked or composed by now, the oldest first."""
    return list(
        session.scalars(
            select(Batch.id)
            .where(
                Batch.locks_at <= now,
                Batch.status.in_([BatchStatus.PLANNED, BatchStatus.LOCKED]),
            )
            .order_by(Batch.locks_at, Batch.ships_on, Batch.run)
        )
    )


def held_batches(session: Session) -> list[uuid.UUID]:
    """Return the batches in which boxes wait for something that fits them."""
    waiting = select(Box.batch_id).where(Box.status == BoxStatus.HELD).distinct()
    return list(session.scalars(waiting.order_by(Box.batch_id)))


def next_due(session: Session, after: datetime) -> datetime | None:
    """Return the next moment after `after` at which the shop has something to do.

    These are the locking of a batch that has boxes, a bill ahead, another try to charge, the end of
    the time to pay a box, and that of a place that is kept. Pauses end with a day, which the
    caller's zone decides.
    """
    live = select(Box.batch_id).where(Box.status.in_([BoxStatus.PLANNED, BoxStatus.LOCKED]))
    moments = (
        select(func.min(Batch.locks_at)).where(
            Batch.locks_at > after, Batch.status != BatchStatus.COMPOSED, Batch.id.in_(live)
        ),
        select(func.min(Box.bill_at)).where(
            Box.bill_at > after, Box.invoice_id.is_(None), Box.status == BoxStatus.PLANNED
        ),
        select(func.min(Payment.next_try_at))
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Payment.next_try_at > after, Invoice.status == InvoiceStatus.OPEN),
        select(func.min(Payment.call_off_at))
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(
            Payment.call_off_at > after,
            Payment.next_try_at.is_(None),
            Invoice.status == InvoiceStatus.OPEN,
        ),
    )
    lapse = select(func.min(WaitEntry.held_until)).where(
        WaitEntry.held_until > after, WaitEntry.status == WaitStatus.OFFERED
    )
    found = [session.scalar(query) for query in (*moments, lapse)]
    return min((moment for moment in found if moment), default=None)


def next_cut_off_letter(session: Session, after: datetime, hours: int) -> datetime | None:
    """Return the next moment after `after` at which a cut-off is `hours` away; None without."""
    if not hours:
        return None
    ahead = timedelta(hours=hours)
    nearest = session.scalar(
        select(func.min(Box.cutoff_at)).where(
            Box.status == BoxStatus.PLANNED, Box.cutoff_at > after + ahead
        )
    )
    return nearest - ahead if nearest else None


def next_reveal(session: Session, today: date) -> date | None:
    """Return the next day after today on which somebody is told of a gift."""
    return session.scalar(
        select(func.min(Gift.reveals_on)).where(Gift.revealed_at.is_(None), Gift.reveals_on > today)
    )


def pauses_ending(session: Session, today: date) -> list[uuid.UUID]:
    """Return the subscriptions whose pause ends today or ended before."""
    return list(
        session.scalars(
            select(Pause.subscription_id).where(Pause.ended_at.is_(None), Pause.resumes_on <= today)
        )
    )


def long_pauses(session: Session, shop_days: int) -> dict[uuid.UUID, date]:
    """Return the day on which each pause for unpaid boxes becomes a cancellation.

    `shop_days` is how long such a pause may last where the plan has no terms of its own; pauses
    that may last for ever are left out.
    """
    days = case((Dunning.plan_id.is_not(None), Dunning.cancel_after_days), else_=shop_days)
    rows = session.execute(
        select(Pause.subscription_id, Pause.starts_on, days)
        .join(Subscription, Subscription.id == Pause.subscription_id)
        .outerjoin(Dunning, Dunning.plan_id == Subscription.plan_id)
        .where(Pause.ended_at.is_(None), Pause.reason == UNPAID, days.is_not(None))
    )
    return {row[0]: days_after(row[1], row[2]) for row in rows}

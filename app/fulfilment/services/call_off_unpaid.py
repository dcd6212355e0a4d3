"""Gives unpaid boxes up at the moment their plan sets, and ends pauses that lasted too long."""

from sqlalchemy import exists, select

from app.billing.models import Attempt, Payment
from app.billing.rules import FINAL, UNDECIDED
from app.core.clock import local_day
from app.core.database import among
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.due_queries import UNPAID, long_pauses
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.cancel_subscription import cancel_unpaid
from app.fulfilment.services.end_unpaid import end_unpaid
from app.fulfilment.services.void_box import void_boxes
from app.subscriptions.models import Subscription
from app.subscriptions.rules import SubscriptionStatus


def call_off_unpaid(work: UnitOfWork) -> int:
    """Call off composed boxes whose time to be paid is over; return how many.

    One that is being charged right now waits for what comes of it.
    """
    tried = exists().where(Attempt.payment_id == Payment.id, Attempt.status.in_(UNDECIDED))
    boxes = work.session.scalars(
        select(Box)
        .join(Payment, Payment.invoice_id == Box.invoice_id)
        .where(
            Payment.call_off_at <= work.now,
            Payment.next_try_at.is_(None),
            Payment.status.not_in(FINAL),
            Box.status == BoxStatus.COMPOSED,
            ~tried,
        )
        .order_by(Box.number)
        .with_for_update(of=Box, skip_locked=True)
    ).all()
    void_boxes(work, boxes, BoxStatus.VOIDED, UNPAID)
    end_unpaid(work, boxes)
    return len(boxes)


def end_long_pauses(work: UnitOfWork) -> int:
    """Cancel subscriptions that have been paused for unpaid boxes for too long; return how many."""
    today = local_day(work.now, work.shop.zone)
    ends = long_pauses(work.session, work.shop.cancel_after_days)
    found = work.session.scalars(
        select(Subscription)
        .where(
            among(Subscription.id, [each for each, day in ends.items() if day <= today]),
            Subscription.status == SubscriptionStatus.PAUSED,
        )
        .order_by(Subscription.number)
        .with_for_update(of=Subscription, skip_locked=True)
    ).all()
    for subscription in found:
        cancel_unpaid(work, subscription, quietly=False)
    return len(found)

"""Counts the next boxes from a late payment, where the plan wants it so."""

from datetime import datetime

from sqlalchemy import func, select

from app.billing.models import Attempt, Payment
from app.billing.rules import AttemptStatus
from app.core.clock import local_day
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.services.move_boxes import Course, one_interval_after, open_boxes, set_course
from app.subscriptions.models import Subscription
from app.subscriptions.rules import SubscriptionStatus
from app.subscriptions.term_rules import Arrears


def follow_payment(work: UnitOfWork, box: Box) -> bool:
    """Say whether the boxes after one that was paid late were counted anew.

    Late is a payment that began after the day on which the box was to ship: how long a bank takes
    moves nothing. By default the schedule stays as people know it.
    """
    today = local_day(_began(work, box) or work.now, work.shop.zone)
    subscription = work.session.get_one(Subscription, box.subscription_id)
    if subscription.plan.arrears is Arrears.KEEP or box.ships_on >= today:
        return False
    if subscription.status is not SubscriptionStatus.ACTIVE:
        return False
    later = [each for each in open_boxes(work, subscription) if each.cycle > box.cycle]
    if not later:
        return False
    anchor = one_interval_after(subscription, today)
    day = subscription.anchor_day or subscription.plan.day
    set_course(work, subscription, Course(anchor, later[0].cycle, day))
    return True


def _began(work: UnitOfWork, box: Box) -> datetime | None:
    """Return when the try began that paid for a box."""
    return work.session.scalar(
        select(func.max(Attempt.begun_at))
        .join(Payment, Payment.id == Attempt.payment_id)
        .where(
            Payment.invoice_id == box.invoice_id,
            Attempt.status.in_([AttemptStatus.SUCCEEDED, AttemptStatus.PROCESSING]),
        )
    )

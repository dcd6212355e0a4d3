"""Ends a subscription: nothing new is planned, charged or tried again."""

import uuid

from sqlalchemy import and_, or_, select, update

from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.due_queries import UNPAID
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.end_terms import give_up_terms, rest_of, ship_the_rest
from app.fulfilment.services.pause_subscription import tell_about
from app.fulfilment.services.plan_cycles import drop_surplus
from app.fulfilment.services.tell_boxes import tell_subscription
from app.fulfilment.services.void_box import void_boxes
from app.hooks.rules import EventType
from app.subscriptions.models import Pause, Subscription
from app.subscriptions.queries import own_subscription
from app.subscriptions.rules import OVER, SubscriptionRefusal, SubscriptionStatus
from app.subscriptions.services.join_group import stand_up
from app.subscriptions.term_rules import PrepaidEnd

LET_GO = (BoxStatus.SKIPPED, BoxStatus.PAUSED)
OWED = (BoxStatus.PLANNED, BoxStatus.LOCKED, BoxStatus.HELD, BoxStatus.COMPOSED)


def cancel_subscription(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    subscription_id: uuid.UUID,
    reason: str = "",
    rest: PrepaidEnd | None = None,
) -> Subscription:
    """End a subscription for good; ending it again changes nothing.

    A box that is paid ships. One that is composed but not paid is given up; one that was paid
    ahead and is not locked yet is refunded. Where boxes of a term are left, `rest` says whether
    they are given back as well, or still come and end it.
    """
    subscription = own_subscription(work.session, subscriber_id, subscription_id, lock=True)
    if subscription.status in OVER:
        return subscription
    if subscription.status not in SubscriptionStatus:
        raise Refused(SubscriptionRefusal.NOT_ACTIVE)
    if rest_of(subscription, rest) is PrepaidEnd.SHIP and ship_the_rest(work, subscription):
        subscription.cancel_reason = reason.strip()[:1000]
        drop_surplus(work, subscription)
        tell_about(work, "subscription_runs_out", subscription, None, reason=reason)
        return subscription
    end_subscription(work, subscription, reason)
    tell_about(work, "subscription_cancelled", subscription, None, reason=reason)
    tell_subscription(work, EventType.SUBSCRIPTION_CANCELLED, subscription)
    return subscription


def cancel_unpaid(work: UnitOfWork, subscription: Subscription, quietly: bool) -> None:
    """End a locked subscription whose boxes stayed unpaid; the subscriber hears unless quietly."""
    end_subscription(work, subscription, UNPAID)
    if not quietly:
        tell_about(work, "subscription_ended_unpaid", subscription, None, reason=UNPAID)
    promise_letter(
        work,
        "subscription_ended_unpaid",
        f"{subscription.id}:staff",
        None,
        plan=subscription.plan.name,
        subscription_number=subscription.number,
        reason=UNPAID,
    )


def end_subscription(work: UnitOfWork, subscription: Subscription, reason: str) -> None:
    """End a locked subscription with its pause and its open boxes; tells nobody."""
    subscription.status = SubscriptionStatus.CANCELLED
    subscription.cancelled_at = work.now
    subscription.cancel_reason = reason.strip()[:1000]
    work.session.execute(
        update(Pause)
        .where(Pause.subscription_id == subscription.id, Pause.ended_at.is_(None))
        .values(ended_at=work.now)
    )
    work.session.flush()
    _give_up_boxes(work, subscription)
    give_up_terms(work, subscription)
    stand_up(work, subscription)


def _give_up_boxes(work: UnitOfWork, subscription: Subscription) -> None:
    # What was let go and is past its cut-off is history: it stays what it was.
    open_boxes = work.session.scalars(
        select(Box)
        .where(
            Box.subscription_id == subscription.id,
            or_(
                Box.status.in_(OWED),
                and_(Box.status.in_(LET_GO), Box.cutoff_at >= work.now.replace(microsecond=0)),
            ),
        )
        .order_by(Box.cycle)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    void_boxes(work, open_boxes, BoxStatus.CANCELLED, "subscription cancelled")

"""Pauses a subscription and resumes it. Boxes that are locked already still ship."""

import uuid
from datetime import date, timedelta

from sqlalchemy import select, update

from app.core.clock import local_day
from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.plan_cycles import plan_cycles
from app.fulfilment.services.tell_boxes import tell_subscription
from app.fulfilment.services.void_box import stop_money
from app.hooks.rules import EventType
from app.subscriptions.models import Pause, Subscription
from app.subscriptions.queries import any_subscription, open_pause, own_subscription
from app.subscriptions.rules import SubscriptionRefusal, SubscriptionStatus

LONGEST = timedelta(days=366)


def pause_subscription(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    subscription_id: uuid.UUID,
    resumes_on: date | None = None,
) -> Subscription:
    """Pause from now until the day before `resumes_on`, or until the subscriber resumes."""
    subscription = own_subscription(work.session, subscriber_id, subscription_id, lock=True)
    _refuse_pause(work, subscription, resumes_on)
    start_pause(work, subscription, resumes_on, "wish")
    return subscription


def start_pause(
    work: UnitOfWork, subscription: Subscription, resumes_on: date | None, reason: str
) -> None:
    """Pause a locked, active subscription; boxes that can still change are set aside."""
    today = local_day(work.now, work.shop.zone)
    work.session.add(
        Pause(
            subscription_id=subscription.id,
            starts_on=today,
            resumes_on=resumes_on,
            reason=reason,
        )
    )
    subscription.status = SubscriptionStatus.PAUSED
    work.session.flush()
    _set_aside(work, subscription, resumes_on)
    tell_about(work, "subscription_paused", subscription, resumes_on, reason=reason)
    tell_subscription(
        work, EventType.SUBSCRIPTION_PAUSED, subscription, resumes_on=resumes_on, reason=reason
    )


def _set_aside(work: UnitOfWork, subscription: Subscription, resumes_on: date | None) -> None:
    """Pause the boxes that can still change; what was paid ahead for them is given back."""
    query = (
        select(Box)
        .where(
            Box.subscription_id == subscription.id,
            Box.status == BoxStatus.PLANNED,
            Box.cutoff_at >= work.now.replace(microsecond=0),
        )
        .order_by(Box.cycle)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if resumes_on:
        query = query.where(Box.ships_on < resumes_on)
    boxes = work.session.scalars(query).all()
    for box in boxes:
        box.status = BoxStatus.PAUSED
    work.session.flush()
    for box in boxes:
        if box.invoice_id:
            stop_money(work, box, "paused")


def resume_subscription(
    work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID
) -> Subscription:
    """Resume a paused subscription: every box whose cut-off lies ahead is on again.

    A box whose payment was given back when the pause began stays out.
    """
    subscription = own_subscription(work.session, subscriber_id, subscription_id, lock=True)
    if subscription.status is SubscriptionStatus.ACTIVE:
        return subscription
    return _resume(work, subscription)


def resume_due(work: UnitOfWork, subscription_id: uuid.UUID) -> Subscription:
    """End a pause whose last day has come; one that was ended meanwhile stays as it is."""
    subscription = any_subscription(work.session, subscription_id)
    work.session.refresh(subscription, with_for_update={"of": Subscription})
    pause = open_pause(work.session, subscription_id)
    today = local_day(work.now, work.shop.zone)
    if pause is None or pause.resumes_on is None or pause.resumes_on > today:
        return subscription
    return _resume(work, subscription)


def _resume(work: UnitOfWork, subscription: Subscription) -> Subscription:
    if subscription.status is not SubscriptionStatus.PAUSED:
        raise Refused(SubscriptionRefusal.NOT_PAUSED)
    pause = work.session.scalar(
        select(Pause)
        .where(Pause.subscription_id == subscription.id, Pause.ended_at.is_(None))
        .with_for_update()
    )
    if pause:
        pause.ended_at = work.now
    subscription.status = SubscriptionStatus.ACTIVE
    work.session.execute(
        update(Box)
        .where(
            Box.subscription_id == subscription.id,
            Box.status == BoxStatus.PAUSED,
            Box.invoice_id.is_(None),
            Box.cutoff_at >= work.now.replace(microsecond=0),
        )
        .values(status=BoxStatus.PLANNED)
    )
    work.session.flush()
    plan_cycles(work, [subscription.id])
    tell_about(work, "subscription_resumed", subscription, None)
    tell_subscription(work, EventType.SUBSCRIPTION_RESUMED, subscription)
    return subscription


def _refuse_pause(work: UnitOfWork, subscription: Subscription, resumes_on: date | None) -> None:
    if subscription.status is SubscriptionStatus.PAUSED:
        raise Refused(SubscriptionRefusal.ALREADY_PAUSED)
    if subscription.status is not SubscriptionStatus.ACTIVE:
        raise Refused(SubscriptionRefusal.NOT_ACTIVE)
    today = local_day(work.now, work.shop.zone)
    if resumes_on and resumes_on <= today:
        raise Refused(SubscriptionRefusal.RESUME_IN_PAST, field="resumes_on")
    if resumes_on and resumes_on > today + LONGEST:
        raise Refused(SubscriptionRefusal.RESUME_TOO_FAR, field="resumes_on")


def tell_about(
    work: UnitOfWork,
    kind: str,
    subscription: Subscription,
    resumes_on: date | None,
    **facts: object,
) -> None:
    """Promise a receipt for what was done to a subscription."""
    promise_letter(
        work,
        kind,
        f"{subscription.id}:{work.actor.request_id}",
        subscription.subscriber_id,
        plan=subscription.plan.name,
        resumes_on=resumes_on.isoformat() if resumes_on else None,
        **facts,
    )

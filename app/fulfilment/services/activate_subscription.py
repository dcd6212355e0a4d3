"""Starts a subscription once its card is there: its dates are fixed and its boxes planned."""

import uuid

from sqlalchemy import func, select

from app.core.clock import local_day
from app.core.job_names import Job
from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.services.cancel_subscription import end_subscription
from app.fulfilment.services.give_boxes import tell_given
from app.fulfilment.services.plan_cycles import plan_cycles
from app.fulfilment.services.sell_term import bill_first_term
from app.fulfilment.services.tell_boxes import tell_subscription
from app.hooks.rules import EventType
from app.people.models import Person
from app.subscriptions.cooling_rules import charged_from, last_free_day
from app.subscriptions.models import Gift, Plan, Subscription
from app.subscriptions.queries import beginning_of, cadence_of, cut_off_of, cycle_date
from app.subscriptions.rules import (
    Beginning,
    Billing,
    SubscriptionRefusal,
    SubscriptionStatus,
    first_open_day,
)
from app.subscriptions.services.join_wait_list import WaitWish, enter
from app.subscriptions.services.take_place import keep_place
from app.subscriptions.services.weigh_group import weigh_group_of

FULL = "full"


def activate_subscription(work: UnitOfWork, subscription_id: uuid.UUID) -> Subscription:
    """Start a pending subscription; one that has started already stays as it is.

    Where its place is gone it ends before it began, and whoever pays waits for the next one.
    """
    subscription = work.session.scalar(
        select(Subscription)
        .where(Subscription.id == subscription_id)
        .with_for_update(of=Subscription)
        .execution_options(populate_existing=True)
    )
    if subscription is None:
        raise Refused(SubscriptionRefusal.UNKNOWN)
    if subscription.status is not SubscriptionStatus.PENDING:
        return subscription
    if not keep_place(work, subscription):
        return _lose_place(work, subscription)
    plan = subscription.plan
    gift = work.session.get(Gift, subscription.id)
    start = _beginning(work, plan, gift)
    subscription.anchor, subscription.anchor_day = start.anchor, plan.day
    subscription.anchor_cycle, subscription.welcome_on = start.anchor_cycle, start.welcome_on
    if gift is None:
        subscription.charged_from = charged_from(work.now, plan.cooling_days, work.shop.zone)
    subscription.status = SubscriptionStatus.ACTIVE
    subscription.activated_at = work.now
    work.session.flush()
    plan_cycles(work, [subscription.id])
    bill_first_term(work, subscription)
    if gift is None:
        _welcome(work, subscription)
    else:
        tell_given(work, subscription, gift)
    tell_subscription(work, EventType.SUBSCRIPTION_ACTIVATED, subscription)
    weigh_group_of(work, subscription.id)
    if plan.billing is Billing.AHEAD:
        work.after_commit(Job.FALL_DUE)
    return subscription


def _lose_place(work: UnitOfWork, subscription: Subscription) -> Subscription:
    end_subscription(work, subscription, FULL)
    payer = work.session.get_one(Person, subscription.paid_by)
    wish = WaitWish(subscription.plan_id, subscription.size, payer.email, payer.name, payer.locale)
    enter(work, subscription.plan, wish, "place_lost")
    return subscription


def _beginning(work: UnitOfWork, plan: Plan, gift: Gift | None) -> Beginning:
    """Return when the first box ships: of a gift never before the day on which it is told."""
    if gift is None:
        return beginning_of(plan, work.now, work.shop.zone)
    cadence, cut_off = cadence_of(plan), cut_off_of(plan, work.shop.zone)
    earliest = max(gift.reveals_on, local_day(work.now, work.shop.zone))
    return Beginning(first_open_day(cadence, cut_off, work.now, earliest), 0, None)


def activate_pending(work: UnitOfWork, subscriber_id: uuid.UUID) -> int:
    """Start everything that somebody signed up for and that waited for a card."""
    waiting = work.session.scalars(
        select(Subscription.id)
        .where(
            func.coalesce(Subscription.payer_id, Subscription.subscriber_id) == subscriber_id,
            Subscription.status == SubscriptionStatus.PENDING,
        )
        .order_by(Subscription.number)
    ).all()
    for subscription_id in waiting:
        activate_subscription(work, subscription_id)
    return len(waiting)


def _welcome(work: UnitOfWork, subscription: Subscription) -> None:
    waits = subscription.charged_from
    promise_letter(
        work,
        "welcome",
        str(subscription.id),
        subscription.subscriber_id,
        plan=subscription.plan.name,
        dates=[cycle_date(subscription, cycle).isoformat() for cycle in range(3)],
        free_until=last_free_day(waits, work.shop.zone).isoformat() if waits else None,
    )

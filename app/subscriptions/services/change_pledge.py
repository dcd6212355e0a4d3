"""Keeps what somebody pledges to pay for each box that is still open."""

import uuid

from sqlalchemy import update

from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.pledge_queries import ever_pledged, pledge_range
from app.subscriptions.pledge_rules import PledgeRefusal
from app.subscriptions.queries import own_subscription
from app.subscriptions.rules import OVER
from app.subscriptions.sharing_models import Pledge


def change_pledge(
    work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID, cents: int
) -> Subscription:
    """Pledge another amount for all boxes whose cut-off is ahead; the same again is once."""
    subscription = own_subscription(work.session, subscriber_id, subscription_id, lock=True)
    if subscription.status in OVER:
        raise Refused(PledgeRefusal.ENDED)
    refuse_pledge(subscription.plan, subscription.size, cents)
    pledged = ever_pledged(work.session, subscription)
    if pledged and subscription.price_cents == cents:
        return subscription
    if not pledged:
        # What was agreed at sign-up still counts for a box that is closed and not packed yet.
        _say(work, subscription, subscription.price_cents, since_sign_up=True)
    subscription.price_cents = cents
    pledge = _say(work, subscription, cents)
    promise_letter(
        work,
        "pledge_changed",
        str(pledge.id),
        subscription.paid_by,
        plan=subscription.plan.name,
        subscription_number=subscription.number,
        amount_cents=cents,
        currency=work.shop.currency,
    )
    return subscription


def refuse_pledge(plan: Plan, size: int, cents: int) -> None:
    """Refuse an amount out of the range, or any where the plan takes no pledges."""
    allowed = pledge_range(plan, size)
    if allowed is None:
        raise Refused(PledgeRefusal.NOT_TAKEN, field="pledge")
    if isinstance(cents, bool) or not isinstance(cents, int) or not allowed.holds(cents):
        raise Refused(PledgeRefusal.OUT_OF_RANGE, field="pledge")


def first_pledge(work: UnitOfWork, subscription: Subscription) -> None:
    """Write down the pledge of somebody who signs up with it as the price."""
    _say(work, subscription, subscription.price_cents)


def end_pledges(work: UnitOfWork, subscription: Subscription) -> None:
    """Let no pledge count any more: the subscription has another plan or size."""
    work.session.execute(
        update(Pledge)
        .where(Pledge.subscription_id == subscription.id, Pledge.ended_at.is_(None))
        .values(ended_at=work.now)
    )


def _say(
    work: UnitOfWork, subscription: Subscription, cents: int, since_sign_up: bool = False
) -> Pledge:
    at = subscription.created_at if since_sign_up else work.now
    pledge = Pledge(
        subscription_id=subscription.id, cents=cents, pledged_at=at.replace(microsecond=0)
    )
    work.session.add(pledge)
    work.session.flush()
    return pledge

"""Ends subscriptions that have run out: the last box has gone, and no further one was ordered."""

from collections.abc import Sequence

from sqlalchemy import func, select

from app.core.clock import local_day
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.pause_subscription import tell_about
from app.fulfilment.term_queries import boxes_left
from app.subscriptions.models import Subscription, Term
from app.subscriptions.queries import cycle_date
from app.subscriptions.rules import SubscriptionStatus
from app.subscriptions.services.join_group import stand_up

UNDER_WAY = (BoxStatus.LOCKED, BoxStatus.HELD, BoxStatus.COMPOSED, BoxStatus.RELEASED)


def end_finished(work: UnitOfWork) -> int:
    """End whatever has nothing left to come; nothing is charged. Return how many ended."""
    found = _idle(work)
    left = boxes_left(work.session, found)
    ended = [each for each in found if left.get(each.id) == 0 or _is_past(work, each)]
    for subscription in ended:
        subscription.status = SubscriptionStatus.ENDED
        work.session.flush()
        stand_up(work, subscription)
        tell_about(work, "subscription_ended", subscription, None)
    return len(ended)


def _idle(work: UnitOfWork) -> Sequence[Subscription]:
    """Return the subscriptions that may end and have no box on its way or ahead."""
    today = local_day(work.now, work.shop.zone)
    ahead = select(Term.id).where(Term.subscription_id == Subscription.id).exists()
    ends = ahead | Subscription.ends_after.is_not(None) | Subscription.ends_on.is_not(None)
    waits = (Box.status == BoxStatus.PLANNED) & (Box.ships_on >= today)
    busy = (
        select(Box.id)
        .where(Box.subscription_id == Subscription.id, Box.status.in_(UNDER_WAY) | waits)
        .exists()
    )
    return work.session.scalars(
        select(Subscription)
        .where(
            Subscription.status.in_([SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED]),
            ends,
            ~busy,
        )
        .order_by(Subscription.number)
        .with_for_update(of=Subscription, skip_locked=True)
    ).all()


def _is_past(work: UnitOfWork, subscription: Subscription) -> bool:
    """Say whether the next box would come after the day on which it ends."""
    if subscription.ends_on is None or subscription.anchor is None:
        return False
    last = work.session.scalar(
        select(func.max(Box.cycle)).where(Box.subscription_id == subscription.id)
    )
    following = 0 if last is None else last + 1
    return cycle_date(subscription, following) > subscription.ends_on

"""Tells people that the cut-off of their next box comes near, and asks how much coffee is left."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.core.outbox import Letter, promise_letter
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.personalization.queries import without_taste
from app.subscriptions.models import Subscription
from app.subscriptions.rules import SubscriptionStatus

KIND = "cut_off_near"
AT_ONCE = 500


def announce_cut_offs(work: UnitOfWork) -> int:
    """Promise the letter for open boxes whose cut-off is near, once for each day that a box ships.

    Nobody gets it before a first box has left. People who want no box of their own taste are told
    of the cut-off, and asked nothing. Return how many were promised; call again while there are.
    """
    if not work.shop.cut_off_letter_hours:
        return 0
    earlier = aliased(Box)
    reference = func.concat(Box.id, ":", Box.ships_on)
    near = work.now + timedelta(hours=work.shop.cut_off_letter_hours)
    rows = work.session.execute(
        select(Box, Subscription, reference)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .where(
            Box.status == BoxStatus.PLANNED,
            Box.cutoff_at > work.now,
            Box.cutoff_at <= near,
            Subscription.status == SubscriptionStatus.ACTIVE,
            select(earlier.id)
            .where(earlier.subscriber_id == Box.subscriber_id, earlier.status == BoxStatus.SHIPPED)
            .exists(),
            ~select(Letter.id).where(Letter.kind == KIND, Letter.reference == reference).exists(),
        )
        .order_by(Box.cutoff_at, Box.number)
        .limit(AT_ONCE)
    ).all()
    unasked = without_taste(work.session, {box.subscriber_id for box, _, _ in rows})
    for box, subscription, about in rows:
        promise_letter(
            work,
            KIND,
            about,
            box.subscriber_id,
            plan=subscription.plan.name,
            ships_on=box.ships_on.isoformat(),
            cutoff_at=box.cutoff_at.isoformat(),
            asks_box_id=None if box.subscriber_id in unasked else str(box.id),
        )
    return len(rows)

"""Ends a row of unpaid boxes: the subscription pauses until its owner comes back."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select, update

from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.pause_subscription import start_pause
from app.subscriptions.models import Subscription
from app.subscriptions.rules import SubscriptionStatus

UNPAID = "unpaid"
NOT_COUNTED = (BoxStatus.PLANNED, BoxStatus.SKIPPED, BoxStatus.PAUSED, BoxStatus.MISSED)


def tell_staff_unpaid(work: UnitOfWork, boxes: Sequence[Box]) -> None:
    """Promise the staff one letter for each box that was called off unpaid."""
    for box in boxes:
        subscription = work.session.get_one(Subscription, box.subscription_id)
        promise_letter(
            work,
            "box_unpaid",
            f"{box.id}:staff",
            None,
            plan=subscription.plan.name,
            subscription_number=subscription.number,
            ships_on=box.ships_on.isoformat(),
            reason=UNPAID,
        )


def pause_unpaid(work: UnitOfWork, batch_id: uuid.UUID, boxes: Sequence[Box]) -> int:
    """Pause the subscriptions whose last boxes all stayed unpaid; return how many.

    `boxes` were just called off; the next one, in this batch, is not packed and not charged.
    """
    ids = sorted({box.subscription_id for box in boxes if _row_is_full(work, box)})
    # Somebody who changes their subscription at this very moment is left in peace until next time.
    found = work.session.scalars(
        select(Subscription)
        .where(Subscription.id.in_(ids), Subscription.status == SubscriptionStatus.ACTIVE)
        .order_by(Subscription.number)
        .with_for_update(of=Subscription, skip_locked=True)
    ).all()
    for subscription in found:
        start_pause(work, subscription, None, UNPAID)
        work.session.execute(
            update(Box)
            .where(
                Box.batch_id == batch_id,
                Box.subscription_id == subscription.id,
                Box.status == BoxStatus.PLANNED,
                Box.invoice_id.is_(None),
            )
            .values(status=BoxStatus.PAUSED)
        )
    return len(found)


def _row_is_full(work: UnitOfWork, box: Box) -> bool:
    """Say whether as many boxes in a row as the shop allows ended unpaid, this one the last."""
    longest = work.shop.pause_after_unpaid
    last = work.session.execute(
        select(Box.status, Box.reason)
        .where(
            Box.subscription_id == box.subscription_id,
            Box.cycle <= box.cycle,
            Box.status.not_in(NOT_COUNTED),
        )
        .order_by(Box.cycle.desc())
        .limit(longest)
    ).all()
    ended = [row.status is BoxStatus.VOIDED and row.reason == UNPAID for row in last]
    return len(ended) == longest and all(ended)

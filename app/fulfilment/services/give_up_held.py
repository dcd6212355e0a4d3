"""Gives boxes up that nothing on sale has fitted for days: that turn falls out, the rest go on."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.hold_box import NOTHING_FITS
from app.fulfilment.services.void_box import void_boxes
from app.subscriptions.models import Subscription

# Until then a box is tried again every night.
PATIENCE = timedelta(days=5)


def give_up_held(work: UnitOfWork) -> int:
    """Give up what could not be filled for five days; return how many boxes that were."""
    boxes = work.session.scalars(
        select(Box)
        .where(
            Box.status == BoxStatus.HELD,
            Box.reason == NOTHING_FITS,
            Box.locked_at <= work.now - PATIENCE,
        )
        .order_by(Box.number)
        .with_for_update(skip_locked=True)
    ).all()
    give_up(work, boxes, "nothing fitted in time")
    return len(boxes)


def give_up(work: UnitOfWork, boxes: Sequence[Box], reason: str) -> None:
    """Give held boxes up; whoever was told that theirs waits for coffee hears how that ended."""
    waited = [box for box in boxes if box.reason == NOTHING_FITS]
    void_boxes(work, boxes, BoxStatus.VOIDED, reason)
    for box in waited:
        _tell(work, box)


def _tell(work: UnitOfWork, box: Box) -> None:
    subscription = work.session.get_one(Subscription, box.subscription_id)
    following = work.session.scalar(
        select(Box.ships_on)
        .where(
            Box.subscription_id == box.subscription_id,
            Box.cycle > box.cycle,
            Box.status.in_([BoxStatus.PLANNED, BoxStatus.LOCKED]),
        )
        .order_by(Box.cycle)
        .limit(1)
    )
    promise_letter(
        work,
        "box_not_filled",
        str(box.id),
        box.subscriber_id,
        plan=subscription.plan.name,
        ships_on=box.ships_on.isoformat(),
        next_ships_on=following.isoformat() if following else None,
    )

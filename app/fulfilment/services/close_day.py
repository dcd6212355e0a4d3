"""Closes a delivery day: boxes that are planned for it move or fall out, and people are told."""

from datetime import date

from sqlalchemy import select

from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.plan_cycles import batch_for, cut_off_for
from app.fulfilment.services.void_box import void_boxes
from app.subscriptions.models import Subscription
from app.subscriptions.services import set_calendar


def close_day(work: UnitOfWork, day: date, ships_on: date | None, reason: str = "") -> int:
    """Ship nothing on `day`; return how many planned boxes that changed.

    What was paid ahead for a box that falls out is given back.
    """
    set_calendar.close_day(work, day, ships_on, reason)
    pairs = work.session.execute(
        select(Box, Subscription)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .where(
            Box.ships_on == day,
            Box.status.in_([BoxStatus.PLANNED, BoxStatus.SKIPPED, BoxStatus.PAUSED]),
        )
        .order_by(Box.number)
        .with_for_update(of=Box)
    ).all()
    if ships_on is None:
        fallen = [box for box, _ in pairs]
        void_boxes(work, fallen, BoxStatus.CANCELLED, reason or "no delivery on this day")
    for box, subscription in pairs:
        if ships_on:
            _move(work, box, subscription, ships_on)
        promise_letter(
            work,
            "box_moved",
            f"{box.id}:{day.isoformat()}",
            box.subscriber_id,
            plan=subscription.plan.name,
            ships_on=day.isoformat(),
            next_ships_on=ships_on.isoformat() if ships_on else None,
            reason=reason,
        )
    work.session.flush()
    return len(pairs)


def _move(work: UnitOfWork, box: Box, subscription: Subscription, ships_on: date) -> None:
    box.cutoff_at = cut_off_for(work, subscription, box.cycle).moment(ships_on)
    box.ships_on = ships_on
    box.batch_id = batch_for(work, ships_on, box.cutoff_at).id

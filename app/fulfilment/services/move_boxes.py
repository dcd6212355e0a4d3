"""Puts open boxes onto the days that follow from a new anchor. Skips and choices go with them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.core.clock import days_after, local_day
from app.core.job_names import Job
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxRefusal, BoxStatus
from app.fulfilment.services.plan_cycles import plan_cycles, replan_box
from app.subscriptions.models import Subscription
from app.subscriptions.queries import (
    calendar,
    cut_off_of,
    cycle_date,
    own_subscription,
    rhythm_of,
)
from app.subscriptions.rules import (
    Billing,
    Cadence,
    SubscriptionRefusal,
    SubscriptionStatus,
    first_regular_day,
    is_open,
    ship_date,
)

OPEN = (BoxStatus.PLANNED, BoxStatus.SKIPPED, BoxStatus.PAUSED)
GONE = (
    BoxStatus.LOCKED,
    BoxStatus.HELD,
    BoxStatus.COMPOSED,
    BoxStatus.RELEASED,
    BoxStatus.SHIPPED,
)


@dataclass(frozen=True)
class Course:
    """From which day and cycle the days are counted; `day` as in `Plan.day`."""

    anchor: date
    cycle: int
    day: int


def active_subscription(
    work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID
) -> Subscription:
    """Return somebody's active subscription under lock; refuse one that pauses or has ended."""
    subscription = own_subscription(work.session, subscriber_id, subscription_id, lock=True)
    if subscription.status is not SubscriptionStatus.ACTIVE:
        raise Refused(SubscriptionRefusal.NOT_ACTIVE)
    return subscription


def open_boxes(work: UnitOfWork, subscription: Subscription, cycle: int = 0) -> Sequence[Box]:
    """Return the boxes from a cycle on that can still change, under lock; none that is paid."""
    return work.session.scalars(
        select(Box)
        .where(
            Box.subscription_id == subscription.id,
            Box.cycle >= cycle,
            Box.status.in_(OPEN),
            Box.cutoff_at >= work.now.replace(microsecond=0),
            Box.invoice_id.is_(None),
        )
        .order_by(Box.cycle)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def next_planned(work: UnitOfWork, subscription: Subscription) -> Box:
    """Return the next box that can still change; refuse while none is planned."""
    for box in open_boxes(work, subscription):
        if box.status is BoxStatus.PLANNED:
            return box
    raise Refused(BoxRefusal.UNKNOWN)


def last_gone(work: UnitOfWork, subscription: Subscription) -> Box | None:
    """Return the last box that was packed or is about to be."""
    return work.session.scalars(
        select(Box)
        .where(Box.subscription_id == subscription.id, Box.status.in_(GONE))
        .order_by(Box.cycle.desc())
        .limit(1)
    ).one_or_none()


def set_course(work: UnitOfWork, subscription: Subscription, course: Course) -> None:
    """Count all open boxes from `course.cycle` on from a new anchor, and plan what is missing."""
    boxes = open_boxes(work, subscription, course.cycle)
    subscription.anchor, subscription.anchor_day = course.anchor, course.day
    subscription.anchor_cycle, subscription.welcome_on = course.cycle, None
    work.session.flush()
    closed = calendar(work.session)
    for box in boxes:
        regular = cycle_date(subscription, box.cycle)
        _put(work, box, subscription, closed.get(regular, regular))
    _rename_dead(work, subscription, course.cycle)
    work.session.flush()
    plan_cycles(work, [subscription.id])
    if subscription.plan.billing is Billing.AHEAD:
        work.after_commit(Job.FALL_DUE)


def _rename_dead(work: UnitOfWork, subscription: Subscription, cycle: int) -> None:
    """Give cycles that fell out before they were packed their new days, for the sake of order."""
    dead = work.session.scalars(
        select(Box).where(
            Box.subscription_id == subscription.id,
            Box.cycle >= cycle,
            Box.status == BoxStatus.CANCELLED,
            Box.locked_at.is_(None),
        )
    ).all()
    for box in dead:
        box.ships_on, box.moved_from = cycle_date(subscription, box.cycle), None


def _put(work: UnitOfWork, box: Box, subscription: Subscription, day: date | None) -> None:
    if day is None:
        box.status, box.reason = BoxStatus.CANCELLED, "no delivery on this day"
        return
    box.ships_on, box.moved_from = day, None
    replan_box(work, box, subscription)


def one_interval_after(subscription: Subscription, day: date) -> date:
    """Return the first regular day that is at least one whole interval after `day`."""
    rhythm = rhythm_of(subscription)
    plain = Cadence(rhythm.unit, rhythm.every, day.day)
    return first_regular_day(rhythm, ship_date(plain, day, 1))


def first_open_after(work: UnitOfWork, subscription: Subscription, day: date) -> date:
    """Return the first day from `day` on, in steps of the rhythm, whose cut-off is ahead."""
    cut_off = cut_off_of(subscription.plan, work.shop.zone)
    rhythm, steps, found = rhythm_of(subscription), 0, day
    while not is_open(cut_off.moment(found), work.now):
        steps += 1
        found = ship_date(rhythm, day, steps)
    return found


def first_shipping_day(work: UnitOfWork) -> date:
    """Return the first day after today on which the shop ships."""
    closed = calendar(work.session)
    day = days_after(local_day(work.now, work.shop.zone), 1)
    while day in closed:
        day = days_after(day, 1)
    return day

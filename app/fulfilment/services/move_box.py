"""Lets one box ship on another day: that box alone, or all after it, as the plan says."""

import uuid
from datetime import date

from sqlalchemy import func, select

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.queries import own_box
from app.fulfilment.rules import BoxRefusal, BoxStatus
from app.fulfilment.services.move_boxes import Course, active_subscription, set_course
from app.fulfilment.services.plan_cycles import replan_box
from app.fulfilment.services.ship_now import refuse_uncooled, tell_moved
from app.fulfilment.services.skip_box import refuse_late
from app.subscriptions.models import Subscription
from app.subscriptions.queries import calendar, cut_off_of, cycle_date
from app.subscriptions.rules import CadenceUnit, is_open
from app.subscriptions.term_rules import Rescheduling, TermRefusal

LIVES = (
    BoxStatus.PLANNED,
    BoxStatus.LOCKED,
    BoxStatus.HELD,
    BoxStatus.COMPOSED,
    BoxStatus.RELEASED,
    BoxStatus.SHIPPED,
)


def move_box(work: UnitOfWork, subscriber_id: uuid.UUID, box_id: uuid.UUID, day: date) -> Box:
    """Let an open box ship on `day`, whose cut-off must lie ahead; the same day changes nothing.

    It stays between the box before it and, where it moves alone, the one after it.
    """
    box = own_box(work.session, subscriber_id, box_id, lock=True)
    if box.ships_on == day:
        return box
    subscription = active_subscription(work, subscriber_id, box.subscription_id)
    refuse_late(work, box)
    if box.invoice_id or box.status is not BoxStatus.PLANNED:
        raise Refused(BoxRefusal.UNDER_WAY)
    _refuse_day(work, box, subscription, day)
    if day < box.ships_on:
        refuse_uncooled(work, subscription)
    told_on = box.ships_on
    if subscription.plan.rescheduling is Rescheduling.SHIFT:
        set_course(work, subscription, Course(day, box.cycle, _wished(subscription, day)))
    else:
        _move_alone(work, box, subscription, day)
    tell_moved(work, box, subscription, told_on.isoformat())
    return box


def _wished(subscription: Subscription, day: date) -> int:
    """Return the day of the week, or of the month, that all boxes ship on from now on."""
    weekly = subscription.plan.unit is CadenceUnit.WEEK
    return day.isoweekday() if weekly else day.day


def _move_alone(work: UnitOfWork, box: Box, subscription: Subscription, day: date) -> None:
    regular = box.moved_from or cycle_date(subscription, box.cycle)
    box.ships_on = day
    box.moved_from = None if day == regular else regular
    replan_box(work, box, subscription)
    work.session.flush()


def _refuse_day(work: UnitOfWork, box: Box, subscription: Subscription, day: date) -> None:
    if not is_open(cut_off_of(subscription.plan, work.shop.zone).moment(day), work.now):
        raise Refused(TermRefusal.DAY_TOO_SOON, field="day")
    if day in calendar(work.session):
        raise Refused(TermRefusal.DAY_CLOSED, field="day")
    before, after = _neighbours(work, box)
    alone = subscription.plan.rescheduling is Rescheduling.ONE_OFF
    if (before and day <= before) or (alone and after and day >= after):
        raise Refused(TermRefusal.DAY_OF_ANOTHER, field="day")


def _neighbours(work: UnitOfWork, box: Box) -> tuple[date | None, date | None]:
    """Return the days of the boxes before and after this one."""
    around = select(
        func.max(Box.ships_on).filter(Box.cycle < box.cycle),
        func.min(Box.ships_on).filter(Box.cycle > box.cycle),
    ).where(Box.subscription_id == box.subscription_id, Box.status.in_(LIVES))
    before, after = work.session.execute(around).one()
    return before, after

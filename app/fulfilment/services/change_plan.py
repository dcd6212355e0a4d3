"""Changes the plan or the size of a subscription, for every box that is still open.

Where the rhythm stays, so does the anchor, and with it every date. Another rhythm gets a new
anchor from the first open cycle on; the numbers of the cycles go on.
"""

import uuid

from sqlalchemy import delete, func, select

from app.catalog.rules import SaleStatus
from app.core.clock import days_after, local_day
from app.core.job_names import Job
from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box, BoxChoice
from app.fulfilment.queries import next_open_of
from app.fulfilment.rules import BoxRefusal, BoxStatus
from app.fulfilment.services.charge_switch import charge_switch, paid_period
from app.fulfilment.services.move_boxes import Course, set_course
from app.fulfilment.services.plan_cycles import replan_box
from app.fulfilment.term_queries import standings
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.queries import cadence_of, cut_off_of, own_subscription, plan_of
from app.subscriptions.rules import (
    Billing,
    SubscriptionRefusal,
    SubscriptionStatus,
    first_open_day,
)
from app.subscriptions.services.change_pledge import end_pledges
from app.subscriptions.services.join_group import stand_up
from app.subscriptions.services.sign_up import price_of
from app.subscriptions.services.take_place import change_place
from app.subscriptions.term_rules import TermRefusal

OPEN = (BoxStatus.PLANNED, BoxStatus.SKIPPED, BoxStatus.PAUSED)
UNDER_WAY = (BoxStatus.LOCKED, BoxStatus.HELD)


def change_plan(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    subscription_id: uuid.UUID,
    plan_id: uuid.UUID,
    size: int,
) -> Subscription:
    """Let the open boxes follow another plan or size, at today's price; twice is once.

    With another rhythm, skips and choices of the open boxes fall away together with their dates.
    """
    subscription = own_subscription(work.session, subscriber_id, subscription_id, lock=True)
    if subscription.status is SubscriptionStatus.CANCELLED:
        raise Refused(SubscriptionRefusal.CANCELLED)
    plan = plan_of(work.session, plan_id)
    if (subscription.plan_id, subscription.size) == (plan.id, size):
        return subscription
    if plan.status is not SaleStatus.ON_SALE:
        raise Refused(SubscriptionRefusal.UNKNOWN_PLAN, field="plan")
    price_cents = price_of(plan, size)
    ahead = standings(work.session, [subscription.id]).get(subscription.id)
    if ahead and ahead.left:
        raise Refused(TermRefusal.PAID_AHEAD)
    change_place(work, subscription, plan, size)
    paid = paid_period(work, subscription)
    boxes = _open_boxes(work, subscription)
    _leave_behind(work, subscription, plan)
    same_rhythm = cadence_of(plan) == cadence_of(subscription.plan) and not subscription.every
    subscription.every = None
    subscription.plan, subscription.plan_id = plan, plan.id
    subscription.size, subscription.price_cents = size, price_cents
    work.session.flush()
    prorated = charge_switch(work, subscription, paid) if paid else 0
    if subscription.anchor is not None:
        if same_rhythm:
            _keep_dates(work, subscription, boxes)
        else:
            _set_new_dates(work, subscription, boxes)
    _tell(work, subscription, prorated)
    return subscription


def _leave_behind(work: UnitOfWork, subscription: Subscription, plan: Plan) -> None:
    """End what belongs to the plan or size before: its group, and what was pledged for it."""
    end_pledges(work, subscription)
    if plan.id != subscription.plan_id:
        stand_up(work, subscription)


def _open_boxes(work: UnitOfWork, subscription: Subscription) -> list[Box]:
    """Return the boxes that can still change; refuse while one is paid or packed already."""
    boxes = work.session.scalars(
        select(Box)
        .where(Box.subscription_id == subscription.id, Box.status.in_([*OPEN, *UNDER_WAY]))
        .order_by(Box.cycle)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    moment = work.now.replace(microsecond=0)
    for box in boxes:
        closing = box.status is BoxStatus.PLANNED and (box.invoice_id or box.cutoff_at < moment)
        if closing or box.status in UNDER_WAY:
            raise Refused(BoxRefusal.UNDER_WAY)
    return [box for box in boxes if box.cutoff_at >= moment and not box.invoice_id]


def _keep_dates(work: UnitOfWork, subscription: Subscription, boxes: list[Box]) -> None:
    for box in boxes:
        replan_box(work, box, subscription)
    _ring_for_bills(work, subscription.plan)


def _set_new_dates(work: UnitOfWork, subscription: Subscription, boxes: list[Box]) -> None:
    """Put the open boxes onto the days of another rhythm, as if nobody had chosen anything."""
    # A welcome box keeps its own day: it has nothing to do with the rhythm.
    regular = [box for box in boxes if box.ships_on != subscription.welcome_on]
    _forget_wishes(work, regular)
    staying = select(func.max(Box.cycle), func.max(Box.ships_on)).where(
        Box.subscription_id == subscription.id, Box.id.not_in([box.id for box in regular])
    )
    if regular:
        staying = staying.where(Box.cycle < regular[0].cycle)
    last = work.session.execute(staying).one()
    plan, today = subscription.plan, local_day(work.now, work.shop.zone)
    earliest = max(today, days_after(last[1], 1)) if last[1] else today
    cut_off = cut_off_of(plan, work.shop.zone)
    anchor = first_open_day(cadence_of(plan), cut_off, work.now, earliest)
    set_course(work, subscription, Course(anchor, 0 if last[0] is None else last[0] + 1, plan.day))


def _forget_wishes(work: UnitOfWork, boxes: list[Box]) -> None:
    """Take skips and choices back: they were made for other days."""
    work.session.execute(delete(BoxChoice).where(BoxChoice.box_id.in_([box.id for box in boxes])))
    for box in boxes:
        if box.status is BoxStatus.SKIPPED:
            box.status, box.reason = BoxStatus.PLANNED, ""
    work.session.flush()


def _ring_for_bills(work: UnitOfWork, plan: Plan) -> None:
    if plan.billing is Billing.AHEAD:
        work.after_commit(Job.FALL_DUE)


def _tell(work: UnitOfWork, subscription: Subscription, prorated: int) -> None:
    following = next_open_of(work.session, subscription.subscriber_id)
    promise_letter(
        work,
        "plan_changed",
        f"{subscription.id}:{work.actor.request_id}",
        subscription.subscriber_id,
        plan=subscription.plan.name,
        subscription_number=subscription.number,
        amount_cents=subscription.price_cents,
        currency=work.shop.currency,
        more_cents=prorated if prorated > 0 else None,
        less_cents=-prorated if prorated < 0 else None,
        next_ships_on=following.ships_on.isoformat() if following else None,
    )

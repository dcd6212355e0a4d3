"""Sends the next box as soon as possible; the one after it comes a whole interval later."""

import uuid

from app.core.clock import days_after, local_day
from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.services.move_boxes import (
    Course,
    active_subscription,
    first_shipping_day,
    last_gone,
    next_planned,
    one_interval_after,
    set_course,
)
from app.fulfilment.services.plan_cycles import batch_for
from app.subscriptions.cooling_queries import first_charges
from app.subscriptions.cooling_rules import CoolingRefusal
from app.subscriptions.models import Subscription
from app.subscriptions.queries import cycle_date
from app.subscriptions.rules import WELCOME_CUT_OFF, CutOff


def ship_now(work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID) -> Box:
    """Let the next box ship on the next day; doing it again changes nothing.

    The days of all later boxes are counted from it, so that nobody gets, or pays, two boxes in a
    row. A box that ships by tomorrow anyway is the answer.
    """
    subscription = active_subscription(work, subscriber_id, subscription_id)
    soon = days_after(local_day(work.now, work.shop.zone), 1)
    before = last_gone(work, subscription)
    if before is not None and before.ships_on >= local_day(work.now, work.shop.zone):
        return before
    box = next_planned(work, subscription)
    if box.ships_on <= max(soon, first_shipping_day(work)):
        return box
    refuse_uncooled(work, subscription)
    told_on = box.ships_on
    day = first_shipping_day(work)
    box.moved_from = box.moved_from or cycle_date(subscription, box.cycle)
    box.ships_on = day
    box.cutoff_at = CutOff(*WELCOME_CUT_OFF, work.shop.zone).moment(day)
    box.batch_id = batch_for(work, day, box.cutoff_at).id
    work.session.flush()
    anchor_day = subscription.anchor_day or subscription.plan.day
    following = one_interval_after(subscription, day)
    set_course(work, subscription, Course(following, box.cycle + 1, anchor_day))
    tell_moved(work, box, subscription, told_on.isoformat())
    return box


def refuse_uncooled(work: UnitOfWork, subscription: Subscription) -> None:
    """Refuse to send a box sooner while its subscriber may still leave for nothing."""
    waits = first_charges(work.session, {subscription.id}, work.now)
    if waits:
        raise Refused(CoolingRefusal.TOO_EARLY, offer=waits[subscription.id])


def tell_moved(work: UnitOfWork, box: Box, subscription: Subscription, before_on: str) -> None:
    """Promise the receipt of another day to whoever pays."""
    promise_letter(
        work,
        "box_rescheduled",
        f"{box.id}:{work.actor.request_id}",
        subscription.paid_by,
        plan=subscription.plan.name,
        ships_on=box.ships_on.isoformat(),
        before_on=before_on,
        cutoff_at=box.cutoff_at.isoformat(),
        next_ships_on=cycle_date(subscription, box.cycle + 1).isoformat(),
    )

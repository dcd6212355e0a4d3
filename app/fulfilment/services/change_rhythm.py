"""Lets boxes come more or less often within what the plan offers."""

import uuid

from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.move_boxes import (
    Course,
    active_subscription,
    first_open_after,
    last_gone,
    next_planned,
    open_boxes,
    set_course,
)
from app.subscriptions.models import Subscription
from app.subscriptions.queries import cycle_date, rhythm_of
from app.subscriptions.rules import ship_date
from app.subscriptions.term_rules import TermRefusal


def change_rhythm(
    work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID, every: int
) -> Subscription:
    """Let a box come every so many weeks or months; the same rhythm changes nothing.

    Where the plan recounts, the next box comes one new interval after the last one; otherwise it
    keeps its day, and the new rhythm counts from it. Skips of open boxes fall away with their days.
    """
    subscription = active_subscription(work, subscriber_id, subscription_id)
    plan = subscription.plan
    if every not in (plan.every, *plan.rhythms):
        raise Refused(TermRefusal.NO_SUCH_RHYTHM, field="every")
    if every == rhythm_of(subscription).every:
        return subscription
    following = next_planned(work, subscription)
    regular = cycle_date(subscription, following.cycle)
    for box in open_boxes(work, subscription, following.cycle):
        if box.status is BoxStatus.SKIPPED:
            box.status, box.reason = BoxStatus.PLANNED, ""
    subscription.every = None if every == plan.every else every
    work.session.flush()
    last = last_gone(work, subscription) if plan.recount else None
    anchor = regular
    if last is not None:
        counted = ship_date(rhythm_of(subscription), last.moved_from or last.ships_on, 1)
        anchor = first_open_after(work, subscription, counted)
    day = subscription.anchor_day or plan.day
    set_course(work, subscription, Course(anchor, following.cycle, day))
    _tell(work, subscription, following)
    return subscription


def _tell(work: UnitOfWork, subscription: Subscription, following: Box) -> None:
    promise_letter(
        work,
        "rhythm_changed",
        f"{subscription.id}:{work.actor.request_id}",
        subscription.paid_by,
        plan=subscription.plan.name,
        next_ships_on=cycle_date(subscription, following.cycle).isoformat(),
        then_on=cycle_date(subscription, following.cycle + 1).isoformat(),
    )

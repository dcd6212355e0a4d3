"""Keeps placeholders ahead: one box for each coming cycle of each subscription.

Only cycles that have no box yet are added; what people were told about stays as it is. However
often and wherever this runs at once, a cycle gets one box.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import days_after, instant_of, local_day
from app.core.database import among
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Batch, Box
from app.fulfilment.rules import BatchStatus, BoxStatus
from app.fulfilment.term_queries import boxes_left
from app.subscriptions.models import Pause, Subscription
from app.subscriptions.queries import calendar, cut_off_of, cycle_date, open_pause
from app.subscriptions.rules import (
    WELCOME_CUT_OFF,
    Billing,
    CutOff,
    SubscriptionStatus,
    bill_date,
    is_open,
)

MANY = 1_000


@dataclass(frozen=True)
class Planned:
    """A box that is not there yet; `ships_on` None means that the day falls out."""

    subscription: Subscription
    cycle: int
    ships_on: date | None
    cutoff_at: datetime
    bill_at: datetime | None
    status: BoxStatus


def plan_cycles(work: UnitOfWork, subscriptions: Iterable[uuid.UUID] | None = None) -> int:
    """Add the missing boxes ahead of these subscriptions (all active ones for None).

    Return how many were added.
    """
    closed = calendar(work.session)
    planned: list[Planned] = []
    behind = _behind(work, subscriptions)
    room = rooms(work, [subscription for subscription, _, _ in behind])
    for subscription, last, ahead in behind:
        wanted = min(work.shop.cycles_ahead - ahead, room.get(subscription.id, MANY))
        planned.extend(_next_boxes(work, subscription, (last, wanted), closed))
    return _write(work, planned)


def _behind(
    work: UnitOfWork, only: Iterable[uuid.UUID] | None
) -> list[tuple[Subscription, int, int]]:
    """Return the subscriptions with too few boxes ahead, their last cycle, how many are ahead."""
    today = local_day(work.now, work.shop.zone)
    counts = (
        select(
            Box.subscription_id,
            func.max(Box.cycle).label("last"),
            func.count().filter(Box.ships_on > today).label("ahead"),
        )
        .group_by(Box.subscription_id)
        .subquery()
    )
    ahead = func.coalesce(counts.c.ahead, 0)
    query = (
        select(Subscription, func.coalesce(counts.c.last, -1), ahead)
        .outerjoin(counts, counts.c.subscription_id == Subscription.id)
        .where(
            Subscription.status.in_([SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED]),
            Subscription.anchor.is_not(None),
            ahead < work.shop.cycles_ahead,
        )
        .order_by(Subscription.number)
    )
    if only is not None:
        query = query.where(among(Subscription.id, only))
    return [(row[0], row[1], row[2]) for row in work.session.execute(query)]


def _next_boxes(
    work: UnitOfWork,
    subscription: Subscription,
    course: tuple[int, int],
    closed: dict[date, date | None],
) -> list[Planned]:
    today = local_day(work.now, work.shop.zone)
    pause = _pause(work, subscription)
    found: list[Planned] = []
    last, missing = course
    cycle = last + 1
    while missing > 0:
        box = _one(work, subscription, cycle, closed)
        day = box.ships_on or cycle_date(subscription, cycle)
        if subscription.ends_on and day > subscription.ends_on:
            break
        if box.ships_on and pause and pause.covers(day):
            box = replace(box, status=BoxStatus.PAUSED)
        found.append(box)
        missing -= day > today
        cycle += 1
    return found


def rooms(work: UnitOfWork, subscriptions: Sequence[Subscription]) -> dict[uuid.UUID, int]:
    """Return how many boxes may still be planned for those subscriptions that come to an end."""
    left = boxes_left(work.session, subscriptions)
    if not left:
        return {}
    # A planned box whose cut-off has passed locks soon; a paused one then never ships any more.
    may_resume = (Box.status == BoxStatus.PAUSED) & (Box.cutoff_at >= work.now)
    rows = work.session.execute(
        select(Box.subscription_id, func.count())
        .where(
            among(Box.subscription_id, left),
            (Box.status == BoxStatus.PLANNED) | may_resume,
        )
        .group_by(Box.subscription_id)
    )
    planned: dict[uuid.UUID, int] = {key: count for key, count in rows}
    return {key: count - planned.get(key, 0) for key, count in left.items()}


def drop_surplus(work: UnitOfWork, subscription: Subscription) -> int:
    """Take back the last placeholders of what comes to an end, as many as are too many."""
    room = rooms(work, [subscription]).get(subscription.id, 0)
    surplus = work.session.scalars(
        select(Box)
        .where(
            Box.subscription_id == subscription.id,
            Box.status == BoxStatus.PLANNED,
            Box.cutoff_at >= work.now.replace(microsecond=0),
            Box.invoice_id.is_(None),
        )
        .order_by(Box.cycle.desc())
        .limit(max(0, -room))
        .with_for_update()
    ).all()
    for box in surplus:
        box.status, box.reason = BoxStatus.CANCELLED, "no box is left of what was ordered"
    work.session.flush()
    return len(surplus)


def _pause(work: UnitOfWork, subscription: Subscription) -> Pause | None:
    if subscription.status is not SubscriptionStatus.PAUSED:
        return None
    return open_pause(work.session, subscription.id)


def _one(
    work: UnitOfWork,
    subscription: Subscription,
    cycle: int,
    closed: dict[date, date | None],
) -> Planned:
    regular = cycle_date(subscription, cycle)
    moved = closed.get(regular, regular)
    day = moved or regular
    cut_off = cut_off_for(work, subscription, cycle)
    status = BoxStatus.PLANNED if moved else BoxStatus.CANCELLED
    bill_at = _bill_at(work, subscription, cycle, day) if moved else None
    return Planned(subscription, cycle, moved, cut_off.moment(day), bill_at, status)


def cut_off_for(work: UnitOfWork, subscription: Subscription, cycle: int) -> CutOff:
    """Return the cut-off of a cycle: the plan's, or the welcome box's own short one."""
    if subscription.welcome_on and cycle < subscription.anchor_cycle:
        return CutOff(*WELCOME_CUT_OFF, work.shop.zone)
    return cut_off_of(subscription.plan, work.shop.zone)


def _bill_at(
    work: UnitOfWork, subscription: Subscription, cycle: int, day: date
) -> datetime | None:
    plan = subscription.plan
    if plan.billing is Billing.AT_LOCK:
        return None
    if cycle == 0:
        return max(work.now, subscription.charged_from or work.now)
    billed = bill_date(day, plan.bill_day or day.day)
    # Nobody pays for a second box before the first one has shipped.
    earliest = cycle_date(subscription, cycle - 1)
    return instant_of(max(billed, earliest), time(2, 0), work.shop.zone)


def _write(work: UnitOfWork, planned: list[Planned]) -> int:
    batches = _batches(work, planned)
    rows = [
        {
            "subscription_id": each.subscription.id,
            "subscriber_id": each.subscription.subscriber_id,
            "cycle": each.cycle,
            "batch_id": batches[day].id,
            "ships_on": day,
            "cutoff_at": each.cutoff_at,
            "bill_at": each.bill_at,
            "status": each.status,
            "reason": "" if each.ships_on else "no delivery on this day",
        }
        for each in planned
        for day in [each.ships_on or cycle_date(each.subscription, each.cycle)]
    ]
    if not rows:
        return 0
    added = work.session.execute(insert(Box).on_conflict_do_nothing().returning(Box.id), rows)
    return len(added.all())


def _batches(work: UnitOfWork, planned: list[Planned]) -> dict[date, Batch]:
    """Return the batch of each day, made or moved back so that it locks after every cut-off."""
    last: dict[date, datetime] = {}
    for each in planned:
        day = each.ships_on or cycle_date(each.subscription, each.cycle)
        last[day] = max(each.cutoff_at, last.get(day, each.cutoff_at))
    return {day: batch_for(work, day, cutoff) for day, cutoff in sorted(last.items())}


def replan_box(work: UnitOfWork, box: Box, subscription: Subscription) -> None:
    """Give an open box the cut-off and the bill of its subscription's plan; its day stays.

    A cut-off that would have passed already leaves the one that people were told.
    """
    cutoff_at = cut_off_for(work, subscription, box.cycle).moment(box.ships_on)
    if is_open(cutoff_at, work.now):
        box.cutoff_at = cutoff_at
    box.bill_at = _bill_at(work, subscription, box.cycle, box.ships_on)
    box.batch_id = batch_for(work, box.ships_on, box.cutoff_at).id


def batch_for(work: UnitOfWork, day: date, cutoff_at: datetime) -> Batch:
    """Return the day's batch that still takes boxes, locking after `cutoff_at`."""
    locks_at = lock_moment(work, cutoff_at)
    batch = _newest(work, day)
    if batch is None or batch.status is not BatchStatus.PLANNED:
        work.session.execute(
            insert(Batch)
            .values(
                ships_on=day,
                run=batch.run + 1 if batch else 1,
                cutoff_at=cutoff_at,
                locks_at=locks_at,
                status=BatchStatus.PLANNED,
            )
            .on_conflict_do_nothing()
        )
        batch = _newest(work, day)
    assert batch is not None
    if cutoff_at > batch.cutoff_at:
        batch.cutoff_at, batch.locks_at = cutoff_at, locks_at
    return batch


def lock_moment(work: UnitOfWork, cutoff_at: datetime) -> datetime:
    """Return when a batch with this last cut-off locks: at the shop's hour on the next day."""
    day = days_after(local_day(cutoff_at, work.shop.zone), 1)
    return instant_of(day, work.shop.locks_at, work.shop.zone)


def _newest(work: UnitOfWork, day: date) -> Batch | None:
    return work.session.scalar(
        select(Batch)
        .where(Batch.ships_on == day)
        .order_by(Batch.run.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )

"""Reads about places: how many are taken, what is full, who waits and in which turn."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.core.refusals import Refused
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.place_models import Capacity, WaitEntry
from app.subscriptions.place_rules import (
    IN_LINE,
    WHOLE,
    Limit,
    PlaceRefusal,
    Taken,
    WaitStatus,
    fits,
    with_whole,
)
from app.subscriptions.rules import SubscriptionStatus

STAYING = (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED)


@dataclass(frozen=True)
class PlaceRow:
    """One size of a plan (0: all together) as pages show it; no limit leaves both limits None."""

    size: int
    places: int | None
    turnover_cents: int | None
    taken: Taken
    waiting: int
    closed_at: datetime | None


@dataclass(frozen=True)
class Waiter:
    """Somebody in line, and how many with them wait for the same, themselves included."""

    id: uuid.UUID
    plan_id: uuid.UUID
    plan_name: dict[str, str]
    size: int
    size_kind: str
    name: str
    email: str
    status: str
    joined_at: datetime
    held_until: datetime | None
    turn: int


@dataclass(frozen=True)
class FullRow:
    """What takes nobody any more, for staff."""

    plan_id: uuid.UUID
    plan_name: dict[str, str]
    size: int
    size_kind: str
    closed_at: datetime
    waiting: int


def limits_of(session: Session, plan_id: uuid.UUID, lock: bool = False) -> list[Capacity]:
    """Return what limits a plan, the whole first; `lock` lets one at a time take a place."""
    query = select(Capacity).where(Capacity.plan_id == plan_id).order_by(Capacity.size)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(query))


def taken_of(
    session: Session, plan_id: uuid.UUID, now: datetime, but: uuid.UUID | None = None
) -> dict[int, Taken]:
    """Return what is taken of each size (0: all), without one subscription.

    A place is taken by what is active or paused, by a sign-up whose card is awaited, and by
    whoever a free one is kept for, at the price of today.
    """
    signing_up = and_(
        Subscription.status == SubscriptionStatus.PENDING, Subscription.place_until > now
    )
    found: dict[int, Taken] = {}
    living = (
        select(Subscription.size, func.count(), func.sum(Subscription.price_cents))
        .where(Subscription.plan_id == plan_id, or_(Subscription.status.in_(STAYING), signing_up))
        .group_by(Subscription.size)
    )
    if but is not None:
        living = living.where(Subscription.id != but)
    for size, boxes, cents in session.execute(living):
        found[size] = Taken(boxes, int(cents))
    prices = prices_of(session.get_one(Plan, plan_id))
    for size, kept in _kept(session, plan_id, now).items():
        before = found.get(size, Taken())
        cents = before.cents + kept * prices.get(size, 0)
        found[size] = Taken(before.boxes + kept, cents)
    return with_whole(found)


def _kept(session: Session, plan_id: uuid.UUID, now: datetime) -> dict[int, int]:
    rows = session.execute(
        select(WaitEntry.size, func.count())
        .where(
            WaitEntry.plan_id == plan_id,
            WaitEntry.status == WaitStatus.OFFERED,
            WaitEntry.held_until >= now,
        )
        .group_by(WaitEntry.size)
    )
    return {size: count for size, count in rows}


def prices_of(plan: Plan) -> dict[int, int]:
    """Return the price in cents of each size that a plan comes in today."""
    return {each.size: each.price_cents for each in plan.sizes}


def full_sizes(session: Session, plan: Plan, now: datetime) -> dict[int, int]:
    """Return how many wait for each size of which nobody may take a place now."""
    limits = [each.limit() for each in limits_of(session, plan.id)]
    if not limits:
        return {}
    taken, waiting = taken_of(session, plan.id, now), waiting_of(session, plan.id)
    return {
        size: waiting.get(size, 0)
        for size, cents in prices_of(plan).items()
        if not fits(limits, taken, size, cents) or waiting.get(size)
    }


def waiting_of(session: Session, plan_id: uuid.UUID) -> dict[int, int]:
    """Return how many wait for each size of a plan and have no place offered yet."""
    rows = session.execute(
        select(WaitEntry.size, func.count())
        .where(WaitEntry.plan_id == plan_id, WaitEntry.status == WaitStatus.WAITING)
        .group_by(WaitEntry.size)
    )
    return {size: count for size, count in rows}


def place_rows(session: Session, plan: Plan, now: datetime) -> list[PlaceRow]:
    """Return the whole plan and each of its sizes, with limits, what is taken and who waits."""
    known: Mapping[int, Capacity] = {each.size: each for each in limits_of(session, plan.id)}
    taken, waiting = taken_of(session, plan.id, now), waiting_of(session, plan.id)
    waiting = {**waiting, WHOLE: sum(waiting.values())}
    return [
        _place_row(size, known.get(size), taken.get(size, Taken()), waiting.get(size, 0))
        for size in (WHOLE, *prices_of(plan))
    ]


def _place_row(size: int, row: Capacity | None, taken: Taken, waiting: int) -> PlaceRow:
    limit = row.limit() if row else Limit(size)
    closed_at = row.closed_at if row else None
    return PlaceRow(size, limit.places, limit.turnover_cents, taken, waiting, closed_at)


def in_line(session: Session, plan_id: uuid.UUID, limit: int = 100) -> list[Waiter]:
    """Return who waits for a plan, the first in turn first, at most `limit` of them."""
    query = (
        select(WaitEntry, Plan)
        .join(Plan, Plan.id == WaitEntry.plan_id)
        .where(WaitEntry.plan_id == plan_id, WaitEntry.status.in_(IN_LINE))
        .order_by(WaitEntry.number)
        .limit(limit)
    )
    turns: dict[int, int] = {}
    found = []
    for entry, plan in session.execute(query):
        if entry.status is WaitStatus.WAITING:
            turns[entry.size] = turns.get(entry.size, 0) + 1
        found.append(_waiter(entry, plan, turns.get(entry.size, 0)))
    return found


def waiter_of(session: Session, entry_id: uuid.UUID) -> Waiter:
    """Return somebody who waits, or waited; refuse an unknown one."""
    row = session.execute(
        select(WaitEntry, Plan)
        .join(Plan, Plan.id == WaitEntry.plan_id)
        .where(WaitEntry.id == entry_id)
    ).one_or_none()
    if row is None:
        raise Refused(PlaceRefusal.UNKNOWN_ENTRY)
    entry, plan = row
    before = select(func.count()).where(
        WaitEntry.plan_id == entry.plan_id,
        WaitEntry.size == entry.size,
        WaitEntry.status == WaitStatus.WAITING,
        WaitEntry.number <= entry.number,
    )
    return _waiter(entry, plan, session.scalar(before) or 0)


def _waiter(entry: WaitEntry, plan: Plan, turn: int) -> Waiter:
    return Waiter(
        id=entry.id,
        plan_id=plan.id,
        plan_name=plan.name,
        size=entry.size,
        size_kind=plan.size_kind.value,
        name=entry.name,
        email=entry.email,
        status=entry.status.value,
        joined_at=entry.joined_at,
        held_until=entry.held_until,
        turn=turn,
    )


def full_plans(session: Session) -> Sequence[FullRow]:
    """Return what is full, the longest first, with how many wait for it."""
    waiting = (
        select(func.count())
        .where(
            WaitEntry.plan_id == Capacity.plan_id,
            or_(Capacity.size == WHOLE, WaitEntry.size == Capacity.size),
            WaitEntry.status == WaitStatus.WAITING,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(Capacity, Plan, waiting)
        .join(Plan, Plan.id == Capacity.plan_id)
        .where(Capacity.closed_at.is_not(None))
        .order_by(Capacity.closed_at, Plan.code, Capacity.size)
    )
    return [
        FullRow(plan.id, plan.name, row.size, plan.size_kind.value, row.closed_at, count)
        for row, plan, count in rows
    ]


def plans_to_offer(session: Session) -> list[uuid.UUID]:
    """Return the plans of which somebody waits or that are full."""
    waiting = select(WaitEntry.plan_id).where(WaitEntry.status.in_(IN_LINE))
    full = select(Capacity.plan_id).where(Capacity.closed_at.is_not(None))
    return list(session.scalars(waiting.union(full)))

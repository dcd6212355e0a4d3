"""Reads about plans and subscriptions, and the dates that follow from them."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalog.rules import SaleStatus
from app.core.refusals import Refused
from app.people.models import Person
from app.subscriptions.cooling_rules import counted_from
from app.subscriptions.gift_rules import GiftRefusal
from app.subscriptions.models import CalendarException, Gift, Pause, Plan, Subscription
from app.subscriptions.rules import (
    Beginning,
    Cadence,
    CutOff,
    SubscriptionRefusal,
    begin,
    ship_date,
)


@dataclass(frozen=True)
class SubscriptionRow:
    """A subscription as pages show it; `plan_name` maps language tags to names."""

    id: uuid.UUID
    number: int
    subscriber_id: uuid.UUID
    email: str
    name: str
    plan_code: str
    plan_name: dict[str, str]
    size: int
    size_kind: str
    price_cents: int
    status: str
    anchor: date | None
    resumes_on: date | None


def cadence_of(plan: Plan) -> Cadence:
    """Return the rhythm of a plan."""
    return Cadence(plan.unit, plan.every, plan.day)


def rhythm_of(subscription: Subscription) -> Cadence:
    """Return the rhythm of a subscription: its plan's, or the one that was chosen instead."""
    plan = subscription.plan
    day = subscription.anchor_day or plan.day
    return Cadence(plan.unit, subscription.every or plan.every, day)


def cut_off_of(plan: Plan, zone: ZoneInfo) -> CutOff:
    """Return the cut-off of a plan in the shop's zone."""
    return CutOff(plan.cutoff_days, plan.cutoff_time, zone)


def cycle_date(subscription: Subscription, cycle: int) -> date:
    """Return the regular day of a cycle, before the shop's calendar moves it."""
    if subscription.anchor is None:
        raise ValueError("a subscription without anchor has no dates")
    if subscription.welcome_on and cycle < subscription.anchor_cycle:
        return subscription.welcome_on
    steps = cycle - subscription.anchor_cycle
    return ship_date(rhythm_of(subscription), subscription.anchor, steps)


def beginning_of(plan: Plan, now: datetime, zone: ZoneInfo) -> Beginning:
    """Return how a subscription of a plan starts that is activated now."""
    since = counted_from(now, plan.cooling_days, zone)
    cut_off = cut_off_of(plan, zone)
    return begin(plan.start, cadence_of(plan), cut_off, since, plan.start_grace_days)


def first_dates(plan: Plan, now: datetime, zone: ZoneInfo) -> tuple[date, date, date]:
    """Return the first three days on which somebody who signs up now gets a box."""
    cadence = cadence_of(plan)
    start = beginning_of(plan, now, zone)
    regular = [ship_date(cadence, start.anchor, step) for step in range(3)]
    days = ([start.welcome_on] if start.welcome_on else []) + regular
    return days[0], days[1], days[2]


def plans_on_sale(session: Session) -> list[Plan]:
    """Return the plans that people can subscribe to, ordered by code."""
    return list(
        session.scalars(select(Plan).where(Plan.status == SaleStatus.ON_SALE).order_by(Plan.code))
    )


def all_plans(session: Session) -> list[Plan]:
    """Return every plan, ordered by code."""
    return list(session.scalars(select(Plan).order_by(Plan.code)))


def plan_of(session: Session, plan_id: uuid.UUID) -> Plan:
    """Return a plan; refuse an unknown one."""
    plan = session.get(Plan, plan_id)
    if plan is None:
        raise Refused(SubscriptionRefusal.UNKNOWN_PLAN, field="plan")
    return plan


def plan_by_code(session: Session, code: str) -> Plan:
    """Return a plan by its code; refuse an unknown one."""
    plan = session.scalar(select(Plan).where(Plan.code == code))
    if plan is None:
        raise Refused(SubscriptionRefusal.UNKNOWN_PLAN, field="plan")
    return plan


def own_subscription(
    session: Session, subscriber_id: uuid.UUID, subscription_id: uuid.UUID, lock: bool = False
) -> Subscription:
    """Return a subscription that somebody gets or pays; a foreign one is as unknown as none."""
    query = select(Subscription).where(
        Subscription.id == subscription_id,
        (Subscription.subscriber_id == subscriber_id) | (Subscription.payer_id == subscriber_id),
    )
    if lock:
        query = query.with_for_update(of=Subscription).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise Refused(SubscriptionRefusal.UNKNOWN)
    return found


def any_subscription(session: Session, subscription_id: uuid.UUID) -> Subscription:
    """Return a subscription for staff; refuse an unknown one."""
    found = session.get(Subscription, subscription_id)
    if found is None:
        raise Refused(SubscriptionRefusal.UNKNOWN)
    return found


def subscriptions_of(session: Session, subscriber_id: uuid.UUID) -> list[Subscription]:
    """Return the subscriptions that somebody gets or gives, newest first."""
    return list(
        session.scalars(
            select(Subscription)
            .where(
                (Subscription.subscriber_id == subscriber_id)
                | (Subscription.payer_id == subscriber_id)
            )
            .order_by(Subscription.number.desc())
        )
    )


def given_by(
    session: Session, payer_id: uuid.UUID, subscription_id: uuid.UUID, lock: bool = False
) -> tuple[Subscription, Gift]:
    """Return a gift that somebody made; a foreign one is as unknown as none."""
    query = (
        select(Subscription, Gift)
        .join(Gift, Gift.subscription_id == Subscription.id)
        .where(Subscription.id == subscription_id, Subscription.payer_id == payer_id)
    )
    if lock:
        query = query.with_for_update(of=Subscription).execution_options(populate_existing=True)
    found = session.execute(query).one_or_none()
    if found is None:
        raise Refused(GiftRefusal.UNKNOWN)
    return found[0], found[1]


def subscription_rows(
    session: Session, search: str = "", limit: int = 50, offset: int = 0
) -> list[SubscriptionRow]:
    """Return subscriptions for staff, newest first; `search` looks at name, e-mail and number."""
    query = (
        select(Subscription, Person, Pause)
        .join(Person, Person.id == Subscription.subscriber_id)
        .outerjoin(Pause, (Pause.subscription_id == Subscription.id) & Pause.ended_at.is_(None))
        .order_by(Subscription.number.desc())
        .limit(limit)
        .offset(offset)
    )
    word = search.strip()
    if word.isdigit():
        query = query.where(Subscription.number == int(word))
    elif word:
        query = query.where(
            Person.email.icontains(word, autoescape=True)
            | Person.name.icontains(word, autoescape=True)
        )
    return [_row(*each) for each in session.execute(query)]


def subscriptions_of_person(session: Session, person_id: uuid.UUID) -> list[SubscriptionRow]:
    """Return one person's subscriptions for staff, newest first."""
    query = (
        select(Subscription, Person, Pause)
        .join(Person, Person.id == Subscription.subscriber_id)
        .outerjoin(Pause, (Pause.subscription_id == Subscription.id) & Pause.ended_at.is_(None))
        .where(Person.id == person_id)
        .order_by(Subscription.number.desc())
    )
    return [_row(*each) for each in session.execute(query)]


def _row(subscription: Subscription, person: Person, pause: Pause | None) -> SubscriptionRow:
    plan = subscription.plan
    return SubscriptionRow(
        id=subscription.id,
        number=subscription.number,
        subscriber_id=person.id,
        email=person.email,
        name=person.name,
        plan_code=plan.code,
        plan_name=plan.name,
        size=subscription.size,
        size_kind=plan.size_kind.value,
        price_cents=subscription.price_cents,
        status=subscription.status.value,
        anchor=subscription.anchor,
        resumes_on=pause.resumes_on if pause else None,
    )


def open_pause(session: Session, subscription_id: uuid.UUID) -> Pause | None:
    """Return the pause that a subscription is in, or has ahead of it."""
    return session.scalar(
        select(Pause).where(Pause.subscription_id == subscription_id, Pause.ended_at.is_(None))
    )


def calendar(session: Session) -> dict[date, date | None]:
    """Return the days on which nothing ships, and where their boxes go (None: nowhere)."""
    rows = session.execute(select(CalendarException.day, CalendarException.ships_on))
    return {day: ships_on for day, ships_on in rows}

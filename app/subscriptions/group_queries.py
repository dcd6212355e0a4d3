"""Reads about groups: who is in one, whether its discount holds, and for which boxes it did."""

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.database import among
from app.core.refusals import Refused
from app.people.models import Person
from app.subscriptions.group_rules import GroupRefusal, Stretch, first_name, typed_code
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.price_term_rules import GroupTerms, read_back
from app.subscriptions.rules import SubscriptionStatus
from app.subscriptions.sharing_models import BuyingGroup, GroupMember, GroupSpan

COUNTING = (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED)


@dataclass(frozen=True)
class Seat:
    """Somebody in a group; who has not given a card yet does not count."""

    subscription_id: uuid.UUID
    name: str
    counts: bool
    joined_at: datetime


@dataclass(frozen=True)
class GroupView:
    """A group as pages show it; `until_at` is when a discount ends that still holds."""

    id: uuid.UUID
    plan_id: uuid.UUID
    plan_name: dict[str, str]
    name: str
    code: str
    seats: tuple[Seat, ...]
    people: int
    terms: GroupTerms | None
    holds: bool
    until_at: datetime | None

    @property
    def missing(self) -> int:
        """Return how many people it lacks for its discount."""
        return max(0, self.terms.people - self.people) if self.terms else 0


def stretches_of(
    session: Session, subscriptions: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[Stretch]]:
    """Return when subscriptions were in groups that had a discount."""
    rows = session.execute(
        select(
            GroupMember.subscription_id,
            GroupMember.joined_at,
            GroupMember.left_at,
            GroupSpan.from_at,
            GroupSpan.until_at,
        )
        .join(GroupSpan, GroupSpan.group_id == GroupMember.group_id)
        .where(among(GroupMember.subscription_id, subscriptions))
    )
    found: dict[uuid.UUID, list[Stretch]] = defaultdict(list)
    for row in rows:
        stretch = Stretch(row.joined_at, row.left_at, row.from_at, row.until_at)
        found[row.subscription_id].append(stretch)
    return found


def people_in(session: Session, group_id: uuid.UUID) -> int:
    """Return how many people a group has whose subscription goes on; nobody counts twice."""
    payer = func.coalesce(Subscription.payer_id, Subscription.subscriber_id)
    return (
        session.scalar(
            select(func.count(payer.distinct()))
            .join(GroupMember, GroupMember.subscription_id == Subscription.id)
            .where(
                GroupMember.group_id == group_id,
                GroupMember.left_at.is_(None),
                Subscription.status.in_(COUNTING),
            )
        )
        or 0
    )


def group_with(session: Session, subscription_id: uuid.UUID, now: datetime) -> GroupView | None:
    """Return the group that a subscription is in."""
    group = session.scalar(
        select(BuyingGroup)
        .join(GroupMember, GroupMember.group_id == BuyingGroup.id)
        .where(GroupMember.subscription_id == subscription_id, GroupMember.left_at.is_(None))
    )
    return group_view(session, group, now) if group else None


def group_by_code(session: Session, code: str, now: datetime) -> GroupView:
    """Return the group of a code; refuse an unknown one."""
    group = session.scalar(select(BuyingGroup).where(BuyingGroup.code == typed_code(code)))
    if group is None:
        raise Refused(GroupRefusal.UNKNOWN, field="group")
    return group_view(session, group, now)


def groups_of_plan(session: Session, plan_id: uuid.UUID, now: datetime) -> list[GroupView]:
    """Return the newest hundred groups of a plan."""
    groups = session.scalars(
        select(BuyingGroup)
        .where(BuyingGroup.plan_id == plan_id)
        .order_by(BuyingGroup.started_at.desc(), BuyingGroup.id)
        .limit(100)
    )
    return [group_view(session, each, now) for each in groups]


def group_view(session: Session, group: BuyingGroup, now: datetime) -> GroupView:
    """Return a group with its people, the first to join first."""
    plan = session.get_one(Plan, group.plan_id)
    span = session.scalar(
        select(GroupSpan).where(GroupSpan.group_id == group.id).order_by(GroupSpan.id.desc())
    )
    holds = span is not None and (span.until_at is None or now < span.until_at)
    rows = session.execute(
        select(Subscription.id, Person.name, Subscription.status, GroupMember.joined_at)
        .join(GroupMember, GroupMember.subscription_id == Subscription.id)
        .join(Person, Person.id == Subscription.subscriber_id)
        .where(GroupMember.group_id == group.id, GroupMember.left_at.is_(None))
        .order_by(GroupMember.id)
    )
    return GroupView(
        id=group.id,
        plan_id=plan.id,
        plan_name=plan.name,
        name=group.name,
        code=group.code,
        seats=tuple(
            Seat(key, first_name(name), status in COUNTING, joined)
            for key, name, status, joined in rows
        ),
        people=people_in(session, group.id),
        terms=read_back(plan.price_terms).group,
        holds=holds,
        until_at=span.until_at if span and holds else None,
    )

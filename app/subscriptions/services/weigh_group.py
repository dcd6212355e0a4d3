"""Lets a group's discount hold from enough people on, and end with notice below that."""

import uuid

from sqlalchemy import select

from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.group_queries import COUNTING, people_in
from app.subscriptions.group_rules import NOTICE
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.price_term_rules import GroupTerms, read_back
from app.subscriptions.sharing_models import BuyingGroup, GroupMember, GroupSpan


def weigh_group_of(work: UnitOfWork, subscription_id: uuid.UUID) -> None:
    """Weigh the group that a subscription is in, if it is in one."""
    group_id = work.session.scalar(
        select(GroupMember.group_id).where(
            GroupMember.subscription_id == subscription_id, GroupMember.left_at.is_(None)
        )
    )
    if group_id is not None:
        weigh_group(work, group_id)


def weigh_groups(work: UnitOfWork, plan_id: uuid.UUID) -> None:
    """Weigh all groups of a plan, whose terms are other ones now."""
    wanted = select(BuyingGroup.id).where(BuyingGroup.plan_id == plan_id).order_by(BuyingGroup.id)
    for group_id in work.session.scalars(wanted).all():
        weigh_group(work, group_id)


def weigh_group(work: UnitOfWork, group_id: uuid.UUID) -> None:
    """Let the discount hold or end as the number of people says; weighing again changes nothing.

    An end is told everybody, and spares the boxes that close within the days of notice.
    """
    work.session.flush()
    group = work.session.get_one(BuyingGroup, group_id, with_for_update=True)
    terms = read_back(work.session.get_one(Plan, group.plan_id).price_terms).group
    people = people_in(work.session, group.id)
    span = work.session.scalar(
        select(GroupSpan).where(GroupSpan.group_id == group.id).order_by(GroupSpan.id.desc())
    )
    if terms is not None and people >= terms.people:
        _begin(work, group, span, terms)
    elif span is not None and span.until_at is None:
        span.until_at = work.now.replace(microsecond=0) + NOTICE
        _tell(work, group, span, terms)
    work.session.flush()


def _begin(work: UnitOfWork, group: BuyingGroup, span: GroupSpan | None, terms: GroupTerms) -> None:
    now = work.now.replace(microsecond=0)
    if span is not None and span.until_at is None:
        return
    if span is None or (span.until_at or now) <= now:
        span = GroupSpan(group_id=group.id, from_at=now)
        work.session.add(span)
    span.until_at = None
    work.session.flush()
    _tell(work, group, span, terms)


def _tell(work: UnitOfWork, group: BuyingGroup, span: GroupSpan, terms: GroupTerms | None) -> None:
    """Tell everybody in a group that its discount holds, or until when it still does."""
    ends = span.until_at
    for subscription in work.session.scalars(
        select(Subscription)
        .join(GroupMember, GroupMember.subscription_id == Subscription.id)
        .where(
            GroupMember.group_id == group.id,
            GroupMember.left_at.is_(None),
            Subscription.status.in_(COUNTING),
        )
        .order_by(Subscription.number)
    ):
        promise_letter(
            work,
            "group_short" if ends else "group_holds",
            f"{span.id}:{subscription.id}:{work.now.isoformat()}",
            subscription.paid_by,
            plan=subscription.plan.name,
            subscription_number=subscription.number,
            group=group.name,
            people=terms.people if terms else None,
            percent=f"{terms.off_bp / 100:g}" if terms else None,
            ends_at=ends.isoformat() if ends else None,
            group_path=f"/plan/{subscription.id}/group",
        )

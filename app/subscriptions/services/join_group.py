"""Starts a group, or lets a subscription join one by its code, or leave it."""

import secrets
import uuid

from sqlalchemy import select

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.group_rules import (
    CODE_LENGTH,
    CODE_SIGNS,
    LONGEST_NAME,
    GroupRefusal,
    typed_code,
)
from app.subscriptions.models import Subscription
from app.subscriptions.price_term_rules import MOST_PEOPLE, read_back
from app.subscriptions.queries import own_subscription
from app.subscriptions.rules import OVER
from app.subscriptions.services.weigh_group import weigh_group
from app.subscriptions.sharing_models import BuyingGroup, GroupMember


def start_group(
    work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID, name: str
) -> BuyingGroup:
    """Start a group with one's own subscription as the first in it."""
    subscription = _fit(work, subscriber_id, subscription_id)
    if read_back(subscription.plan.price_terms).group is None:
        raise Refused(GroupRefusal.NOT_OFFERED)
    if _seat(work, subscription.id) is not None:
        raise Refused(GroupRefusal.IN_ONE)
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise Refused(GroupRefusal.NO_NAME, field="name")
    group = BuyingGroup(
        id=uuid.uuid4(),
        plan_id=subscription.plan_id,
        code="".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH)),
        name=name.strip(),
        started_at=work.now,
    )
    work.session.add(group)
    work.session.flush()
    _sit_down(work, group, subscription)
    return group


def join_group(
    work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID, code: str
) -> BuyingGroup:
    """Let one's own subscription join the group of a code; twice is once."""
    subscription = _fit(work, subscriber_id, subscription_id)
    group = work.session.scalar(
        select(BuyingGroup).where(BuyingGroup.code == typed_code(code)).with_for_update()
    )
    if group is None:
        raise Refused(GroupRefusal.UNKNOWN, field="group")
    seat = _seat(work, subscription.id)
    if seat is not None and seat.group_id == group.id:
        return group
    if seat is not None:
        raise Refused(GroupRefusal.IN_ONE, field="group")
    if group.plan_id != subscription.plan_id:
        raise Refused(GroupRefusal.OTHER_PLAN, field="group")
    if len(_seats(work, group.id)) >= MOST_PEOPLE:
        raise Refused(GroupRefusal.FULL, field="group")
    _sit_down(work, group, subscription)
    return group


def leave_group(work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID) -> None:
    """Leave a group: one's boxes that are still open cost the whole price again."""
    subscription = own_subscription(work.session, subscriber_id, subscription_id, lock=True)
    if not stand_up(work, subscription):
        raise Refused(GroupRefusal.IN_NONE)


def stand_up(work: UnitOfWork, subscription: Subscription) -> bool:
    """Take a locked subscription out of its group; say whether it was in one."""
    seat = _seat(work, subscription.id)
    if seat is None:
        return False
    seat.left_at = work.now.replace(microsecond=0)
    weigh_group(work, seat.group_id)
    return True


def _fit(work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID) -> Subscription:
    subscription = own_subscription(work.session, subscriber_id, subscription_id, lock=True)
    if subscription.status in OVER:
        raise Refused(GroupRefusal.ENDED)
    if subscription.payer_id is not None:
        raise Refused(GroupRefusal.GIFT)
    return subscription


def _seat(work: UnitOfWork, subscription_id: uuid.UUID) -> GroupMember | None:
    return work.session.scalar(
        select(GroupMember).where(
            GroupMember.subscription_id == subscription_id, GroupMember.left_at.is_(None)
        )
    )


def _seats(work: UnitOfWork, group_id: uuid.UUID) -> list[int]:
    taken = select(GroupMember.id).where(
        GroupMember.group_id == group_id, GroupMember.left_at.is_(None)
    )
    return list(work.session.scalars(taken))


def _sit_down(work: UnitOfWork, group: BuyingGroup, subscription: Subscription) -> None:
    work.session.add(
        GroupMember(
            group_id=group.id,
            subscription_id=subscription.id,
            joined_at=work.now.replace(microsecond=0),
        )
    )
    weigh_group(work, group.id)

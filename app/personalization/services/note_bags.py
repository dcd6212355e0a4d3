"""Writes down how many bags somebody says are left; every answer is kept with its moment."""

import uuid

from sqlalchemy import select

from app.core.clock import local_day
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization.models import BagsTold
from app.personalization.supply_rules import HALVES, SupplyRefusal
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.rules import SubscriptionStatus

BAG_GRAMS = 250


def note_bags(work: UnitOfWork, subscriber_id: uuid.UUID, halves: int) -> None:
    """Keep an answer in half bags; the same one given twice on a day is kept once."""
    if halves not in HALVES:
        raise Refused(SupplyRefusal.UNKNOWN_ANSWER, field="halves")
    last = work.session.scalars(
        select(BagsTold)
        .where(BagsTold.subscriber_id == subscriber_id)
        .order_by(BagsTold.id.desc())
        .limit(1)
    ).one_or_none()
    zone = work.shop.zone
    if last and last.halves == halves and local_day(last.at, zone) == local_day(work.now, zone):
        return
    work.session.add(
        BagsTold(
            subscriber_id=subscriber_id,
            halves=halves,
            bag_grams=_bag_grams(work, subscriber_id),
            at=work.now,
        )
    )
    work.session.flush()


def _bag_grams(work: UnitOfWork, subscriber_id: uuid.UUID) -> int:
    """Return what a bag of somebody's subscription holds."""
    grams = work.session.scalar(
        select(Plan.portion_grams)
        .join(Subscription, Subscription.plan_id == Plan.id)
        .where(Subscription.subscriber_id == subscriber_id)
        .order_by(Subscription.status != SubscriptionStatus.ACTIVE, Subscription.number)
        .limit(1)
    )
    return grams or BAG_GRAMS

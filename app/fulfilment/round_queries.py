"""Reads how the coming rounds of a plan stand: what is pledged for each shipping day."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.pledge_queries import Said, pledged_by, pledges_of
from app.subscriptions.pledge_rules import Round, round_of
from app.subscriptions.price_term_rules import read_back

ROUNDS = 4
COMING = (
    BoxStatus.PLANNED,
    BoxStatus.LOCKED,
    BoxStatus.HELD,
    BoxStatus.COMPOSED,
    BoxStatus.RELEASED,
)


@dataclass(frozen=True)
class DatedRound:
    """A shipping day with what is pledged for its boxes; until `cutoff_at` that can change."""

    ships_on: date
    cutoff_at: datetime
    stands: Round


@dataclass(frozen=True)
class _Asked:
    """A box of a round with what decides about its price."""

    subscription_id: uuid.UUID
    ships_on: date
    cutoff_at: datetime
    frozen_cents: int | None
    size: int
    own_cents: int


def rounds_of(session: Session, plan: Plan, today: date, count: int = ROUNDS) -> list[DatedRound]:
    """Return the next rounds of a plan that takes pledges, the nearest first."""
    terms = read_back(plan.price_terms).pledge
    if terms is None:
        return []
    prices = {each.size: each.price_cents for each in plan.sizes}
    by_day = _boxes_by_day(session, plan.id, today, count)
    whose = {box.subscription_id for boxes in by_day.values() for box in boxes}
    said = pledges_of(session, whose)
    found = []
    for day, boxes in by_day.items():
        pledged = [_pledged(box, said.get(box.subscription_id, ())) for box in boxes]
        asked = [prices.get(box.size, box.own_cents) for box in boxes]
        last = max(box.cutoff_at for box in boxes)
        found.append(DatedRound(day, last, round_of(pledged, asked, terms)))
    return found


def _pledged(box: _Asked, said: Sequence[Said]) -> int:
    if box.frozen_cents is not None:
        return box.frozen_cents
    cents = pledged_by(said, box.cutoff_at)
    return box.own_cents if cents is None else cents


def _boxes_by_day(
    session: Session, plan_id: uuid.UUID, today: date, count: int
) -> dict[date, list[_Asked]]:
    coming = (
        Subscription.plan_id == plan_id,
        Box.status.in_(COMING),
        Box.ships_on >= today,
    )
    days = (
        select(Box.ships_on)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .where(*coming)
        .group_by(Box.ships_on)
        .order_by(Box.ships_on)
        .limit(count)
    )
    rows = session.execute(
        select(
            Box.subscription_id,
            Box.ships_on,
            Box.cutoff_at,
            Box.price_cents,
            func.coalesce(Box.size, Subscription.size),
            Subscription.price_cents,
        )
        .join(Subscription, Subscription.id == Box.subscription_id)
        .where(*coming, Box.ships_on.in_(days))
        .order_by(Box.ships_on)
    )
    found: dict[date, list[_Asked]] = defaultdict(list)
    for row in rows:
        box = _Asked(*row)
        found[box.ships_on].append(box)
    return found

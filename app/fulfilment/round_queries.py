"""Reads how the coming rounds of a plan stand: what is pledged for each shipping day."""

import uuid
from collections import defaultdict
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


def rounds_of(session: Session, plan: Plan, today: date) -> list[DatedRound]:
    """Return the next rounds of a plan that takes pledges, the nearest first."""
    terms = read_back(plan.price_terms).pledge
    if terms is None:
        return []
    prices = {each.size: each.price_cents for each in plan.sizes}
    found = []
    for day, boxes in _boxes_by_day(session, plan.id, today).items():
        said = pledges_of(session, {box.subscription_id for box, _ in boxes})
        pledged = [_pledged(box, owner, said) for box, owner in boxes]
        asked = [prices.get(box.size or owner.size, owner.price_cents) for box, owner in boxes]
        last = max(box.cutoff_at for box, _ in boxes)
        found.append(DatedRound(day, last, round_of(pledged, asked, terms)))
    return found


def _pledged(box: Box, owner: Subscription, said: dict[uuid.UUID, list[Said]]) -> int:
    if box.price_cents is not None:
        return box.price_cents
    cents = pledged_by(said.get(owner.id, ()), box.cutoff_at)
    return owner.price_cents if cents is None else cents


def _boxes_by_day(
    session: Session, plan_id: uuid.UUID, today: date
) -> dict[date, list[tuple[Box, Subscription]]]:
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
        .limit(ROUNDS)
    )
    rows = session.execute(
        select(Box, Subscription)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .where(*coming, Box.ships_on.in_(days))
        .order_by(Box.ships_on, func.coalesce(Box.price_cents, Subscription.price_cents))
    )
    found: dict[date, list[tuple[Box, Subscription]]] = defaultdict(list)
    for box, owner in rows:
        found[box.ships_on].append((box, owner))
    return found

"""Reads about pledges: what may be pledged for a box, and what was before its cut-off."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import among
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.pledge_rules import PledgeRange, range_of
from app.subscriptions.price_term_rules import read_back
from app.subscriptions.sharing_models import Pledge

Said = tuple[datetime, int]


def pledge_range(plan: Plan, size: int) -> PledgeRange | None:
    """Return what may be pledged for a size of a plan; None where it takes no pledges."""
    terms = read_back(plan.price_terms).pledge
    price = next((each.price_cents for each in plan.sizes if each.size == size), None)
    return range_of(price, terms) if terms and price is not None else None


def pledges_of(
    session: Session, subscriptions: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[Said]]:
    """Return when each subscription pledged how many cents, the latest first."""
    rows = session.execute(
        select(Pledge.subscription_id, Pledge.pledged_at, Pledge.cents)
        .where(among(Pledge.subscription_id, subscriptions), Pledge.ended_at.is_(None))
        .order_by(Pledge.id.desc())
    )
    found: dict[uuid.UUID, list[Said]] = defaultdict(list)
    for subscription_id, pledged_at, cents in rows:
        found[subscription_id].append((pledged_at, cents))
    return found


def pledged_by(said: Sequence[Said], cutoff_at: datetime) -> int | None:
    """Return the pledge that counts for a box with this cut-off; None where there is none."""
    return next((cents for at, cents in said if at <= cutoff_at), None)


def ever_pledged(session: Session, subscription: Subscription) -> bool:
    """Say whether a subscription has a pledge that counts."""
    return bool(pledges_of(session, [subscription.id]))

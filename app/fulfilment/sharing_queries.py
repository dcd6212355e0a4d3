"""Looks up, for many boxes at once, what groups take off them and what was pledged for them."""

import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.billing.box_price_rules import group_off
from app.billing.pricing_rules import Off
from app.fulfilment.models import Box
from app.subscriptions.group_queries import stretches_of
from app.subscriptions.models import Subscription
from app.subscriptions.pledge_queries import pledged_by, pledges_of

Pair = tuple[Box, Subscription]


def group_offs(session: Session, pairs: Sequence[Pair]) -> dict[uuid.UUID, Off]:
    """Return what comes off each box whose subscription shared a discount at its cut-off."""
    grouped = [pair for pair in pairs if pair[1].plan.price_terms.get("group")]
    if not grouped:
        return {}
    stretches = stretches_of(session, {subscription.id for _, subscription in grouped})
    return {
        box.id: group_off(subscription.plan.price_terms["group"][1])
        for box, subscription in grouped
        if any(each.covers(box.cutoff_at) for each in stretches.get(subscription.id, ()))
    }


def pledged_prices(session: Session, pairs: Sequence[Pair]) -> dict[uuid.UUID, int]:
    """Return what was pledged for each box before its cut-off; a frozen box has its price."""
    asked = [
        (box, subscription)
        for box, subscription in pairs
        if subscription.plan.price_terms.get("pledge") and box.price_cents is None
    ]
    if not asked:
        return {}
    said = pledges_of(session, {subscription.id for _, subscription in asked})
    found = {
        box.id: pledged_by(said.get(subscription.id, ()), box.cutoff_at)
        for box, subscription in asked
    }
    return {key: cents for key, cents in found.items() if cents is not None}

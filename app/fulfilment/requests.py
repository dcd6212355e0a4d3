"""Turns boxes into what the composer is asked for: room, choices, and what came last."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.database import among, plan_for
from app.fulfilment.models import Box, BoxChoice, BoxComposition, BoxLine
from app.fulfilment.queries import LIVED
from app.fulfilment.rules import ChoiceKind
from app.personalization.judgement import BOXES_REMEMBERED
from app.personalization.queries import favourites, mixes
from app.personalization.rules import BoxRequest, LineSource
from app.personalization.services.set_mix import slots_of
from app.subscriptions.models import Subscription
from app.subscriptions.rules import Pricing

# Nobody's last few boxes lie further back than this, so that history never slows a batch down.
MEMORY = timedelta(days=800)


@dataclass(frozen=True)
class Wishes:
    """A box's own wishes: units by product, and products that must stay out."""

    wanted: dict[uuid.UUID, int]
    outs: frozenset[uuid.UUID]


def requests_for(session: Session, boxes: Sequence[tuple[Box, Subscription]]) -> list[BoxRequest]:
    """Return one request for each box."""
    plan_for(session, len(boxes))
    wishes = wishes_of(session, [box for box, _ in boxes])
    recent = _recent(session, boxes)
    loved = favourites(session, {box.subscriber_id for box, _ in boxes})
    past = past_satisfactions(session, [box for box, _ in boxes])
    found = [
        _request(box, subscription, wishes[box.id], recent.get(box.subscription_id, ()), loved)
        for box, subscription in boxes
    ]
    return [
        replace(each, past=past.get(box.subscription_id, ()))
        for each, (box, _) in zip(found, boxes, strict=True)
    ]


def past_satisfactions(
    session: Session, boxes: Sequence[Box]
) -> dict[uuid.UUID, tuple[float, ...]]:
    """Return by subscription how satisfied its last boxes before these were, the newest first."""
    before = {box.subscription_id: box.cycle for box in boxes}
    since = min((box.ships_on for box in boxes), default=None)
    if since is None:
        return {}
    lived = (
        select(
            Box.subscription_id,
            Box.cycle,
            BoxComposition.satisfaction,
            func.row_number()
            .over(partition_by=Box.subscription_id, order_by=Box.cycle.desc())
            .label("back"),
        )
        .join(BoxComposition, BoxComposition.box_id == Box.id)
        .where(
            among(Box.subscription_id, before),
            Box.status.in_(LIVED),
            Box.ships_on >= since - MEMORY,
        )
        .subquery()
    )
    found: dict[uuid.UUID, list[float]] = defaultdict(list)
    rows = session.execute(
        select(lived.c.subscription_id, lived.c.cycle, lived.c.satisfaction)
        .where(lived.c.back <= BOXES_REMEMBERED)
        .order_by(lived.c.subscription_id, lived.c.cycle.desc())
    )
    for subscription_id, cycle, satisfaction in rows:
        if cycle < before[subscription_id]:
            found[subscription_id].append(satisfaction)
    return {subscription_id: tuple(each) for subscription_id, each in found.items()}


def wishes_of(session: Session, boxes: Sequence[Box]) -> dict[uuid.UUID, Wishes]:
    """Return each box's wishes: the subscription's mix, changed by what differs in this box."""
    standing = mixes(session, {box.subscription_id for box in boxes})
    differing: dict[uuid.UUID, list[BoxChoice]] = defaultdict(list)
    ids = [box.id for box in boxes]
    for choice in session.scalars(select(BoxChoice).where(among(BoxChoice.box_id, ids))):
        differing[choice.box_id].append(choice)
    return {
        box.id: _merged(standing.get(box.subscription_id, {}), differing[box.id]) for box in boxes
    }


def _merged(mix: dict[uuid.UUID, int], choices: Sequence[BoxChoice]) -> Wishes:
    units = dict(mix)
    for choice in choices:
        units[choice.product_id] = choice.units if choice.kind is ChoiceKind.PIN else 0
    return Wishes(
        {product: count for product, count in units.items() if count},
        frozenset(product for product, count in units.items() if not count),
    )


def _request(
    box: Box,
    subscription: Subscription,
    wishes: Wishes,
    recent: tuple[frozenset[uuid.UUID], ...],
    loved: dict[uuid.UUID, frozenset[uuid.UUID]],
) -> BoxRequest:
    plan = subscription.plan
    return BoxRequest(
        box_id=box.id,
        order=subscription.number,
        subscriber_id=box.subscriber_id,
        slots=slots_of(subscription),
        min_distinct=plan.min_distinct,
        max_per_item=plan.max_per_item,
        grind=subscription.grind.value,
        grams=plan.portion_grams,
        wanted=tuple(sorted(wishes.wanted.items())),
        outs=wishes.outs,
        recent=recent[: plan.no_repeat],
        favourites=loved.get(box.subscriber_id, frozenset()) | frozenset(wishes.wanted),
        takes=plan.takes,
        refill=plan.pricing is Pricing.FIXED,
    )


def _recent(
    session: Session, boxes: Sequence[tuple[Box, Subscription]]
) -> dict[uuid.UUID, tuple[frozenset[uuid.UUID], ...]]:
    """Return what the last boxes of each subscription held, the newest first."""
    since = min((box.ships_on for box, _ in boxes), default=None)
    deepest = max((subscription.plan.no_repeat for _, subscription in boxes), default=0)
    if since is None or not deepest:
        return {}
    cycle = {box.subscription_id: box.cycle for box, _ in boxes}
    rows = session.execute(
        select(Box.subscription_id, Box.cycle, BoxLine.product_id)
        .join(BoxLine, BoxLine.box_id == Box.id)
        .where(
            among(Box.subscription_id, cycle),
            Box.status.in_(LIVED),
            Box.ships_on >= since - MEMORY,
            BoxLine.source != LineSource.ADD_ON,
        )
        .order_by(Box.subscription_id, Box.cycle.desc())
    )
    found: dict[uuid.UUID, dict[int, set[uuid.UUID]]] = defaultdict(dict)
    for subscription_id, number, product_id in rows:
        if number < cycle[subscription_id]:
            found[subscription_id].setdefault(number, set()).add(product_id)
    return {
        subscription_id: tuple(frozenset(products) for products in each.values())[:deepest]
        for subscription_id, each in found.items()
    }

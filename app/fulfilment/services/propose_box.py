"""Shows what a box would hold if it were composed now. Not final until its batch locks."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.billing.pricing_rules import Quote
from app.catalog.queries import products_by_id
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.outcome import BoxOutcome
from app.fulfilment.queries import any_box, own_box
from app.fulfilment.requests import wishes_of
from app.fulfilment.services.compose_batch import compose
from app.fulfilment.services.offer_swaps import Alternative, alternatives_on, shelf_for
from app.personalization.services.set_mix import slots_of
from app.subscriptions.models import Subscription


@dataclass(frozen=True)
class ProposedLine:
    """A line as it would be packed; `score` is the expected liking from 1 to 5.

    `reasons` say why it is there; `instead_of` names a chosen coffee that ran out.
    """

    product_id: uuid.UUID
    name: dict[str, str]
    roast: str
    notes: tuple[str, ...]
    units: int
    unit_cents: int
    pinned: bool
    source: str
    score: float
    instead_of: str | None
    reasons: Mapping[str, Any]


@dataclass(frozen=True)
class ProposedBox:
    """A box as it would be composed now, and what could be in it instead."""

    box_id: uuid.UUID
    slots: int
    lines: tuple[ProposedLine, ...]
    alternatives: tuple[Alternative, ...]
    missing: int
    price_cents: int
    tax_cents: int
    total_cents: int
    quote: Quote


def propose_box(work: UnitOfWork, subscriber_id: uuid.UUID, box_id: uuid.UUID) -> ProposedBox:
    """Return what this subscriber's box would hold now, best alternatives first."""
    return propose(work, own_box(work.session, subscriber_id, box_id))


def propose_for_staff(work: UnitOfWork, box_id: uuid.UUID) -> ProposedBox:
    """Return what any open box would hold now."""
    return propose(work, any_box(work.session, box_id))


def propose(work: UnitOfWork, box: Box) -> ProposedBox:
    """Compose one open box by itself, as if it were alone in its batch."""
    subscription = work.session.get_one(Subscription, box.subscription_id)
    _, outcomes = compose(work, [(box, subscription)])
    outcome = outcomes[0]
    wanted = wishes_of(work.session, [box])[box.id].wanted
    amounts = outcome.sum
    return ProposedBox(
        box_id=box.id,
        slots=slots_of(subscription),
        lines=_lines(work, outcome, set(wanted)),
        alternatives=alternatives_on(work, shelf_for(work, box, subscription), outcome.lines),
        missing=outcome.missing,
        price_cents=amounts.net,
        tax_cents=amounts.tax,
        total_cents=amounts.total,
        quote=outcome.quote,
    )


def _lines(
    work: UnitOfWork, outcome: BoxOutcome, wanted: set[uuid.UUID]
) -> tuple[ProposedLine, ...]:
    known = products_by_id(work.session, [line.product_id for line in outcome.lines])
    return tuple(
        ProposedLine(
            product_id=line.product_id,
            name=known[line.product_id].name,
            roast=known[line.product_id].roast.value,
            notes=tuple(known[line.product_id].notes),
            units=line.units,
            unit_cents=line.unit_cents,
            pinned=line.product_id in wanted,
            source=line.source,
            score=line.score,
            instead_of=line.instead_of,
            reasons=line.reasons,
        )
        for line in outcome.lines
    )

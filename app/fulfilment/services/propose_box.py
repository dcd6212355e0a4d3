"""Shows what a box would hold if it were composed now. Not final until its batch locks."""

import uuid
from dataclasses import dataclass

from app.billing.rules import invoice_sum
from app.catalog.queries import products_by_id
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.outcome import BoxOutcome
from app.fulfilment.queries import any_box, own_box
from app.fulfilment.requests import requests_for, wishes_of
from app.fulfilment.services.compose_batch import compose
from app.personalization import queries as tastes
from app.personalization.board import lay_out
from app.personalization.curation_queries import offers_on
from app.personalization.learning import live_model
from app.personalization.services.compose_boxes import score_board
from app.personalization.services.set_mix import slots_of
from app.subscriptions.models import Subscription


@dataclass(frozen=True)
class ProposedLine:
    """A line as it would be packed; `score` is the expected liking from 1 to 5."""

    product_id: uuid.UUID
    name: dict[str, str]
    roast: str
    notes: tuple[str, ...]
    units: int
    unit_cents: int
    pinned: bool
    source: str
    score: float


@dataclass(frozen=True)
class Alternative:
    """A coffee that may go into the box instead."""

    product_id: uuid.UUID
    name: dict[str, str]
    roast: str
    notes: tuple[str, ...]
    unit_cents: int
    score: float


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
    amounts = invoice_sum([line.amount_cents for line in outcome.invoice_lines], work.shop.tax_bp)
    return ProposedBox(
        box_id=box.id,
        slots=slots_of(subscription),
        lines=_lines(work, outcome, set(wanted)),
        alternatives=_alternatives(work, box, subscription, outcome),
        missing=outcome.missing,
        price_cents=amounts.net,
        tax_cents=amounts.tax,
        total_cents=amounts.total,
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
        )
        for line in outcome.lines
    )


def _alternatives(
    work: UnitOfWork, box: Box, subscription: Subscription, outcome: BoxOutcome
) -> tuple[Alternative, ...]:
    offers, _ = offers_on(work.session, box.ships_on)
    ruled_out = tastes.exclusions(work.session, [box.subscriber_id])
    board = lay_out(requests_for(work.session, [(box, subscription)]), offers, ruled_out)
    scores = score_board(work.session, board, live_model(work.session))
    known = products_by_id(work.session, [offer.product_id for offer in board.offers])
    inside = {line.product_id for line in outcome.lines}
    found = [
        Alternative(
            product_id=offer.product_id,
            name=known[offer.product_id].name,
            roast=offer.facts.roast,
            notes=tuple(known[offer.product_id].notes),
            unit_cents=offer.price_cents,
            score=float(scores[0, at]),
        )
        for at, offer in enumerate(board.offers)
        if board.fits[0, at] and offer.available > 0 and offer.product_id not in inside
    ]
    return tuple(sorted(found, key=lambda each: (-each.score, str(each.product_id))))

"""Looks up, for many boxes at once, all that decides about their prices besides their contents."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from app.billing.box_price_rules import BoxTerms, PricedLine, price_box
from app.billing.pricing_rules import Delivery, Item, Off, Order, Quote, quote
from app.core.shop import Shop
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.term_queries import covered_boxes
from app.subscriptions.models import Subscription


@dataclass(frozen=True)
class PriceFacts:
    """What is known about the price of one box before it is known what is in it."""

    tax_bp: int = 0
    inclusive: bool = False
    exempt: bool = False
    covered: bool = False
    add_ons: tuple[Item, ...] = ()
    offs: tuple[Off, ...] = ()
    delivery: Delivery | None = None
    credit_cents: int = 0


PriceBook = dict[uuid.UUID, PriceFacts]


def price_book(work: UnitOfWork, pairs: Sequence[tuple[Box, Subscription]]) -> PriceBook:
    """Return the facts of each box: those of its lock, or today's while it is open."""
    covered = covered_boxes(work.session, pairs)
    return {
        box.id: PriceFacts(tax_bp=_fallback(work.shop, box), covered=box.id in covered)
        for box, _ in pairs
    }


def quote_box(
    terms: BoxTerms, lines: Sequence[PricedLine], missing: int, facts: PriceFacts
) -> Quote:
    """Price a box with everything that goes with it."""
    box = price_box(terms, lines, missing, facts.tax_bp)
    return quote(
        Order(
            items=(*box.items, *facts.add_ons),
            offs=(*box.offs, *facts.offs),
            delivery=facts.delivery,
            inclusive=facts.inclusive,
            exempt=facts.exempt,
            covered=facts.covered,
            credit_cents=facts.credit_cents,
        )
    )


def _fallback(shop: Shop, box: Box) -> int:
    return shop.tax_bp if box.tax_bp is None else box.tax_bp

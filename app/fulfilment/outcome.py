"""What a composition means for each box in goods and money. Pure: facts in, answers out."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.billing.box_price_rules import BoxTerms, PricedLine
from app.billing.pricing_rules import Quote
from app.billing.rules import InvoiceSum
from app.catalog.models import Product, Sku
from app.fulfilment.add_on_queries import AddedTo
from app.fulfilment.models import Box
from app.fulfilment.price_queries import PriceBook
from app.fulfilment.pricing import agreed_price
from app.fulfilment.rules import order_number
from app.personalization.judgement import Judgement
from app.personalization.rules import ComposedBox, ComposedLine, Composition, LineSource
from app.personalization.services.set_mix import slots_of
from app.subscriptions.models import Subscription

Skus = Mapping[uuid.UUID, tuple[Sku, Product]]


@dataclass(frozen=True)
class LineOutcome:
    """A line as it is packed and priced; `instead_of` names the product it replaces.

    `reasons` say why it is there, as stored with the line.
    """

    sku_id: uuid.UUID
    sku_code: str
    product_id: uuid.UUID
    name: str
    units: int
    unit_cents: int
    score: float
    source: str
    instead_of: str | None
    repeat: bool
    reasons: Mapping[str, Any]


@dataclass(frozen=True)
class BoxOutcome:
    """A composed box with its price; a box without lines is held, not charged."""

    box_id: uuid.UUID
    subscription_id: uuid.UUID
    subscriber_id: uuid.UUID
    order_number: str
    cycle: int
    lines: tuple[LineOutcome, ...]
    missing: int
    quote: Quote
    discount_ids: tuple[uuid.UUID, ...] = ()
    payer: uuid.UUID | None = None
    added: tuple[AddedTo, ...] = ()
    judgement: Judgement | None = None

    @property
    def sum(self) -> InvoiceSum:
        """Return what the box comes to."""
        return InvoiceSum(self.quote.net, self.quote.tax)

    def reserved(self) -> dict[uuid.UUID, int]:
        """Return the units to reserve of each SKU, lines of the same SKU and add-ons added up."""
        totals: dict[uuid.UUID, int] = {}
        taken = [(line.sku_id, line.units) for line in self.lines]
        for sku_id, units in [*taken, *((each.sku_id, each.units) for each in self.added)]:
            totals[sku_id] = totals.get(sku_id, 0) + units
        return totals


def outcomes_of(
    pairs: Sequence[tuple[Box, Subscription]], composition: Composition, skus: Skus, book: PriceBook
) -> list[BoxOutcome]:
    """Return the outcome of every box, in the order of `pairs`."""
    composed = {box.box_id: box for box in composition.boxes}
    found = [
        _outcome(
            pair,
            _lines(composed[pair[0].id], composition, skus),
            composed[pair[0].id].missing,
            book,
        )
        for pair in pairs
    ]
    return [replace(each, judgement=composition.judgements.get(each.box_id)) for each in found]


def _outcome(
    pair: tuple[Box, Subscription],
    lines: tuple[LineOutcome, ...],
    missing: int,
    book: PriceBook,
) -> BoxOutcome:
    box, subscription = pair
    terms = terms_of(subscription, box)
    priced = [PricedLine(each.name, each.sku_code, each.units, each.unit_cents) for each in lines]
    return BoxOutcome(
        box_id=box.id,
        subscription_id=subscription.id,
        subscriber_id=box.subscriber_id,
        order_number=order_number(subscription.number, box.cycle),
        cycle=box.cycle,
        lines=lines,
        missing=missing,
        quote=book.price(box.id, terms, priced, missing) if lines else Quote(()),
        discount_ids=book.facts[box.id].discount_ids,
        payer=book.facts[box.id].payer,
        added=book.facts[box.id].added,
    )


def terms_of(subscription: Subscription, box: Box) -> BoxTerms:
    """Return how a box is priced: as frozen at the lock, or as agreed while it is open."""
    plan = subscription.plan
    frozen = box.price_cents
    more = plan.price_terms
    return BoxTerms(
        pricing=plan.pricing,
        box_name=english(plan.name),
        price_cents=subscription.price_cents if frozen is None else frozen,
        slots=slots_of(subscription),
        tiers=tuple((units, bp) for units, bp in plan.tiers),
        spend_tiers=tuple((cents, bp) for cents, bp in more.get("spend_tiers", ())),
        least_cents=more.get("least_cents", 0),
        progression=tuple((number, bp) for number, bp in more.get("progression", ())),
    )


def _lines(box: ComposedBox, composition: Composition, skus: Skus) -> tuple[LineOutcome, ...]:
    return tuple(
        _line(line, skus, composition.reasons.get((box.box_id, line.sku_id), {}))
        for line in box.lines
    )


def _line(line: ComposedLine, skus: Skus, reasons: Mapping[str, Any]) -> LineOutcome:
    sku, product = skus[line.sku_id]
    replaced = skus[line.instead_of] if line.instead_of else None
    return LineOutcome(
        sku_id=sku.id,
        sku_code=sku.code,
        product_id=product.id,
        name=english(product.name),
        units=line.units,
        unit_cents=agreed_price(sku.price_cents, replaced[0].price_cents if replaced else None),
        score=line.score,
        source=line.source.value,
        instead_of=english(replaced[1].name) if replaced else None,
        repeat=line.repeat,
        reasons=reasons,
    )


def added_line(added: AddedTo) -> LineOutcome:
    """Return what was added to a box as a line that is packed with the others."""
    return LineOutcome(
        sku_id=added.sku_id,
        sku_code=added.code,
        product_id=added.product_id,
        name=added.name,
        units=added.units,
        unit_cents=added.unit_cents,
        score=0.0,
        source=LineSource.ADD_ON.value,
        instead_of=None,
        repeat=False,
        reasons={},
    )


def english(name: Mapping[str, str]) -> str:
    """Return a name for papers that carry one language."""
    return name.get("en") or next(iter(name.values()), "")


def units_by_sku(outcomes: Sequence[BoxOutcome]) -> dict[str, int]:
    """Return the units that all boxes take together, by SKU id as text."""
    totals: dict[str, int] = {}
    for each in outcomes:
        for line in each.lines:
            key = str(line.sku_id)
            totals[key] = totals.get(key, 0) + line.units
    return totals


def outcome_sha(outcomes: Sequence[BoxOutcome]) -> str:
    """Return the SHA-256 of what is packed and charged, independent of when and where."""
    digest = hashlib.sha256()
    for each in sorted(outcomes, key=lambda outcome: outcome.order_number):
        lines = [(line.sku_code, line.units, line.unit_cents) for line in each.lines]
        digest.update(f"{each.order_number} {lines} {each.missing} {each.sum.total}\n".encode())
    return digest.hexdigest()

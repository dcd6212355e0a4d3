"""What a box costs. Pure: lines and terms in, invoice lines out; the sum is always exact."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.billing.rules import InvoiceLineDraft
from app.core.money import BASIS_POINTS, share_of
from app.subscriptions.rules import Pricing

# How far contents may be worth more or less than they cost before somebody should look, per cent.
PER_CENT = 5


@dataclass(frozen=True)
class PricedLine:
    """Units of a SKU at the price agreed for them, in cents."""

    name: str
    sku_code: str
    units: int
    unit_cents: int


@dataclass(frozen=True)
class BoxTerms:
    """How a box is priced: its own price, or its contents' with tiers of (units, discount bp)."""

    pricing: Pricing
    box_name: str
    price_cents: int
    slots: int
    tiers: tuple[tuple[int, int], ...] = ()


def price_box(
    terms: BoxTerms, lines: Sequence[PricedLine], missing: int
) -> tuple[InvoiceLineDraft, ...]:
    """Return the invoice lines of a box; what is missing in it is never charged."""
    if terms.pricing is Pricing.FIXED:
        return _fixed(terms, missing)
    return _by_contents(terms, lines)


def agreed_price(own_cents: int, replaced_cents: int | None) -> int:
    """Return the unit price of a line: a substitute never costs more than what it replaces."""
    return own_cents if replaced_cents is None else min(own_cents, replaced_cents)


def guard_word(contents_cents: int, price_cents: int) -> str:
    """Say whether contents are worth over 5 % more than their price, over 5 % less, or neither."""
    distance = 100 * (contents_cents - price_cents)
    if distance > PER_CENT * price_cents:
        return "more"
    return "less" if distance < -PER_CENT * price_cents else "fair"


def _fixed(terms: BoxTerms, missing: int) -> tuple[InvoiceLineDraft, ...]:
    box = InvoiceLineDraft(terms.box_name, 1, terms.price_cents)
    if not missing:
        return (box,)
    credit = share_of(terms.price_cents, min(missing, terms.slots), terms.slots)
    return (box, InvoiceLineDraft("Not in this box", 1, -credit))


def _by_contents(terms: BoxTerms, lines: Sequence[PricedLine]) -> tuple[InvoiceLineDraft, ...]:
    drafts = [
        InvoiceLineDraft(line.name, line.units, line.unit_cents, line.sku_code) for line in lines
    ]
    units = sum(line.units for line in lines)
    off = max((bp for least, bp in terms.tiers if units >= least), default=0)
    if off:
        whole = sum(draft.amount_cents for draft in drafts)
        discount = share_of(whole, off, BASIS_POINTS)
        drafts.append(InvoiceLineDraft(f"{off / 100:g} % off", 1, -discount))
    return tuple(drafts)

"""How a box itself is priced: fixed, or by its contents. Pure: terms in, items and offs out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.billing.pricing_rules import Item, LineKind, Off, Order, quote
from app.core.money import share_of
from app.subscriptions.rules import Pricing

NOT_THERE = "Not in this box"


@dataclass(frozen=True)
class PricedLine:
    """Units of a SKU at the price agreed for them, in cents."""

    name: str
    sku_code: str
    units: int
    unit_cents: int


@dataclass(frozen=True)
class BoxTerms:
    """How a box is priced: its own price, or its contents'.

    `tiers` are (units, basis points off) and `spend_tiers` (cents, basis points off) for contents;
    the better of the two counts. `least_cents` is what contents cost at the least, unless
    something is missing. `progression` is (from which box on, basis points off); the last one
    reached counts. `number` says which box of the subscription this is, the first one is 1.
    """

    pricing: Pricing
    box_name: str
    price_cents: int
    slots: int
    tiers: tuple[tuple[int, int], ...] = ()
    spend_tiers: tuple[tuple[int, int], ...] = ()
    least_cents: int = 0
    progression: tuple[tuple[int, int], ...] = ()
    number: int = 1


@dataclass(frozen=True)
class PricedBox:
    """The items of a box and what comes off them, in this order."""

    items: tuple[Item, ...]
    offs: tuple[Off, ...]


@dataclass(frozen=True)
class PriceStep:
    """What boxes number `first` to `last` (None: and all after) cost net, without anything else."""

    first: int
    last: int | None
    cents: int
    off_cents: int


def price_steps(terms: BoxTerms, lines: Sequence[PricedLine]) -> tuple[PriceStep, ...]:
    """Return what a box with these lines costs from the first one on, by steps of its number."""
    starts = sorted({1, *(first for first, _ in terms.progression)})
    found = []
    for first, following in zip(starts, [*starts[1:], None], strict=True):
        box = price_box(replace(terms, number=first), lines, 0)
        priced = quote(Order(items=box.items, offs=box.offs))
        whole = sum(item.amount_cents for item in box.items)
        last = following - 1 if following else None
        found.append(PriceStep(first, last, priced.net, whole - priced.net))
    return tuple(found)


def price_box(
    terms: BoxTerms, lines: Sequence[PricedLine], missing: int, tax_bp: int = 0
) -> PricedBox:
    """Return what a box is charged for; what is missing in it never is."""
    if terms.pricing is Pricing.FIXED:
        item = Item(LineKind.BOX, terms.box_name, 1, terms.price_cents, tax_bp)
        return PricedBox((item,), (*_missing(terms, missing), *_step(terms)))
    return _by_contents(terms, lines, missing, tax_bp)


def group_off(off_bp: int) -> Off:
    """Return what comes off a box of somebody who shares a discount with others."""
    return Off(f"Group: {off_bp / 100:g} % off", off_bp=off_bp)


def _missing(terms: BoxTerms, missing: int) -> tuple[Off, ...]:
    credit = share_of(terms.price_cents, min(missing, terms.slots), terms.slots) if missing else 0
    return (Off(NOT_THERE, off_cents=credit),) if credit else ()


def _step(terms: BoxTerms) -> tuple[Off, ...]:
    reached = [step for step in terms.progression if terms.number >= step[0]]
    off = max(reached)[1] if reached else 0
    return (Off(f"Box {terms.number}: {off / 100:g} % off", off_bp=off),) if off else ()


def _by_contents(
    terms: BoxTerms, lines: Sequence[PricedLine], missing: int, tax_bp: int
) -> PricedBox:
    items = [
        Item(LineKind.BOX, line.name, line.units, line.unit_cents, tax_bp, line.sku_code)
        for line in lines
    ]
    worth = sum(item.amount_cents for item in items)
    tier = _tier(terms, sum(line.units for line in lines), worth)
    short = terms.least_cents - (worth - sum(share_of(worth, off.off_bp, 10_000) for off in tier))
    if short > 0 and not missing:
        # Up to the least price nothing comes off: the tier would otherwise pay for itself.
        gap = max(0, terms.least_cents - worth)
        tier = (Off(tier[0].text, off_cents=worth + gap - terms.least_cents),) if tier else ()
        items += [Item(LineKind.BOX, "Up to the least price", 1, gap, tax_bp)] if gap else []
    return PricedBox(tuple(items), (*tier, *_step(terms)))


def _tier(terms: BoxTerms, units: int, cents: int) -> tuple[Off, ...]:
    by_units = [bp for least, bp in terms.tiers if units >= least]
    by_spend = [bp for least, bp in terms.spend_tiers if cents >= least]
    off = max([*by_units, *by_spend], default=0)
    return (Off(f"{off / 100:g} % off", off_bp=off),) if off else ()

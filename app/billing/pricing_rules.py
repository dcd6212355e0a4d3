"""What an order costs. Pure: facts in, a quote of lines out; the sums are always exact.

Quote, preview, invoice and refund all come from here. Rounding has one rule, written down in
docs/decisions: a reduction is rounded once over all it reduces, tax once for each rate over all
lines of that rate, half a cent away from zero; the cents are then spread over the lines.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.core.money import BASIS_POINTS, share_of, spread


class LineKind(StrEnum):
    """What a line is for. A REDUCTION is only told: the lines it reduces carry their share.

    CARRIED is the rest of an earlier invoice, which is no part of this one's total.
    """

    BOX = "box"
    ADD_ON = "add_on"
    SHIPPING = "shipping"
    REDUCTION = "reduction"
    CARRIED = "carried"


TOLD = frozenset({LineKind.REDUCTION, LineKind.CARRIED})
GOODS = frozenset({LineKind.BOX, LineKind.ADD_ON})


@dataclass(frozen=True)
class Item:
    """What is charged: `quantity` at `unit_cents`, taxed at `tax_bp` (1/100 %)."""

    kind: LineKind
    text: str
    quantity: int
    unit_cents: int
    tax_bp: int = 0
    sku_code: str = ""

    @property
    def amount_cents(self) -> int:
        return self.quantity * self.unit_cents


@dataclass(frozen=True)
class Off:
    """What comes off lines of `kinds`: basis points of what is left of them, or up to an amount."""

    text: str
    off_bp: int = 0
    off_cents: int = 0
    kinds: frozenset[LineKind] = frozenset({LineKind.BOX})


@dataclass(frozen=True)
class Delivery:
    """What sending costs, and from which worth of goods on it costs nothing (None: never)."""

    text: str
    cents: int
    free_from_cents: int | None = None
    tax_bp: int = 0


@dataclass(frozen=True)
class Order:
    """All that decides about a price, looked up for the day on which it is charged.

    `inclusive` prices hold their tax already. Whoever is `exempt` pays the same net price and no
    tax. `covered` was paid for before: neither box nor delivery costs anything, what is added to
    it does. `credit_cents` is what may be taken from the person's credit.
    """

    items: tuple[Item, ...]
    offs: tuple[Off, ...] = ()
    delivery: Delivery | None = None
    inclusive: bool = False
    exempt: bool = False
    covered: bool = False
    credit_cents: int = 0


@dataclass(frozen=True)
class QuoteLine:
    """A priced line: `amount_cents` before, `net_cents` and `tax_cents` after its reductions."""

    kind: LineKind
    text: str
    quantity: int
    unit_cents: int
    sku_code: str = ""
    tax_bp: int = 0
    discount_cents: int = 0
    net_cents: int = 0
    tax_cents: int = 0

    @property
    def amount_cents(self) -> int:
        return self.quantity * self.unit_cents

    @property
    def left_cents(self) -> int:
        """What is left of the amount after reductions."""
        return self.amount_cents - self.discount_cents

    @property
    def gross_cents(self) -> int:
        return self.net_cents + self.tax_cents

    def changed(self, discount: int, net: int, tax: int, tax_bp: int) -> "QuoteLine":
        """Return the line with other amounts; batches price many lines, so this is kept quick."""
        return QuoteLine(
            self.kind,
            self.text,
            self.quantity,
            self.unit_cents,
            self.sku_code,
            tax_bp,
            discount,
            net,
            tax,
        )


@dataclass(frozen=True)
class Quote:
    """The lines of an order. `free_from_cents` is how much more makes the delivery free."""

    lines: tuple[QuoteLine, ...]
    inclusive: bool = False
    credit_cents: int = 0
    free_from_cents: int | None = None
    exempt: bool = False

    @property
    def net(self) -> int:
        return sum(line.net_cents for line in self.lines)

    @property
    def tax(self) -> int:
        return sum(line.tax_cents for line in self.lines)

    @property
    def total(self) -> int:
        return self.net + self.tax

    @property
    def due(self) -> int:
        """What is left to pay once credit is used."""
        return self.total - self.credit_cents

    @property
    def tax_bp(self) -> int:
        """The rate of the first line, for those who show one."""
        return next((line.tax_bp for line in self.lines), 0)

    def net_of(self, kinds: Iterable[LineKind]) -> int:
        """Return the net sum of lines of these kinds."""
        wanted = frozenset(kinds)
        return sum(line.net_cents for line in self.lines if line.kind in wanted)


def quote(order: Order) -> Quote:
    """Price an order.

    Goods are reduced first, so that delivery knows their worth; then delivery, then what was paid
    before, then tax, and credit last, since credit is a way to pay and no discount.

    Raises:
        ValueError: An amount, a quantity or a rate is negative.
    """
    _refuse_negative(order)
    lines = [_line(item) for item in order.items]
    told: list[QuoteLine] = []
    for off in order.offs:
        lines = _reduce(lines, replace(off, kinds=off.kinds & GOODS), told)
    worth = sum(line.left_cents for line in lines if line.kind in GOODS)
    lines += _delivery(order.delivery, worth)
    for off in order.offs:
        lines = _reduce(lines, replace(off, kinds=off.kinds - GOODS), told)
    if order.covered:
        paid = Off("Paid ahead", BASIS_POINTS, 0, frozenset({LineKind.BOX, LineKind.SHIPPING}))
        lines = _reduce(lines, paid, told)
    inclusive = order.inclusive
    if order.exempt:
        lines, inclusive = _exempted(lines, order.inclusive, told), False
    lines = taxed_lines(lines, inclusive)
    priced = Quote((*lines, *told), inclusive, 0, _to_free(order.delivery, worth), order.exempt)
    return replace(priced, credit_cents=min(order.credit_cents, priced.total))


def reduced(priced: Quote, off: Off) -> Quote:
    """Return a quote with something more taken off: the sums are made again, the rates stay."""
    told: list[QuoteLine] = [line for line in priced.lines if line.kind is LineKind.REDUCTION]
    lines = [line for line in priced.lines if line.kind is not LineKind.REDUCTION]
    again = taxed_lines(_reduce(lines, off, told), priced.inclusive)
    made = replace(priced, lines=(*again, *told))
    return replace(made, credit_cents=min(priced.credit_cents, made.total))


def _refuse_negative(order: Order) -> None:
    numbers = [number for each in order.items for number in (each.quantity, each.unit_cents)]
    numbers += [each.tax_bp for each in order.items]
    numbers += [number for each in order.offs for number in (each.off_bp, each.off_cents)]
    if order.delivery is not None:
        numbers += [order.delivery.cents, order.delivery.tax_bp]
    if min([order.credit_cents, *numbers]) < 0:
        raise ValueError("a price is made of amounts, quantities and rates of nothing or more")


def _line(item: Item) -> QuoteLine:
    return QuoteLine(
        item.kind, item.text, item.quantity, item.unit_cents, item.sku_code, item.tax_bp
    )


def _delivery(delivery: Delivery | None, worth: int) -> list[QuoteLine]:
    if delivery is None:
        return []
    free = delivery.free_from_cents is not None and worth >= delivery.free_from_cents
    cents = 0 if free else delivery.cents
    return [QuoteLine(LineKind.SHIPPING, delivery.text, 1, cents, "", delivery.tax_bp)]


def _to_free(delivery: Delivery | None, worth: int) -> int | None:
    if delivery is None or delivery.free_from_cents is None:
        return None
    return max(0, delivery.free_from_cents - worth)


def _reduce(lines: list[QuoteLine], off: Off, told: list[QuoteLine]) -> list[QuoteLine]:
    """Take something off, note in `told` how much it was, and return the reduced lines."""
    weights = [line.left_cents if line.kind in off.kinds else 0 for line in lines]
    whole = sum(weights)
    share = share_of(whole, min(off.off_bp, BASIS_POINTS), BASIS_POINTS)
    taken = min(whole, off.off_cents or share)
    if not taken:
        return lines
    told.append(QuoteLine(LineKind.REDUCTION, off.text, 1, -taken))
    shares = spread(taken, weights)
    return [
        line.changed(line.discount_cents + share, 0, 0, line.tax_bp) if share else line
        for line, share in zip(lines, shares, strict=True)
    ]


def _exempted(lines: list[QuoteLine], inclusive: bool, told: list[QuoteLine]) -> list[QuoteLine]:
    """Return the lines without tax; the tax that prices held comes off them first, once."""
    if not inclusive:
        return [line.changed(line.discount_cents, 0, 0, 0) for line in lines]
    held = [line.tax_cents for line in taxed_lines(lines, inclusive=True)]
    if sum(held):
        told.append(QuoteLine(LineKind.REDUCTION, "No tax is due", 1, -sum(held)))
    return [
        line.changed(line.discount_cents + tax, 0, 0, 0)
        for line, tax in zip(lines, held, strict=True)
    ]


def taxed_lines(lines: Sequence[QuoteLine], inclusive: bool) -> list[QuoteLine]:
    """Return the lines with net and tax, each rate rounded once over all lines that have it."""
    left = [line.left_cents for line in lines]
    taxes = [0] * len(lines)
    for rate in {line.tax_bp for line in lines} - {0}:
        weights = [
            cents if line.tax_bp == rate else 0 for line, cents in zip(lines, left, strict=True)
        ]
        shares = spread(_tax(sum(weights), rate, inclusive), weights)
        taxes = [have + share for have, share in zip(taxes, shares, strict=True)]
    return [
        line.changed(line.discount_cents, cents - (tax if inclusive else 0), tax, line.tax_bp)
        for line, cents, tax in zip(lines, left, taxes, strict=True)
    ]


def _tax(cents: int, rate_bp: int, inclusive: bool) -> int:
    return share_of(cents, rate_bp, BASIS_POINTS + (rate_bp if inclusive else 0))

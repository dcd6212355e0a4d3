"""How money given back falls on the lines of an invoice. Pure: never more than a line was paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.money import share_of, spread


@dataclass(frozen=True)
class PaidLine:
    """What a line came to, and how much of it was given back already, in cents."""

    net_cents: int
    tax_cents: int
    back_cents: int = 0

    @property
    def gross_cents(self) -> int:
        return self.net_cents + self.tax_cents

    @property
    def left_cents(self) -> int:
        """What can still be given back."""
        return self.gross_cents - self.back_cents


@dataclass(frozen=True)
class LineBack:
    """What is given back of one line, as net and tax."""

    net_cents: int
    tax_cents: int

    @property
    def gross_cents(self) -> int:
        return self.net_cents + self.tax_cents


def refund_by_line(lines: Sequence[PaidLine], wanted: Mapping[int, int]) -> dict[int, LineBack]:
    """Split what is wanted of each line (by its place) into net and tax.

    Raises:
        ValueError: An amount is not above zero, or more than is left of its line.
    """
    found = {}
    for place, cents in wanted.items():
        if not 0 < cents <= lines[place].left_cents:
            raise ValueError(f"line {place} has {lines[place].left_cents} left to give back")
        found[place] = _back(lines[place], cents)
    return found


def refund_by_amount(lines: Sequence[PaidLine], cents: int) -> dict[int, LineBack]:
    """Spread an amount over the lines by what is left of each, and split it into net and tax.

    Raises:
        ValueError: The amount is not above zero, or more than is left of all lines.
    """
    left = [line.left_cents for line in lines]
    if not 0 < cents <= sum(left):
        raise ValueError(f"{sum(left)} are left to give back")
    shares = spread(cents, left)
    return refund_by_line(lines, {at: share for at, share in enumerate(shares) if share})


def tax_of_next(cents: int, before: PaidLine, whole: PaidLine) -> int:
    """Return the tax in the next `cents` given back of `whole`, of which `before` went back.

    Taken by the running sum, so that whatever was given back as tax until now, all of it together
    comes to the whole's own tax in the end.
    """
    upto = share_of(before.gross_cents + cents, whole.tax_cents, whole.gross_cents)
    return max(0, min(upto - before.tax_cents, cents, whole.tax_cents - before.tax_cents))


def _back(line: PaidLine, cents: int) -> LineBack:
    """Take tax by the running sum, so that many refunds of a line add up to its own split."""
    upto = share_of(line.back_cents + cents, line.tax_cents, line.gross_cents)
    tax = upto - share_of(line.back_cents, line.tax_cents, line.gross_cents)
    return LineBack(cents - tax, tax)

"""Money as whole minor units of one currency. Pure: numbers in, numbers out."""

from collections.abc import Sequence
from dataclasses import dataclass

BASIS_POINTS = 10_000


@dataclass(frozen=True, order=True)
class Money:
    """An amount in the minor unit (cents) of `currency`, an upper-case ISO 4217 code."""

    cents: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.cents, int) or isinstance(self.cents, bool):
            raise TypeError("money is counted in whole minor units")

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.cents + other.cents, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.cents - other.cents, self.currency)

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")


def share_of(cents: int, part: int, whole: int) -> int:
    """Return `cents * part / whole`, half a cent rounded away from zero."""
    if whole <= 0:
        raise ValueError("the whole must be positive")
    sign = -1 if cents * part < 0 else 1
    return sign * ((2 * abs(cents * part) + whole) // (2 * whole))


def tax_on(net_cents: int, rate_bp: int) -> int:
    """Return the tax on a net amount; `rate_bp` is in basis points (1/100 %)."""
    return share_of(net_cents, rate_bp, BASIS_POINTS)


def split_evenly(cents: int, parts: int) -> tuple[int, ...]:
    """Split an amount into `parts` instalments; the remainder falls on the last one."""
    if parts < 1:
        raise ValueError("at least one part")
    each = cents // parts
    return (each,) * (parts - 1) + (cents - each * (parts - 1),)


def split_by_weight(cents: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split an amount in proportion to `weights`; the sum is exact, the remainder on the last."""
    whole = sum(weights)
    if whole <= 0:
        return (0,) * (len(weights) - 1) + (cents,) if weights else ()
    shares = [share_of(cents, weight, whole) for weight in weights]
    shares[-1] += cents - sum(shares)
    return tuple(shares)


def spread(cents: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Spread an amount over lines in proportion to `weights` (none negative); the sum is exact.

    Each share is the step of a rounded running sum: no share is negative, none is larger than its
    weight as long as the amount is no larger than all weights together, and none falls on a line
    of no weight. Without any weight the whole falls on the last line.
    """
    whole = sum(weights)
    if whole <= 0:
        return (0,) * (len(weights) - 1) + (cents,) if weights else ()
    shares, weight, before = [], 0, 0
    for each in weights:
        weight += each
        upto = share_of(cents, weight, whole)
        shares.append(upto - before)
        before = upto
    return tuple(shares)

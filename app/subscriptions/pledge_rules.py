"""What people pledge to pay for a box. Pure: prices in, ranges and refusals out."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.money import BASIS_POINTS, share_of
from app.core.refusals import Refusal
from app.subscriptions.price_term_rules import PledgeTerms

HALF = 50


class PledgeRefusal(Refusal):
    """Why a pledge is not taken."""

    NOT_TAKEN = "This plan has one price for everybody."
    OUT_OF_RANGE = "Please choose an amount within the range."
    NO_ROUND = "No round of this plan is open."
    COVERED = "The pledges cover this round. There is nothing to ask for."
    ENDED = "This subscription has ended."


@dataclass(frozen=True)
class PledgeRange:
    """What may be pledged for a box, and what we suggest, in cents."""

    floor_cents: int
    suggested_cents: int
    ceiling_cents: int

    def holds(self, cents: int) -> bool:
        """Say whether an amount lies within the range; both ends do."""
        return self.floor_cents <= cents <= self.ceiling_cents


@dataclass(frozen=True)
class Round:
    """What the boxes of one shipping day bring together against what they must bring, in cents."""

    pledges: tuple[int, ...]
    target_cents: int

    @property
    def sum_cents(self) -> int:
        return sum(self.pledges)

    @property
    def short_cents(self) -> int:
        """Return how much is missing; 0 where the pledges cover the target."""
        return max(0, self.target_cents - self.sum_cents)

    @property
    def short_each_cents(self) -> int:
        """Return by how much every pledge would have to rise, rounded up."""
        return -(-self.short_cents // len(self.pledges)) if self.pledges else 0


def range_of(price_cents: int, terms: PledgeTerms) -> PledgeRange:
    """Return the range for a box of this price."""
    floor = share_of(price_cents, terms.floor_bp, BASIS_POINTS)
    ceiling = share_of(price_cents, terms.ceiling_bp, BASIS_POINTS)
    return PledgeRange(floor, price_cents, ceiling)


def round_of(pledges: Sequence[int], prices: Sequence[int], terms: PledgeTerms) -> Round:
    """Return how a round stands; without a target of its own it is what its boxes' prices are."""
    target = sum(prices) if terms.target_cents is None else terms.target_cents
    return Round(tuple(sorted(pledges)), target)


def spread_of(pledges: Sequence[int], steps: int) -> list[tuple[int, int, int]]:
    """Return (from, up to, how many) in about so many equal steps over the pledges, in order.

    Steps begin at whole multiples of their width, which is one of half units of money.
    """
    if not pledges:
        return []
    least, most = min(pledges), max(pledges)
    width = max(1, -(-(most - least) // (steps * HALF))) * HALF
    starts = range(least - least % width, most + 1, width)
    return [
        (start, start + width - 1, sum(start <= each < start + width for each in pledges))
        for start in starts
    ]

"""When a swap is granted at once: what the coffee is worth to others is its bid price. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

# Who asks for a coffee by name likes it more than we expected, by so many points of taste.
WISH = 0.5
# The share of what may go into a box that carries the mark "fits your taste".
BEST_SHARE = 1 / 3


@dataclass(frozen=True)
class Supply:
    """What is left of a coffee: free units, boxes that are still open, its last price.

    The price is what one more unit of it was worth when boxes were last composed, in points of
    taste; 0 if there was enough for everybody.
    """

    free: int
    open_boxes: int
    price: float = 0.0


def is_plenty(supply: Supply) -> bool:
    """Say whether there is enough for every box that is still open."""
    return supply.free >= supply.open_boxes


def grants(supply: Supply, units: int, gain: float) -> bool:
    """Say whether so many units may be promised now to somebody who gains so much by them.

    `gain` is what the coffee is expected to be liked more than what leaves the box for it, in
    points of taste, plus the price of what leaves.
    """
    if supply.free < units:
        return False
    unwanted = supply.price <= 0.0  # nobody else would have had more from it
    return unwanted or is_plenty(supply) or gain + WISH >= supply.price


def fitting(scores: Sequence[float]) -> float:
    """Return the score from which on a coffee is marked as fitting somebody's taste."""
    if not scores:
        return 0.0
    ranked = sorted(scores, reverse=True)
    return ranked[max(0, round(len(ranked) * BEST_SHARE) - 1)]

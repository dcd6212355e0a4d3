"""Proposes how often boxes should come, from how much a household drinks."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ml.consumption.household import Outlook

CLEARLY = math.log(1.12)


def better_rhythm(
    outlook: Outlook, grams: float, current: int, offered: Sequence[tuple[int, float]]
) -> int | None:
    """Return the offered rhythm that suits a household clearly better than the current one.

    `grams` is what one box holds; `offered` are (rhythm, days between boxes), the current one among
    them. None while no other suits better, or it is not known well enough: the rhythm has to be
    better at the middle of what the household may drink and no worse at the nearer edge.
    """
    days = dict(offered)
    if current not in days or grams <= 0:
        return None

    def misfit(rhythm: int, grams_a_week: float) -> float:
        return abs(math.log(7.0 * grams / grams_a_week / days[rhythm]))

    drinks = outlook.grams_a_week

    def is_better(rhythm: int) -> bool:
        edge = drinks.high if days[rhythm] > days[current] else drinks.low
        gain = misfit(current, drinks.middle) - misfit(rhythm, drinks.middle)
        return gain >= CLEARLY and misfit(rhythm, edge) <= misfit(current, edge)

    better = [rhythm for rhythm in days if is_better(rhythm)]
    return min(better, key=lambda rhythm: misfit(rhythm, drinks.middle), default=None)

"""The bridge by which the shop learns how long coffee lasts: days and grams become an outlook."""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from app.core.clock import days_after
from app.personalization.supply_rules import Supply, SupplyLine
from ml.consumption.household import Outlook as Outlook
from ml.consumption.household import Prior, outlooks
from ml.consumption.rhythm import better_rhythm

# Grams for a cup, against a cup from the filter, by how it is made and how strong it is liked.
BREWED: Mapping[str, float] = {
    "Espresso": 1.15,
    "French press": 1.1,
    "Cold brew": 1.3,
    "Pod/capsule machine (e.g. Keurig/Nespresso)": 0.7,
    "Instant coffee": 0.6,
    "Coffee extract (e.g. Cometeer)": 0.6,
}
STRENGTH: Mapping[str, float] = {
    "Weak": 0.85,
    "Somewhat light": 0.93,
    "Somewhat strong": 1.07,
    "Very strong": 1.15,
}
# A plan is chosen with one's own cups in mind, so that the answers move it only a little.
HEARD = 0.3


def first_guess(planned: float, kept: float, brewed: Sequence[str], strength: str | None) -> float:
    """Return the grams a week that somebody may drink before anything is known of them.

    `planned` are the grams a week that they ordered, `kept` the share of boxes that people of this
    shop keep; the rest are their answers to the quiz.
    """
    ways = [BREWED.get(each, 1.0) for each in brewed] or [1.0]
    answers = sum(ways) / len(ways) * STRENGTH.get(strength or "", 1.0)
    return float(planned * kept * answers**HEARD)


def outlook_of(lines: Sequence[SupplyLine], grams_a_week: float, today: date) -> Outlook:
    """Return what is known of a household on a day."""
    table = pd.DataFrame(
        {
            "household": 0,
            "day": [float(line.day.toordinal()) for line in lines],
            "kind": [line.kind for line in lines],
            "grams": [line.grams for line in lines],
            "span": [line.span for line in lines],
        }
    )
    return outlooks(table, {0: Prior(grams_a_week)}, float(today.toordinal()))[0]


def supply_of(outlook: Outlook, today: date) -> Supply:
    """Return an outlook in days of the calendar."""
    days = outlook.days_left
    return Supply(
        grams=outlook.grams_at_home.middle,
        grams_a_week=outlook.grams_a_week.middle,
        runs_out_on=days_after(today, int(days.middle)),
        soonest=days_after(today, int(days.low)),
        latest=days_after(today, -int(-days.high // 1)),
    )


def rhythm_for(
    outlook: Outlook, grams: float, current: int, offered: Mapping[int, float]
) -> int | None:
    """Return a rhythm that suits better than the current one, from those offered with their days.

    None if no other suits clearly better; see `ml.consumption.rhythm`.
    """
    return better_rhythm(outlook, grams, current, list(offered.items()))

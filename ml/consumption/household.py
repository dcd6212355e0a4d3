"""Follows households' stock of coffee: how much they drink, what is left, how long it lasts.

A bank of filters: one for each pace that is thought possible, each with its own idea of what is
left at home; what people do says which pace it is. Published roots: Magill (1965), "Optimal
adaptive estimation of sampled stochastic processes"; Minka (2001), "Expectation propagation".
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ml.arrays import Floats
from ml.consumption.diary import Kind, read
from ml.consumption.evidence import Step, Stock, at_least_nothing, beyond, came, near, used

PACES = np.exp(np.linspace(-1.7, 1.7, 69))
UNEVEN = 1.0
DRIFT = 0.12
FORGET_DAYS = 250.0
FIRST_DAYS, FIRST_SPREAD = 2.0, 5.0
LOW_DAYS, LOW_SPREAD = 4.0, 3.0
PLENTY_DAYS, PLENTY_SPREAD = 11.0, 4.0
SKIP_DAYS, SKIP_SPAN, SKIP_WIDTH = 10.0, 0.3, 7.0
TASTED_DAYS, TASTED_SPREAD = 3.0, 100.0
HOLDS_SPREAD, HOLDS_SHARE = 60.0, 0.05
SKIPS, LATER, PLENTY = Step(0.04, 0.5), Step(0.1, 0.9), Step(0.1, 1.0)
SILENT_A_DAY = 0.05
UNLIKELY = 1e-3
AHEAD = np.arange(0.0, 366.0, 0.5)
SHARES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Prior:
    """What is thought of a household before anything happened: grams a week, and how sure.

    `spread` is the standard deviation of the logarithm.
    """

    grams_a_week: float
    spread: float = 0.45


@dataclass(frozen=True)
class Between:
    """A figure with its 10 %, 50 % and 90 % points."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, eq=False)
class Outlook:
    """A household on a day: grams a week, grams at home, and days until the last is used up.

    `chances` (len(AHEAD),) are the chances that all is used up after as many days as `AHEAD` says.
    """

    grams_a_week: Between
    grams_at_home: Between
    days_left: Between
    chances: Floats

    def gone_after(self, days: float) -> float:
        """Return the chance that everything is used up after so many days."""
        return float(np.interp(max(days, 0.0), AHEAD, self.chances))


def outlooks(
    diary: pd.DataFrame, priors: dict[Hashable, Prior], day: float
) -> dict[Hashable, Outlook]:
    """Return the outlook of each household of `priors` on a day; see `diary.Kind` for the diary.

    Whatever the diary holds of later days is not read. Raise ValueError for what is no diary.
    """
    table = read(diary)
    lines: dict[Hashable, pd.DataFrame] = dict(
        iter(table[table["day"] <= day].groupby("household"))
    )
    empty = table.iloc[:0]
    return {who: _outlook(lines.get(who, empty), prior, day) for who, prior in priors.items()}


class _Household:
    """One household's filters while its diary is gone through."""

    def __init__(self, prior: Prior, first_day: float) -> None:
        self.pace = prior.grams_a_week / 7.0 * PACES
        self.doubt = -0.5 * (np.log(PACES) / prior.spread) ** 2
        self.belief = self.doubt.copy()
        self.stock = Stock(self.pace * FIRST_DAYS, (self.pace * FIRST_SPREAD) ** 2)
        self.day = first_day

    def go_to(self, day: float) -> None:
        """Drink until a day; what was learnt long ago counts a little less."""
        days = day - self.day
        kept = float(np.exp(-days / FORGET_DAYS))
        self.belief = kept * (self.belief - self.belief.max()) + (1.0 - kept) * self.doubt
        self.stock = used(self.stock, self.pace, days, UNEVEN, DRIFT)
        self.day = day

    def see(self, kind: Kind, grams: float, span: float) -> None:
        """Take in one line of the diary."""
        if kind is Kind.CAME:
            dry = np.maximum(-self.stock.mean, 0.0) / self.pace
            self.belief = self.belief - SILENT_A_DAY * np.minimum(dry, 30.0)
            self.stock = came(self.stock, grams)
            return
        self.stock, chance = self._seen(kind, grams, span)
        self.belief = self.belief + np.log(np.maximum(chance, UNLIKELY))

    def _seen(self, kind: Kind, grams: float, span: float) -> tuple[Stock, Floats]:
        pace = self.pace
        if kind in (Kind.LOW, Kind.SOONER):
            there, chance = near(self.stock, pace * LOW_DAYS, pace * LOW_SPREAD)
            return there, chance * pace
        if kind is Kind.OPENED:
            # The bag was opened some days ago; those behind it are closed yet, or nearly so.
            level = grams - TASTED_DAYS * pace
            return near(self.stock, level, TASTED_SPREAD + TASTED_DAYS * pace)
        if kind is Kind.HOLDS:
            spread = HOLDS_SPREAD + HOLDS_SHARE * grams
            return near(self.stock, np.full_like(pace, grams), np.full_like(pace, spread))
        if kind is Kind.PLENTY:
            return beyond(self.stock, pace * PLENTY_DAYS, pace * PLENTY_SPREAD, PLENTY)
        step = {Kind.SKIPPED: SKIPS, Kind.LATER: LATER}.get(kind)
        chances = step or Step(1.0 - SKIPS.low, 1.0 - SKIPS.high)
        point, width = pace * (SKIP_DAYS + SKIP_SPAN * span), pace * SKIP_WIDTH
        return beyond(self.stock, point, width, chances)

    def outlook(self) -> Outlook:
        """Return what is known now."""
        weight = np.exp(self.belief - self.belief.max())
        weight /= weight.sum()
        left = at_least_nothing(self.stock)
        chances = _gone(self.stock, self.pace, weight)
        return Outlook(
            grams_a_week=_between(7.0 * self.pace, np.cumsum(weight) - weight / 2.0),
            grams_at_home=_mixed(left, weight),
            days_left=_between(AHEAD, chances),
            chances=chances,
        )


def _outlook(lines: pd.DataFrame, prior: Prior, day: float) -> Outlook:
    begun = float(lines["day"].iloc[0]) if len(lines) else day
    household = _Household(prior, begun)
    columns = ("day", "kind", "grams", "span")
    rows: Sequence[tuple[float, str, float, float]] = list(
        zip(*(lines[name].tolist() for name in columns), strict=True)
    )
    for at, kind, grams, span in rows:
        household.go_to(at)
        household.see(Kind(kind), grams, span)
    household.go_to(day)
    return household.outlook()


def _gone(stock: Stock, pace: Floats, weight: Floats) -> Floats:
    """Return the chance that nothing is left, for each of the days AHEAD."""
    now = Stock(stock.mean[:, None], stock.variance[:, None])
    later = used(now, pace[:, None], AHEAD, UNEVEN, DRIFT)
    below = ndtr(-later.mean / np.sqrt(later.variance))
    return np.clip(np.maximum.accumulate(weight @ below), 0.0, 1.0)


def _between(values: Floats, shares: Floats) -> Between:
    """Return the points at which rising shares pass 10, 50 and 90 %."""
    return Between(*(float(np.interp(share, shares, values)) for share in SHARES))


def _mixed(stock: Stock, weight: Floats) -> Between:
    """Return a mixture of normals by its mean, and its deviation to both sides."""
    mean = float(weight @ stock.mean)
    deviation = float(np.sqrt(weight @ (stock.variance + (stock.mean - mean) ** 2)))
    return Between(max(mean - 1.2816 * deviation, 0.0), mean, mean + 1.2816 * deviation)

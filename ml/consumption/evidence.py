"""What an observation says about a stock that is known only roughly.

A stock is normal, mean and variance in grams, one for each pace that is thought possible. An
observation turns it into another normal of the same first two moments, and tells how likely the
observation was at that pace.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from ml.arrays import Floats

ROOT_TWO_PI = float(np.sqrt(2.0 * np.pi))
SMALL = 1e-9


@dataclass(frozen=True, eq=False)
class Stock:
    """Grams at home for each pace: means and variances, (paces,) both.

    A mean below zero says for how long there has been nothing.
    """

    mean: Floats
    variance: Floats


@dataclass(frozen=True)
class Step:
    """A chance that rises with the stock from `low` to `high`, half way at a point."""

    low: float
    high: float


def used(
    stock: Stock, pace: Floats, days: float | Floats, unevenness: float, drift: float
) -> Stock:
    """Return the stock after some days at each pace in grams a day.

    `unevenness` is the standard deviation of a day's use over its mean, `drift` that of what a
    whole stretch was used faster or slower than usual.
    """
    spread = (unevenness * pace) ** 2 * days + (drift * pace * days) ** 2
    return Stock(stock.mean - pace * days, stock.variance + spread)


def came(stock: Stock, grams: float) -> Stock:
    """Return the stock after a delivery; what was not there before it was not drunk."""
    left = at_least_nothing(stock)
    return Stock(left.mean + grams, left.variance)


def at_least_nothing(stock: Stock) -> Stock:
    """Return a stock that cannot be below zero."""
    deviation = np.sqrt(stock.variance) + SMALL
    point = stock.mean / deviation
    below, density = ndtr(point), np.exp(-0.5 * point**2) / ROOT_TWO_PI
    mean = stock.mean * below + deviation * density
    square = (stock.mean**2 + stock.variance) * below + stock.mean * deviation * density
    return Stock(mean, np.maximum(square - mean**2, 1.0))


def near(stock: Stock, amount: Floats, deviation: Floats) -> tuple[Stock, Floats]:
    """Return the stock once it is said to be about an amount, and how likely that was."""
    left = at_least_nothing(stock)
    total = left.variance + deviation**2
    gain = left.variance / total
    chance = np.exp(-0.5 * (amount - left.mean) ** 2 / total) / np.sqrt(total)
    return Stock(left.mean + gain * (amount - left.mean), left.variance * (1.0 - gain)), chance


def beyond(stock: Stock, point: Floats, width: Floats, step: Step) -> tuple[Stock, Floats]:
    """Return the stock after something whose chance is `step` around `point`, and its chance.

    The chance is half way at `point` and has risen (or fallen) most of the way `width` from it.
    """
    total = np.sqrt(stock.variance + width**2) + SMALL
    at = (stock.mean - point) / total
    above, density = ndtr(at), np.exp(-0.5 * at**2) / ROOT_TWO_PI
    rise = step.high - step.low
    chance = np.maximum(step.low + rise * above, SMALL)
    slope = rise * density / (chance * total)
    mean = stock.mean + stock.variance * slope
    bend = rise * density * at / (chance * total**2)
    variance = stock.variance - stock.variance**2 * (bend + slope**2)
    return Stock(mean, np.maximum(variance, 1.0)), chance

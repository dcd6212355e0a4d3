"""Made-up households that live day by day: cups, guests, holidays, and coffee from elsewhere.

Nothing here is a filter or a normal distribution of stock: people drink whole cups and brew whole
pots, some drink in the office on some days of the week, they go away and have guests, change their
habits, buy a bag elsewhere when there is none, look at their box or do not, and judge their shelf
badly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.personalization.supply_rules import halves_asked

Rng = np.random.Generator
BAG = 250
SIZES = (1, 2, 3, 4, 6, 8)
RHYTHMS = (1, 2, 3, 4, 5, 6, 8)
CUT_OFF = 3
MISCOUNTS, BY_EYE = (0.04, 0.92, 0.04), 0.2
DOSES = (7.5, 10.0, 15.0, 18.0)


@dataclass(frozen=True)
class Habits:
    """One household: what it wants each day (grams), and what its people are like.

    `looks` is the chance to look at a box before its cut-off, `much` how many days' coffee beyond
    the box's day is too much (`part` of the days between boxes on top), `taps` the chance to say
    something when there is reason, `rates` to rate a coffee, `misjudges` the spread of the shelf's
    estimate, `agrees` to take up a proposal, `answers` the chance to answer a letter that was read,
    `counts_all` whether coffee from elsewhere is counted too when asked for the shop's.
    """

    wants: NDArray[np.float64]
    away: NDArray[np.bool_]
    elsewhere: NDArray[np.float64]
    guess: float
    looks: float
    much: float
    part: float
    taps: float
    rates: float
    misjudges: float
    agrees: float
    answers: float
    counts_all: bool


def some_habits(rng: Rng, days: int) -> Habits:
    """Draw one household."""
    wants, away = _wishes(rng, days)
    bags = np.zeros(days)
    bags[rng.random(days) < rng.gamma(1.0, 0.8) / 365] = BAG
    mean = max(float(wants[~away].mean()), 5.0)
    return Habits(
        wants=wants,
        away=away,
        elsewhere=bags,
        guess=mean * float(np.exp(rng.normal(0.0, 0.25))),
        looks=float(rng.beta(4.0, 1.5)),
        much=float(rng.uniform(2.0, 7.0)),
        part=float(rng.uniform(0.0, 0.4)),
        taps=float(rng.beta(1.2, 1.8)),
        rates=float(rng.beta(0.5, 0.8)),
        misjudges=float(rng.uniform(0.1, 0.35)),
        agrees=float(rng.beta(3.0, 2.0)),
        answers=float(rng.beta(2.0, 2.0)),
        counts_all=bool(rng.random() < 0.2),
    )


def _wishes(rng: Rng, days: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    people = int(rng.choice([1, 2, 3, 4], p=[0.34, 0.44, 0.14, 0.08]))
    dose, pot = float(rng.choice(DOSES)), float(rng.choice([0.0, 0.0, 30.0, 60.0]))
    cups = np.zeros(days)
    for _ in range(people):
        daily = float(np.exp(rng.normal(0.55, 0.45)))
        week = np.where(rng.random(7) < rng.choice([0.0, 0.5]), rng.uniform(0.2, 0.7), 1.0)
        cups += rng.poisson(daily * week[np.arange(days) % 7])
    cups = cups * _moods(rng, days)
    for at in np.flatnonzero(rng.random(days) < 4 / 365):
        cups[at : at + int(rng.integers(1, 5))] += rng.poisson(int(rng.integers(1, 6)))
    away = np.zeros(days, dtype=bool)
    for at in np.flatnonzero(rng.random(days) < 2 / 365):
        away[at : at + int(rng.integers(3, 13))] = True
    grams = cups * dose * rng.uniform(0.85, 1.15, days)
    if pot:
        grams = np.ceil(grams / pot) * pot
    return np.where(away, 0.0, grams), away


def _moods(rng: Rng, days: int) -> NDArray[np.float64]:
    """Return how much more or less is drunk: the season, and a change of life for some."""
    season = 1.0 + 0.08 * np.cos(2 * np.pi * (np.arange(days) - rng.integers(0, 365)) / 365)
    if rng.random() < 0.25:
        season[int(rng.integers(0, days)) :] *= rng.uniform(0.7, 1.4)
    return season


@dataclass
class Line:
    """A line of the diary, as `ml.consumption.diary` reads it."""

    day: float
    kind: str
    grams: float = 0.0
    span: float = 0.0


@dataclass
class Shelf:
    """A shelf that stands at home: grams that are of the shop, and from elsewhere."""

    ours: float = 0.0
    other: float = 0.0

    def drink(self, grams: float) -> None:
        """Use the coffee from elsewhere first, since it lies open."""
        from_other = min(self.other, grams)
        self.other -= from_other
        self.ours = max(self.ours - (grams - from_other), 0.0)

    @property
    def closed(self) -> int:
        """Return how many of our bags are not open yet."""
        return int(self.ours // BAG)


def counted(habits: Habits, shelf: Shelf, bags: int, rng: Rng) -> int:
    """Return what somebody says is left, in half bags, whose box holds some bags.

    Closed ones are miscounted now and then, the open one is judged by eye, and of the answers on
    offer the nearest is taken.
    """
    grams = shelf.ours + (shelf.other if habits.counts_all else 0.0)
    closed, part = divmod(grams / BAG, 1.0)
    miscounted = int(rng.choice([-1, 0, 1], p=MISCOUNTS)) if closed >= 2 else 0
    part = min(max(part + float(rng.normal(0.0, BY_EYE)), 0.0), 1.0) if part else 0.0
    told = max(closed + miscounted + part, 0.0)
    return min(halves_asked(bags), key=lambda halves: abs(halves / 2 - told))


def lasts(habits: Habits, ours: float, other: float, day: int) -> int:
    """Return in how many days what is at home on a day is gone, if nothing more comes."""
    left, shelf = 0, Shelf(ours, other)
    while shelf.ours > 0 and day + left < len(habits.wants):
        shelf.other += habits.elsewhere[day + left]
        shelf.drink(habits.wants[day + left])
        left += 1
    return left


def first_plan(habits: Habits, rng: Rng) -> tuple[int, int]:
    """Return the bags and the weeks that a household thinks it needs."""
    fits = [
        (
            abs(np.log(bags * BAG / (7 * weeks) / habits.guess))
            + 0.2 * abs(np.log(weeks / 2))
            + 0.2 * rng.random(),
            bags,
            weeks,
        )
        for bags in SIZES
        for weeks in RHYTHMS[:5]
    ]
    _, bags, weeks = min(fits)
    return bags, weeks

"""Plays a subscription of one household for a year, with or without the forecast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from app.personalization.supply_rules import grams_told
from bench.household_life import (
    BAG,
    CUT_OFF,
    Habits,
    Line,
    Rng,
    Shelf,
    counted,
    first_plan,
)

# Diary, day, weeks between boxes, bags in one: the days that it should last, weeks to propose.
Adviser = Callable[[list[Line], int, int, int], tuple[float, int | None]]
LIMIT = 21
# Days before the cut-off at which a letter asks how much is left.
LETTER = 2
# A box takes about so many days; it is offered at once where it would come so many days too late.
ON_ITS_WAY, TOO_LATE = 2, 4


@dataclass
class Year:
    """One household's subscription while it is played."""

    habits: Habits
    rng: Rng
    adviser: Adviser | None
    replies: Rng | None = None
    bags: int = 0
    weeks: int = 0
    next_on: int = 0
    shelf: Shelf = field(default_factory=Shelf)
    diary: list[Line] = field(default_factory=list)
    under_way: list[tuple[int, float]] = field(default_factory=list)
    stock: list[tuple[float, float]] = field(default_factory=list)
    skips: int = 0
    sent: int = 0
    dry: int = 0
    said: int = -LIMIT
    asked: int = -LIMIT
    cut_offs: list[int] = field(default_factory=list)
    letters: list[int] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    new: int = 0
    tasted: int = 0

    def play(self) -> Year:
        """Live through all days."""
        self.bags, self.weeks = first_plan(self.habits, self.rng)
        self.next_on = CUT_OFF + int(self.rng.integers(1, 6))
        self.shelf.other = float(self.habits.guess * self.rng.uniform(0, 6))
        for day in range(len(self.habits.wants)):
            self._one_day(day)
        return self

    def _one_day(self, day: int) -> None:
        self._receive(day)
        self.stock.append((self.shelf.ours, self.shelf.other))
        self.shelf.other += self.habits.elsewhere[day]
        self.shelf.drink(self.habits.wants[day])
        self._when_dry(day)
        self._speak(day)
        self._hurry(day)
        if day == self.next_on - CUT_OFF - LETTER:
            self._answer(day)
        if day == self.next_on - CUT_OFF:
            self._decide(day)

    def _answer(self, day: int) -> None:
        """Answer the letter of the cut-off, that asks how many bags are left, or do not."""
        if self.replies is None or not any(line.kind == "came" for line in self.diary):
            return
        self.letters.append(day)
        read = self.replies.random() < self.habits.looks and not self.habits.away[day]
        if read:
            self._tell(day)

    def _tell(self, day: int) -> None:
        """Say how many bags are left, or leave the question alone."""
        asked = self.replies is not None and bool(self.letters)
        if not asked or self.replies.random() > self.habits.answers:
            return
        self.answered.append(day)
        halves = counted(self.habits, self.shelf, self.bags, self.replies)
        self.diary.append(Line(day + 0.5, "holds", grams_told(halves, BAG)))
        self._comes_in_time(day)

    def _comes_in_time(self, day: int) -> None:
        """Let the next box ship at once where the shop, having heard, offers it, or do not."""
        comes_in = self.next_on + ON_ITS_WAY - day
        if self.adviser is None or self.under_way or self.next_on - day <= CUT_OFF + 1:
            return
        told, _ = self.adviser(self.diary, day + 1, self.weeks, self.bags)
        if told > comes_in - TOO_LATE or self.replies.random() > self.habits.agrees:
            return
        self._at_once(day)

    def _hurry(self, day: int) -> None:
        """Let the next box ship at once when the shelf is nearly empty and it is far away."""
        if self.under_way or self.next_on - day <= CUT_OFF + 1 or self.habits.away[day]:
            return
        if self._judged(day) > 4 or self.rng.random() > 0.25 * self.habits.looks:
            return
        self._at_once(day)

    def _at_once(self, day: int) -> None:
        self.sent += 1
        self.diary.append(Line(day, "sooner", 0.0, 7.0 * self.weeks))
        self._send(day + 1)
        self.next_on = day + 1 + 7 * self.weeks

    def _send(self, ships_on: int) -> None:
        grams = float(self.bags * BAG)
        self.under_way.append((ships_on + int(self.rng.choice([1, 2, 2, 3, 4])), grams))
        self.diary.append(Line(ships_on + 2, "came", grams))

    def _receive(self, day: int) -> None:
        for at, grams in list(self.under_way):
            if at == day:
                self.shelf.ours += grams
                self.new = self.bags
                self.under_way.remove((at, grams))

    def _when_dry(self, day: int) -> None:
        """Without coffee some buy a bag elsewhere, on any day."""
        if self.shelf.ours + self.shelf.other > 0 or self.habits.wants[day] == 0:
            return
        self.dry += 1
        if self.rng.random() < 0.5:
            self.shelf.other = float(BAG)

    def _speak(self, day: int) -> None:
        habits, rng = self.habits, self.rng
        if habits.away[day]:
            return
        days = self._judged(day)
        if day - self.said >= 10 and days < 5 and rng.random() < 0.25 * habits.taps:
            self._note(day, "low")
        self._rate(day)

    def _rate(self, day: int) -> None:
        """Rate a coffee of the newest box some days after its bag was opened, or never."""
        while self.shelf.closed < self.new:
            self.new -= 1
            if self.rng.random() < self.habits.rates:
                self.tasted = self.new + 1
        if self.tasted and self.rng.random() < 0.3:
            self.diary.append(Line(day, "opened", float(self.tasted * BAG)))
            self.tasted = 0

    def _note(self, day: int, kind: str) -> None:
        self.said = day
        self.diary.append(Line(day, kind))

    def _judged(self, day: int) -> float:
        """Return for how many days the household thinks that its coffee lasts."""
        at_home = self.shelf.ours + self.shelf.other + sum(grams for _, grams in self.under_way)
        lately = self.habits.wants[max(day - 30, 0) : day + 1]
        pace = 0.5 * (self.habits.guess + float(lately.mean())) if day > 30 else self.habits.guess
        misjudged = float(np.exp(self.rng.normal(0.0, self.habits.misjudges)))
        return at_home / max(pace, 1.0) * misjudged

    def _decide(self, day: int) -> None:
        """Look at the box before its cut-off, or not; it ships or is skipped."""
        self.cut_offs.append(day)
        looks = self.rng.random() < self.habits.looks and not self.habits.away[day]
        if looks and self.answered[-1:] < [day - LETTER]:
            self._tell(day)
        span, ships_on = 7 * self.weeks, self.next_on
        self.next_on = ships_on + span
        if looks and self._reads(day, ships_on):
            return
        if looks and self._has_enough(day, ships_on, span):
            self.skips += 1
            self.diary.append(Line(day + 0.5, "skipped", 0.0, span))
            return
        self.sent += 1
        self.diary.append(Line(day + 0.5, "kept", 0.0, span))
        self._send(ships_on)

    def _has_enough(self, day: int, ships_on: int, span: int) -> bool:
        spare = self._judged(day) - CUT_OFF - 2
        arrives = min(ships_on + 2, len(self.habits.away) - 1)
        holiday = bool(self.habits.away[arrives]) and self.rng.random() < 0.4
        return holiday or spare > self.habits.much + self.habits.part * span

    def _reads(self, day: int, ships_on: int) -> bool:
        """Read what the shop thinks; answer or agree now and then. Say if this box waits."""
        if self.adviser is None or not self.sent:
            return False
        told, weeks = self.adviser(self.diary, day, self.weeks, self.bags)
        days = self._judged(day)
        if self.rng.random() < self.habits.taps and day - self.said >= 10:
            if days < min(7, told - 4):
                self._note(day, "low")
            elif days > max(10, told + 5):
                self._note(day, "plenty")
        if weeks is None or day - self.asked < LIMIT:
            return False
        self.asked = day
        if self.rng.random() > self.habits.agrees:
            return False
        self.next_on = max(ships_on + 7 * (weeks - self.weeks), day + CUT_OFF + 1)
        waits = weeks > self.weeks
        self.weeks = weeks
        if not waits:
            self.next_on = ships_on + 7 * weeks
        return waits

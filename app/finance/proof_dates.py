"""The oracle of dates: works every box's day out again, by its own arithmetic.

It shares no code with the planner on purpose: two ways to the same days prove each other.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.finance.rules import Violation

BOXES = """
SELECT s.number, s.status, s.anchor, coalesce(s.anchor_day, p.day), s.anchor_cycle, s.welcome_on,
       p.unit, coalesce(s.every, p.every), array_agg(b.cycle ORDER BY b.cycle),
       array_agg(coalesce(b.moved_from, b.ships_on) ORDER BY b.cycle),
       array_agg(b.status ORDER BY b.cycle)
FROM subscription s JOIN plan p ON p.id = s.plan_id JOIN box b ON b.subscription_id = s.id
WHERE s.anchor IS NOT NULL GROUP BY s.id, p.id"""
LATE = """
SELECT 'box ' || b.number, 'still planned although its batch is ' || t.status
FROM box b JOIN batch t ON t.id = b.batch_id
WHERE b.status = 'planned' AND t.status <> 'planned' AND b.cutoff_at < :now"""
NO_BOX = """
SELECT 'subscription ' || s.number, 'active, but no box is planned'
FROM subscription s WHERE s.status = 'active' AND NOT EXISTS (
  SELECT FROM box b WHERE b.subscription_id = s.id AND (b.ships_on >= :today
    OR b.status IN ('locked', 'held', 'composed', 'released')))"""

EARLY = """
SELECT 'subscription ' || s.number, 'a charge was tried before its days to think it over ended'
FROM subscription s JOIN invoice i ON i.subscription_id = s.id JOIN payment p ON p.invoice_id = i.id
JOIN attempt a ON a.payment_id = p.id WHERE a.begun_at < s.charged_from"""


@dataclass(frozen=True)
class Course:
    """How the days of one subscription follow from its anchor."""

    anchor: date
    day: int
    anchor_cycle: int
    welcome_on: date | None
    unit: str
    every: int

    def regular(self, cycle: int) -> date | None:
        """Return the day of a cycle; None where this course says nothing of it."""
        steps = cycle - self.anchor_cycle
        if steps < 0:
            return self.welcome_on
        if self.unit == "week":
            return date.fromordinal(self.anchor.toordinal() + 7 * self.every * steps)
        months = self.anchor.year * 12 + self.anchor.month - 1 + self.every * steps
        year, month = divmod(months, 12)
        return date(year, month + 1, min(self.day, monthrange(year, month + 1)[1]))


def wrong_dates(session: Session, now: datetime, today: date) -> Iterator[Violation]:
    """Yield every box on a wrong day, every missing cycle, every subscription without a box."""
    closed = session.execute(text("SELECT day, ships_on FROM calendar_exception"))
    moved: dict[date, date | None] = {row[0]: row[1] for row in closed}
    for number, _status, anchor, day, first, welcome, unit, every, *boxes in session.execute(
        text(BOXES)
    ):
        course = Course(anchor, day, first, welcome, unit, every)
        yield from _wrong_boxes(number, course, boxes, moved)
    for subject, sentence in session.execute(text(NO_BOX), {"today": today}):
        yield Violation("I8", subject, sentence)
    for subject, sentence in session.execute(text(LATE), {"now": now}):
        yield Violation("I8", subject, sentence)
    for subject, sentence in session.execute(text(EARLY)):
        yield Violation("I9", subject, sentence)


def _wrong_boxes(
    number: int, course: Course, boxes: list[Any], moved: dict[date, date | None]
) -> Iterator[Violation]:
    cycles, days, _statuses = boxes
    if list(cycles) != list(range(len(cycles))):
        yield Violation("I8", f"subscription {number}", f"its cycles are {list(cycles)}")
    for cycle, ships_on in zip(cycles, days, strict=True):
        regular = course.regular(cycle)
        if regular is not None and ships_on not in _allowed(regular, moved):
            subject = f"subscription {number} cycle {cycle}"
            yield Violation("I8", subject, f"ships on {ships_on}, it should be {regular}")


def _allowed(regular: date, moved: dict[date, date | None]) -> set[date]:
    """Return the regular day and those that the shop's calendar moves it to."""
    allowed = {regular}
    following = moved.get(regular)
    while following is not None and following not in allowed:
        allowed.add(following)
        following = moved.get(following)
    return allowed

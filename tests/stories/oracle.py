"""A calendar of its own: when boxes ship, close and are charged, by counting days by hand.

It shares no code with the product, and nothing with its way of thinking: months are counted as
numbers, weeks as days, and wall time is looked up in the zone's own table.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass
class Expected:
    """One standing order: its rhythm, its first day, and what its owner did.

    `weeks` or `months` is the rhythm; `bill_day` is set where it is paid ahead. `pauses` are pairs
    of the moment somebody paused and the day (or moment) from which boxes come again.
    """

    first: date
    weeks: int = 0
    months: int = 0
    day: int = 0
    cutoff_days: int = 3
    cutoff_time: time = time(23, 59, 59)
    bill_day: int = 0
    signed_up: datetime | None = None
    skipped: set[date] = field(default_factory=set)
    pauses: list[tuple[datetime, date | datetime]] = field(default_factory=list)
    cancelled: datetime | None = None

    def days(self, until: date) -> Iterator[date]:
        """Yield every regular day, skipped or not."""
        number = 0
        while (day := self._nth(number)) <= until:
            yield day
            number += 1

    def _nth(self, number: int) -> date:
        if self.weeks:
            return self.first + timedelta(days=7 * self.weeks * number)
        year, month = self.first.year, self.first.month
        for _ in range(self.months * number):
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return date(year, month, min(self.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True)
class Almanac:
    """A shop's zone, the days on which it ships nothing, and everybody's standing orders."""

    zone: ZoneInfo
    moved: dict[date, date] = field(default_factory=dict)
    orders: list[Expected] = field(default_factory=list)

    def boxes(self, order: Expected, until: datetime) -> list[tuple[date, datetime, datetime]]:
        """Return (ships on, cut-off, charged at) of every box that is paid by `until`."""
        found = []
        for regular in order.days(until.date() + timedelta(days=60)):
            day = self.moved.get(regular, regular)
            closes = self._closes(order, day)
            locks = self._locks(day)
            charged = self._billed(order, regular, day) if order.bill_day else locks
            gone = regular in order.skipped or self._away(order, day, closes)
            if not gone and locks <= until:
                found.append((day, closes, charged))
        return found

    def _closes(self, order: Expected, day: date) -> datetime:
        return self.wall(day - timedelta(days=order.cutoff_days), order.cutoff_time)

    def _locks(self, day: date) -> datetime:
        """Return when all boxes of a day are packed: the night after the last of them closed."""
        sharing = [
            order
            for order in self.orders
            if day in {self.moved.get(each, each) for each in order.days(day)}
        ]
        last = max(self._closes(order, day) for order in sharing)
        return self.wall(self.day_of(last) + timedelta(days=1), time(2))

    def _billed(self, order: Expected, regular: date, day: date) -> datetime:
        if regular == order.first:
            assert order.signed_up
            return order.signed_up
        bill = date(day.year, day.month, order.bill_day)
        return self.wall(bill, time(2))

    def _away(self, order: Expected, day: date, closes: datetime) -> bool:
        if order.cancelled and closes.replace(microsecond=0) >= order.cancelled:
            return True
        for began, ends in order.pauses:
            back = closes < ends if isinstance(ends, datetime) else day < ends
            if closes >= began and back:
                return True
        return False

    def wall(self, day: date, at: time) -> datetime:
        """Return the instant of a wall time; one that is skipped lies as far behind the jump."""
        naive = datetime.combine(day, at)
        seen = naive.replace(tzinfo=self.zone).astimezone(UTC).astimezone(self.zone)
        if seen.replace(tzinfo=None) == naive:
            return min(
                naive.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1)
            )
        noon_before = (naive - timedelta(hours=12)).replace(tzinfo=self.zone)
        offset = noon_before.utcoffset()
        assert offset is not None
        return (naive - offset).replace(tzinfo=UTC)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

"""Plays months of the demonstration's shop, one after the other, each closed at its end."""

import time
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as wall_time
from typing import Any

from app.cli.console import REFUSED, answer, progress, say
from app.cli.opening import operator
from app.cli.seed import fill_the_shelves
from app.cli.up import Running
from app.cli.year_script import Script
from app.core.clock import instant_of, local_day
from app.core.refusals import Refused
from app.finance.checklist_queries import checklist
from app.finance.payout_queries import payouts_of
from app.finance.period_queries import next_to_close
from app.finance.period_rules import months_after
from app.finance.register_queries import register_of
from app.finance.services.close_month import close_month
from app.finance.services.record_shipment import record_shipment
from app.fulfilment.export_queries import exportable_lines
from app.fulfilment.money_queries import batch_money, people_with_boxes
from app.fulfilment.queries import BatchRow, batch_row, batches
from app.fulfilment.rules import order_number
from app.fulfilment.services.record_tracking import record_tracking
from app.fulfilment.tracking_rules import TrackingRow
from app.jobs.advance import advance_to, clock_now, settle
from app.jobs.exporting import export
from app.wiring.prove_books import prove_books
from app.wiring.tools import Tools

WEEK = timedelta(days=7)
NOON = wall_time(12)
LATEST_BATCHES = 40


@dataclass
class Year:
    """What became of the months so far; `shipped` are batches that left, `closed` months."""

    tools: Tools
    script: Script
    shipped: dict[uuid.UUID, date] = field(default_factory=dict)
    closed: list[date] = field(default_factory=list)
    violations: int = 0
    sums: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def live(self, month: date, number: int) -> None:
        """Play one month: what people do, the weeks, the shipping, and the end of the month."""
        self.script.play(number)
        with self.tools.units(operator()) as work:
            fill_the_shelves(work)
        zone = self.tools.units.shop.zone
        ends = instant_of(months_after(month, 1), NOON, zone)
        while (now := clock_now(self.tools)) < ends:
            self._until(min(now + WEEK, ends))
        self._close(month)

    def _until(self, moment: datetime) -> None:
        begun = time.monotonic()
        advance_to(self.tools, moment)
        self.seconds["advance"] += time.monotonic() - begun
        begun = time.monotonic()
        for batch in self._due():
            self._ship(batch)
        if self.tools.backstage and self.tools.backstage.bank().pay_out():
            settle(self.tools)
        self.seconds["ship"] += time.monotonic() - begun

    def _due(self) -> list[BatchRow]:
        with self.tools.units(operator()) as work:
            today = local_day(work.now, work.shop.zone)
            rows = batches(work.session, LATEST_BATCHES)
        return [
            row for row in rows if row.status == "composed" and row.ships_on <= today and row.boxes
        ]

    def _ship(self, batch: BatchRow) -> None:
        """Export what is paid of a batch and let it leave; late payers leave with a later call."""
        try:
            receipt = export(self.tools, operator(), batch.id)
        except Refused:  # nobody has paid yet; the next week asks again
            return
        if receipt.new or batch.id not in self.shipped:
            with self.tools.units(operator()) as work:
                lines = exportable_lines(work.session, batch.id)
                going = {order_number(each.subscription_number, each.cycle) for each in lines}
                rows = [TrackingRow(name, "USPS", f"9400{name}") for name in sorted(going)]
                left = record_tracking(work, rows)
                record_shipment(work, left.shipped)
            settle(self.tools)
            self.shipped[batch.id] = batch.ships_on

    def close_what_was_before(self, first: date) -> None:
        """Close every month before the first that is played, so that this one can close."""
        prove_books(self.tools, operator(), timedelta(0))
        while True:
            with self.tools.units(operator()) as work:
                month = next_to_close(work.session)
            if month is None or month >= first or not self._close_one(month):
                return

    def _close(self, month: date) -> None:
        begun = time.monotonic()
        found = prove_books(self.tools, operator(), timedelta(0))
        for each in found:
            say(f"{month:%Y-%m} {each.invariant} {each.subject}: {each.sentence}")
        self.violations += len(found)
        if self._close_one(month):
            self.closed.append(month)
        self._count(month)
        self.seconds["check"] += time.monotonic() - begun

    def _close_one(self, month: date) -> bool:
        with self.tools.units(operator()) as work:
            points = checklist(work.session, month, work.now, work.shop.zone)
        for point in points:
            if not point.holds:
                say(f"{month:%Y-%m} {point.check.value}: {point.count} {point.detail}")
        try:
            with self.tools.units(operator()) as work:
                close_month(work, month)
        except Refused as refused:
            say(f"{month:%Y-%m} stays open: {refused}")
            return False
        return True

    def _count(self, month: date) -> None:
        with self.tools.units(operator()) as work:
            zone = work.shop.zone
            register = register_of(work.session, month, zone)
            self.sums["refunded"] += sum(row.status == "succeeded" for row in register.refunds)
            self.sums["disputed"] += sum(
                month <= local_day(row.began_at, zone) < months_after(month, 1)
                for row in register.disputes
            )
            for payout in payouts_of(work.session, month, zone):
                self.sums["payouts"] += 1
                self.sums["payouts_reconciled"] += payout.reconciled_at is not None


def play_year(tools: Tools, house: Running, months: int, as_json: bool) -> int:
    """Play months from the shop's next first of a month on; return the exit code."""
    begun = time.monotonic()
    year = Year(tools, Script(tools))
    zone = tools.units.shop.zone
    today = local_day(clock_now(tools), zone)
    first = today if today.day == 1 else months_after(today.replace(day=1), 1)
    with progress("demo") as report:
        advance_to(tools, instant_of(first, NOON, zone))
        year.close_what_was_before(first)
        for number in range(1, months + 1):
            if not house.tend(0):
                break
            year.live(months_after(first, number - 1), number)
            report(number, months, f"demo: month {number}")
    year.seconds["total"] += time.monotonic() - begun
    outcome = _outcome(year)
    answer(as_json, outcome, *(f"{name:20} {value}" for name, value in outcome.items()))
    for line in year.script.refused:
        say(line)
    clean = not year.violations and len(year.closed) == months and not year.script.refused
    return 0 if clean else REFUSED


def _outcome(year: Year) -> dict[str, Any]:
    found: Counter[str] = Counter()
    with year.tools.units(operator()) as work:
        for batch_id in year.shipped:
            row, money = batch_row(work.session, batch_id), batch_money(work.session, batch_id)
            found["boxes"] += row.boxes
            found["charged"] += money.charged
            found["declined"] += money.declined
            found["released"] += row.counts.get("released", 0) + row.counts.get("shipped", 0)
            found["exported"] += row.counts.get("shipped", 0)
        people = people_with_boxes(work.session)
    return {
        "people": people,
        **{name: found[name] for name in ("boxes", "charged", "declined", "released", "exported")},
        "violations": year.violations,
        "months": len(year.closed),
        **{name: year.sums[name] for name in ("refunded", "disputed")},
        **{name: year.sums[name] for name in ("payouts", "payouts_reconciled")},
        "seconds": {name: round(value, 3) for name, value in year.seconds.items()},
    }

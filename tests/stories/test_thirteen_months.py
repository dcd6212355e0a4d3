"""Thirteen months of a shop, lived month by month: every date equals that of another calendar."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from app.core.unit_of_work import Actor
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.fulfilment.services.close_day import close_day
from app.fulfilment.services.pause_subscription import pause_subscription, resume_subscription
from app.fulfilment.services.skip_box import skip_box, unskip_box
from app.subscriptions.rules import Billing, Cadence, CadenceUnit
from app.subscriptions.services.save_plan import PlanFields, PlanTerms
from tests.cast import SHELF, Coffee
from tests.stories.door import open_door
from tests.stories.oracle import Almanac, Expected

TUESDAY, MONDAY = 2, 1
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
PLENTY = tuple(Coffee(each.code, each.roast, stock=2000, notes=each.notes) for each in SHELF)
RELEASED = (BoxStatus.RELEASED, BoxStatus.SHIPPED)


def every_weeks(
    weeks: int, day: int = TUESDAY, cutoff: tuple[int, time] | None = None
) -> PlanFields:
    days, at = cutoff or (3, time(23, 59, 59))
    return PlanFields(
        code=f"{weeks}-weekly",
        name={"en": f"Every {weeks} weeks"},
        cadence=Cadence(CadenceUnit.WEEK, weeks, day),
        cutoff_days=days,
        sizes={1: 1600},
        cutoff_time=at,
        terms=PlanTerms(no_repeat=0),
    )


def every_months(months: int, day: int, **terms) -> PlanFields:
    return PlanFields(
        code=f"{months}-monthly-{day}",
        name={"en": f"Every {months} months on the {day}th"},
        cadence=Cadence(CadenceUnit.MONTH, months, day),
        cutoff_days=3,
        sizes={1: 1600},
        terms=PlanTerms(no_repeat=0, **terms),
    )


class Year:
    """A shop, its people, and what another calendar expects of them."""

    def __init__(self, shop, zone: ZoneInfo) -> None:
        self.shop = shop
        self.almanac = Almanac(zone)
        self.people: dict[str, tuple] = {}

    def join(self, name: str, plan: PlanFields, expected: Expected) -> None:
        person, subscription = self.shop.subscribe(name, self.shop.plan(plan), size=1)
        expected.signed_up = self.shop.now
        self.people[name] = (person, subscription, expected)
        self.almanac.orders.append(expected)

    def act(self, name: str, verb, *what) -> None:
        """Let somebody do something to their subscription or to one of its boxes."""
        person, subscription, _ = self.people[name]
        target = subscription.id
        if what and verb in (skip_box, unskip_box):
            target, what = self.shop.box_on(subscription, what[0]).id, ()
        with self.shop.tools.units(Actor("subscriber", str(person.id))) as work:
            verb(work, person.id, target, *what)

    def expect(self, name: str) -> Expected:
        return self.people[name][2]

    def noon(self, year: int, month: int, day: int) -> datetime:
        return self.almanac.wall(date(year, month, day), time(12))

    def live_until(self, year: int, month: int, day: int) -> None:
        """Play the time, then hold all dates and the books against what they should be."""
        moment = self.noon(year, month, day)
        self.shop.advance(moment)
        for name, (_, subscription, expected) in self.people.items():
            assert self.lived(subscription) == self.almanac.boxes(expected, moment), name
        assert self.shop.check() == ()

    def lived(self, subscription) -> list[tuple[date, datetime, datetime]]:
        return [
            (box.ships_on, box.cutoff_at, self.shop.payment(box).succeeded_at)
            for box in self.shop.boxes(subscription)
            if box.status in RELEASED
        ]


@pytest.fixture
def year_in(open_shop):
    doors = []

    def opened(zone: ZoneInfo) -> Year:
        start = datetime(2026, 10, 20, 12, tzinfo=zone).astimezone(UTC)
        shop = open_shop(start, time_zone=zone.key)
        shop.stock(*PLENTY)
        doors.append(open_door(shop.tools))
        shop.lever("webhook_endpoint", url=doors[-1].url, secret="whsec_sandbox")
        return Year(shop, zone)

    yield opened
    for door in doors:
        door.close()


def test_a_year_in_new_york_with_all_rhythms(year_in):
    """Boxes of Tuesdays lock on Sundays at two: the hour that March leaves out."""
    year = year_in(NEW_YORK)
    tuesday = date(2026, 10, 27)
    year.join("Week", every_weeks(1), Expected(tuesday, weeks=1))
    year.join("Fortnight", every_weeks(2), Expected(tuesday, weeks=2))
    for day in (29, 30, 31):
        first = date(2026, 10, day)
        year.join(f"Day{day}", every_months(1, day), Expected(first, months=1, day=day))
    year.join("Quarter", every_months(3, 30), Expected(date(2026, 10, 30), months=3, day=30))
    ahead = every_months(1, 15, billing=Billing.AHEAD, bill_day=1)
    year.join("Ahead", ahead, Expected(date(2026, 11, 15), months=1, day=15, bill_day=1))

    year.live_until(2026, 11, 20)
    year.act("Week", skip_box, date(2026, 12, 1))
    year.act("Week", skip_box, date(2026, 12, 8))
    year.act("Day31", skip_box, date(2026, 11, 30))
    year.act("Day31", unskip_box, date(2026, 11, 30))
    year.expect("Week").skipped |= {date(2026, 12, 1), date(2026, 12, 8)}
    year.live_until(2026, 12, 20)
    year.act("Day29", skip_box, date(2027, 1, 29))
    year.expect("Day29").skipped |= {date(2027, 1, 29)}
    year.live_until(2027, 1, 20)
    year.live_until(2027, 2, 20)
    year.live_until(2027, 3, 20)
    year.act("Day30", pause_subscription, date(2027, 6, 15))
    year.expect("Day30").pauses.append((year.noon(2027, 3, 20), date(2027, 6, 15)))
    year.live_until(2027, 4, 20)
    year.live_until(2027, 5, 20)
    # Thursday: the box of the coming Tuesday can still be paused.
    year.act("Week", pause_subscription)
    year.expect("Week").pauses.append((year.noon(2027, 5, 20), year.noon(2027, 6, 20)))
    year.live_until(2027, 6, 20)
    year.act("Week", resume_subscription)
    year.live_until(2027, 7, 20)
    year.act("Ahead", skip_box, date(2027, 8, 15))
    year.expect("Ahead").skipped |= {date(2027, 8, 15)}
    year.live_until(2027, 8, 20)
    year.act("Fortnight", cancel_subscription)
    year.expect("Fortnight").cancelled = year.noon(2027, 8, 20)
    year.live_until(2027, 9, 20)
    # A pause that ends between the cut-off and the day of a box: that box is outside of it.
    year.act("Week", pause_subscription, date(2027, 10, 5))
    year.expect("Week").pauses.append((year.noon(2027, 9, 20), date(2027, 10, 5)))
    year.live_until(2027, 10, 20)
    with year.shop.tools.units(Actor("staff")) as work:
        close_day(work, date(2027, 11, 9), date(2027, 11, 11), "stocktaking")
    year.almanac.moved[date(2027, 11, 9)] = date(2027, 11, 11)
    year.live_until(2027, 11, 20)
    assert len(year.lived(year.people["Week"][1])) == 56 - 2 - 5 - 1


def test_a_winter_in_berlin_with_a_cut_off_in_the_hour_that_comes_twice(year_in):
    """Boxes of Mondays close on Sundays at half past two, local time."""
    year = year_in(BERLIN)
    cutoff = (1, time(2, 30))
    week = Expected(date(2026, 10, 26), weeks=1, cutoff_days=1, cutoff_time=time(2, 30))
    year.join("Week", every_weeks(1, MONDAY, cutoff), week)
    year.join("Day31", every_months(1, 31), Expected(date(2026, 10, 31), months=1, day=31))
    for month in (11, 12):
        year.live_until(2026, month, 20)
    year.live_until(2027, 3, 20)
    closing = {box.ships_on: box.cutoff_at for box in year.shop.boxes(year.people["Week"][1])}
    assert closing[date(2026, 10, 26)] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert closing[date(2027, 3, 29)] == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    year.live_until(2027, 4, 20)

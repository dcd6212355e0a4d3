"""Signing up just before and just after the cut-off: what ships when, and what is charged when."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.core.unit_of_work import Actor
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.close_day import close_day
from app.fulfilment.services.pause_subscription import pause_subscription, resume_subscription
from app.fulfilment.services.skip_box import skip_box
from app.subscriptions.rules import Billing, Cadence, CadenceUnit, Start
from app.subscriptions.services.save_plan import PlanFields, PlanTerms

ZONE = ZoneInfo("America/New_York")
AHEAD = PlanFields(
    code="ahead",
    name={"en": "Monthly, paid ahead"},
    cadence=Cadence(CadenceUnit.MONTH, 1, 15),
    cutoff_days=3,
    sizes={2: 3000},
    terms=PlanTerms(billing=Billing.AHEAD, bill_day=1),
)


def local(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZONE).astimezone(UTC)


def charged_days(shop) -> list[date]:
    """Return the shop's days on which the subscriber's payments were collected."""
    rows = shop.sql("SELECT succeeded_at FROM payment WHERE succeeded_at IS NOT NULL ORDER BY 1")
    return [row[0].astimezone(ZONE).date() for row in rows]


def live_until(shop, *moments: datetime) -> None:
    for moment in moments:
        shop.live_at(moment)


def every_night(first: date, last: date) -> list[datetime]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [datetime.combine(day, time(2, 0), ZONE).astimezone(UTC) for day in days]


@pytest.mark.parametrize(
    ("signed_up", "first_box", "billed"),
    [
        (date(2027, 1, 10), date(2027, 1, 15), [date(2027, 1, 10), date(2027, 2, 1)]),
        (date(2027, 1, 12), date(2027, 1, 15), [date(2027, 1, 12), date(2027, 2, 1)]),
        (date(2027, 1, 13), date(2027, 2, 15), [date(2027, 1, 13), date(2027, 3, 1)]),
    ],
)
def test_who_pays_ahead_is_charged_at_once_and_again_after_the_first_box(
    open_shop, signed_up, first_box, billed
):
    shop = open_shop(local(signed_up.year, signed_up.month, signed_up.day))
    shop.stock()
    _, subscription = shop.subscribe("Ada", shop.plan(AHEAD))
    shop.run_due()
    assert shop.boxes(subscription)[0].ships_on == first_box
    assert charged_days(shop) == [signed_up]
    dates = [date(2027, month, day) for month in (1, 2, 3) for day in (1, 13, 14, 15)]
    ahead = sorted(day for day in dates if signed_up < day <= billed[1])
    live_until(shop, *(local(day.year, day.month, day.day, 3) for day in ahead))
    assert charged_days(shop) == billed
    assert first_box in shop.shipped_days(subscription)
    assert billed[1] > first_box, "nobody pays for a second box before the first has shipped"
    assert len(shop.taken()) == 2


def test_the_cut_off_day_itself_still_counts(open_shop):
    shop = open_shop(datetime(2027, 1, 12, 23, 59, 59, tzinfo=ZONE).astimezone(UTC))
    plan = shop.plan(AHEAD)
    _, ada = shop.subscribe("Ada", plan)
    shop.put(datetime(2027, 1, 13, 0, 0, 0, tzinfo=ZONE).astimezone(UTC))
    _, ben = shop.subscribe("Ben", plan)
    assert shop.boxes(ada)[0].ships_on == date(2027, 1, 15)
    assert shop.boxes(ben)[0].ships_on == date(2027, 2, 15)


def test_every_renewal_waits_until_the_box_before_it_has_left(open_shop):
    """A bill day soon after the shipping day, whatever the day somebody signs up on."""
    shop = open_shop(local(2027, 1, 1))
    terms = PlanTerms(billing=Billing.AHEAD, bill_day=20)
    plan = shop.plan(AHEAD.__class__(**{**vars(AHEAD), "terms": terms}))
    for day in range(2, 30, 3):
        shop.put(local(2027, 1, day))
        _, subscription = shop.subscribe(f"Person{day}", plan)
        boxes = shop.boxes(subscription)
        assert boxes[0].bill_at == shop.now
        for earlier, later in pairwise(boxes):
            assert later.bill_at.astimezone(ZONE).date() >= earlier.ships_on
            assert later.bill_at < later.cutoff_at


def test_a_welcome_box_ships_at_once_and_the_order_day_follows(open_shop):
    """Order day 15, cut-off on the 1st: who comes on the 2nd has missed January's regular day."""
    shop = open_shop(local(2027, 1, 2))
    shop.stock()
    plan = shop.plan(
        PlanFields(
            code="at-once",
            name={"en": "At once"},
            cadence=Cadence(CadenceUnit.MONTH, 1, 15),
            cutoff_days=14,
            sizes={2: 3000},
            terms=PlanTerms(start=Start.AT_ONCE),
        )
    )
    _, subscription = shop.subscribe("Ada", plan)
    days = [box.ships_on for box in shop.boxes(subscription)]
    assert days[:3] == [date(2027, 1, 3), date(2027, 2, 15), date(2027, 3, 15)]
    live_until(shop, local(2027, 1, 3, 3), local(2027, 2, 2, 3))
    assert shop.shipped_days(subscription) == days[:2]
    assert charged_days(shop) == [date(2027, 1, 3), date(2027, 2, 2)]


@pytest.mark.parametrize(
    ("signed_up", "next_box"),
    [(date(2027, 10, 10), date(2027, 11, 15)), (date(2027, 10, 20), date(2027, 12, 15))],
)
def test_a_plan_may_leave_a_full_interval_before_the_first_regular_box(
    open_shop, signed_up, next_box
):
    shop = open_shop(local(signed_up.year, signed_up.month, signed_up.day))
    plan = shop.plan(
        PlanFields(
            code="full",
            name={"en": "Full interval"},
            cadence=Cadence(CadenceUnit.MONTH, 1, 15),
            cutoff_days=3,
            sizes={2: 3000},
            terms=PlanTerms(start=Start.FULL_INTERVAL),
        )
    )
    _, subscription = shop.subscribe("Ada", plan)
    days = [box.ships_on for box in shop.boxes(subscription)]
    assert days[:2] == [signed_up + timedelta(days=1), next_box]


def test_a_strict_order_day_waits_and_a_flexible_one_ships_at_once_and_rounds(open_shop):
    """Order day 15. Who comes on the 20th has missed it by five days, the next is 26 days away."""
    shop = open_shop(local(2027, 3, 20))
    shop.stock()

    def ordered(name: str, terms: PlanTerms):
        cadence = Cadence(CadenceUnit.MONTH, 1, 15)
        fields = PlanFields(name.lower(), {"en": name}, cadence, 3, {2: 3000}, terms=terms)
        return shop.subscribe(name, shop.plan(fields))[1]

    strict = ordered("Ada", PlanTerms(start=Start.NEXT_OPEN))
    nearest = ordered("Ben", PlanTerms(start=Start.NEAREST))
    missed = ordered("Cleo", PlanTerms(start=Start.NEAREST, start_grace_days=4))
    allowed = ordered("Dev", PlanTerms(start=Start.NEAREST, start_grace_days=5))
    named = {"strict": strict, "nearest": nearest, "missed": missed, "allowed": allowed}
    days = {key: [box.ships_on for box in shop.boxes(each)][:3] for key, each in named.items()}
    april, may, june = (date(2027, month, 15) for month in (4, 5, 6))
    at_once = date(2027, 3, 21)
    assert days == {
        "strict": [april, may, june],
        "nearest": [at_once, april, may],
        "missed": [at_once, may, june],
        "allowed": [at_once, april, may],
    }
    live_until(shop, local(2027, 3, 21, 3), local(2027, 4, 13, 3))
    assert charged_days(shop) == [at_once] * 3 + [date(2027, 4, 13)] * 3
    assert {key: shop.shipped_days(each) for key, each in named.items()} == {
        "strict": [april],
        "nearest": [at_once, april],
        "missed": [at_once],
        "allowed": [at_once, april],
    }


@pytest.fixture
def paid_ahead(open_shop):
    """Ada has paid on 1 February for the box of 15 February."""
    shop = open_shop(local(2027, 1, 10))
    shop.stock()
    person, subscription = shop.subscribe("Ada", shop.plan(AHEAD))
    shop.run_due()
    live_until(shop, local(2027, 1, 13, 3), local(2027, 2, 1, 3))
    box = shop.box_on(subscription, date(2027, 2, 15))
    assert shop.invoice(box).status.value == "paid"
    return shop, person, subscription, box


def refunded(shop, box) -> int:
    shop.run_due()
    return shop.invoice(box).refunded_cents


def test_a_skip_gives_back_what_was_paid_ahead(paid_ahead):
    shop, person, _, box = paid_ahead
    with shop.tools.units(Actor("subscriber")) as work:
        skip_box(work, person.id, box.id)
    assert refunded(shop, box) == 3000


def test_a_pause_gives_back_what_was_paid_ahead_and_resuming_does_not_ship_it_for_nothing(
    paid_ahead,
):
    shop, person, subscription, box = paid_ahead
    with shop.tools.units(Actor("subscriber")) as work:
        pause_subscription(work, person.id, subscription.id)
    assert refunded(shop, box) == 3000
    with shop.tools.units(Actor("subscriber")) as work:
        resume_subscription(work, person.id, subscription.id)
    live_until(shop, local(2027, 2, 13, 3))
    statuses = {each.ships_on: each.status for each in shop.boxes(subscription)}
    assert statuses[date(2027, 2, 15)] is BoxStatus.PAUSED
    assert statuses[date(2027, 3, 15)] is BoxStatus.PLANNED
    assert len(shop.taken()) == 2


def test_a_closed_day_gives_back_what_was_paid_ahead(paid_ahead):
    shop, _, _, box = paid_ahead
    with shop.tools.units(Actor("staff")) as work:
        assert close_day(work, date(2027, 2, 15), None, "storm") == 1
    assert refunded(shop, box) == 3000

"""Dates are counted from the anchor: the end of a month never drifts, whatever happens between."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.core.refusals import Refused
from app.core.unit_of_work import Actor
from app.fulfilment.rules import BoxRefusal, BoxStatus
from app.fulfilment.services.change_plan import change_plan
from app.fulfilment.services.pause_subscription import pause_subscription, resume_subscription
from app.fulfilment.services.skip_box import skip_box
from app.subscriptions.rules import Cadence, CadenceUnit
from app.subscriptions.services.save_plan import PlanFields, PlanTerms
from tests.cast import WEEKLY

ZONE = ZoneInfo("America/New_York")
ENDS = [
    date(2027, 1, 31),
    date(2027, 2, 28),
    date(2027, 3, 31),
    date(2027, 4, 30),
    date(2027, 5, 31),
    date(2027, 6, 30),
    date(2027, 7, 31),
    date(2027, 8, 31),
    date(2027, 9, 30),
    date(2027, 10, 31),
    date(2027, 11, 30),
    date(2027, 12, 31),
    date(2028, 1, 31),
    date(2028, 2, 29),
    date(2028, 3, 31),
]


def monthly(day: int, every: int = 1, code: str = "monthly") -> PlanFields:
    return PlanFields(
        code=code,
        name={"en": f"On the {day}th"},
        cadence=Cadence(CadenceUnit.MONTH, every, day),
        cutoff_days=3,
        sizes={1: 1600, 2: 3000},
        terms=PlanTerms(no_repeat=0),
    )


def local(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZONE).astimezone(UTC)


def days(shop, subscription) -> list[date]:
    return [box.ships_on for box in shop.boxes(subscription)]


@pytest.mark.parametrize(
    ("plan", "signed_up", "expected"),
    [
        (monthly(31), local(2027, 1, 10), ENDS),
        (
            monthly(30),
            local(2027, 1, 10),
            [date(2027, 1, 30), date(2027, 2, 28), date(2027, 3, 30), date(2027, 4, 30)],
        ),
        (
            monthly(29, every=12),
            local(2028, 2, 10),
            [
                date(2028, 2, 29),
                *(date(year, 2, 28) for year in (2029, 2030, 2031)),
                date(2032, 2, 29),
            ],
        ),
        (
            monthly(30, every=3),
            local(2026, 11, 20),
            [date(2026, 11, 30), date(2027, 2, 28), date(2027, 5, 30), date(2027, 8, 30)],
        ),
        (
            # Signed up in February: the anchor itself is short, the wish for the 31st is not.
            monthly(31),
            local(2027, 2, 5),
            [date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30), date(2027, 5, 31)],
        ),
    ],
)
def test_a_month_that_is_too_short_does_not_shorten_the_next_one(
    open_shop, plan, signed_up, expected
):
    shop = open_shop(signed_up, cycles_ahead=len(expected))
    _, subscription = shop.subscribe("Ben", shop.plan(plan))
    assert days(shop, subscription) == expected


def test_the_anchor_holds_through_a_skip_a_pause_and_a_change_of_plan(open_shop):
    shop = open_shop(local(2027, 1, 10))
    shop.stock()
    ben, subscription = shop.subscribe("Ben", shop.plan(monthly(31)), size=1)
    larger = shop.plan(monthly(31, code="larger"))
    you = Actor("subscriber", str(ben.id))

    shop.advance(local(2027, 3, 10))
    with shop.tools.units(you) as work:
        skip_box(work, ben.id, shop.box_on(subscription, date(2027, 3, 31)).id)
    shop.advance(local(2027, 5, 10))
    with shop.tools.units(you) as work:
        pause_subscription(work, ben.id, subscription.id)
    shop.advance(local(2027, 7, 15))
    with shop.tools.units(you) as work:
        resume_subscription(work, ben.id, subscription.id)
    shop.advance(local(2027, 9, 15))
    with shop.tools.units(you) as work:
        changed = change_plan(work, ben.id, subscription.id, larger.id, 2)
        assert change_plan(work, ben.id, subscription.id, larger.id, 2) is changed
    shop.advance(local(2028, 3, 29))

    assert days(shop, subscription)[: len(ENDS)] == ENDS
    absent = {
        date(2027, 3, 31): BoxStatus.SKIPPED,
        date(2027, 5, 31): BoxStatus.PAUSED,
        date(2027, 6, 30): BoxStatus.PAUSED,
    }
    for box in shop.boxes(subscription)[: len(ENDS)]:
        assert box.status is absent.get(box.ships_on, BoxStatus.RELEASED)
    amounts = {
        box.ships_on: shop.invoice(box).total_cents for box in shop.boxes(subscription)[8:15]
    }
    # The first carries what the larger box costs for the rest of the month that was paid.
    (dearer,) = {amount for amount in amounts.values() if amount != 3000}
    assert amounts[date(2027, 9, 30)] == dearer == 3000 + 1400 * 15 // 30
    assert shop.invoice(shop.box_on(subscription, date(2027, 8, 31))).total_cents == 1600
    assert len(shop.taken()) == len(ENDS) - len(absent)
    assert len(shop.letters("plan_changed")) == 1


def test_another_rhythm_gets_a_new_anchor_and_the_cycles_count_on(open_shop):
    shop = open_shop(local(2027, 1, 10))
    shop.stock()
    ben, subscription = shop.subscribe("Ben", shop.plan(monthly(31)), size=1)
    weekly = shop.plan(WEEKLY, no_repeat=0)
    shop.advance(local(2027, 2, 10))
    with shop.tools.units(Actor("subscriber")) as work:
        skip_box(work, ben.id, shop.box_on(subscription, date(2027, 3, 31)).id)
        change_plan(work, ben.id, subscription.id, weekly.id, 1)
    assert [(box.cycle, box.ships_on) for box in shop.boxes(subscription)] == [
        (0, date(2027, 1, 31)),
        (1, date(2027, 2, 17)),
        (2, date(2027, 2, 24)),
        (3, date(2027, 3, 3)),
        (4, date(2027, 3, 10)),
    ]
    shop.advance(local(2027, 3, 2))
    assert shop.shipped_days(subscription) == [
        date(2027, 1, 31),
        date(2027, 2, 17),
        date(2027, 2, 24),
        date(2027, 3, 3),
    ]


def test_the_plan_cannot_change_under_a_box_that_is_being_packed(open_shop):
    shop = open_shop(local(2027, 1, 10))
    ben, subscription = shop.subscribe("Ben", shop.plan(monthly(31)), size=1)
    weekly = shop.plan(WEEKLY)
    shop.put(local(2027, 1, 29, 1))  # after the cut-off, before the lock
    with (
        shop.tools.units(Actor("subscriber")) as work,
        pytest.raises(Refused) as refused,
    ):
        change_plan(work, ben.id, subscription.id, weekly.id, 1)
    assert refused.value.refusal is BoxRefusal.UNDER_WAY
    assert days(shop, subscription)[0] == date(2027, 1, 31)

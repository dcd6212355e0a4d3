"""Other days than planned: ship now, another day, another rhythm, late payments, and ends."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.core.refusals import Refused
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.change_rhythm import change_rhythm
from app.fulfilment.services.move_box import move_box
from app.fulfilment.services.ship_now import ship_now
from app.subscriptions.models import Subscription
from app.subscriptions.rules import Cadence, CadenceUnit, SubscriptionStatus
from app.subscriptions.services.save_plan import Selling
from app.subscriptions.term_rules import Arrears, Rescheduling, TermRefusal
from tests.cast import MONTHLY, WEEKLY
from tests.stories.ahead import ship_released
from tests.stories.shop import EMPTY

ZONE = ZoneInfo("America/New_York")
GONE = (BoxStatus.RELEASED, BoxStatus.SHIPPED)


def local(month: int, day: int, hour: int = 3, year: int = 2027) -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZONE).astimezone(UTC)


@pytest.fixture
def shop(open_shop):
    shop = open_shop(local(2, 26))
    shop.stock()
    return shop


def planned(shop, subscription) -> list[date]:
    return [each.ships_on for each in shop.boxes(subscription) if each.status is BoxStatus.PLANNED]


def test_shipping_now_charges_once_and_the_next_box_comes_an_interval_later(shop):
    person, ada = shop.subscribe("Ada", shop.plan(WEEKLY))
    shop.advance(local(3, 5))
    for _ in range(2):
        with shop.tools.units(shop.actor) as work:
            ship_now(work, person.id, ada.id)
    assert planned(shop, ada)[:2] == [date(2027, 3, 6), date(2027, 3, 17)]
    shop.advance(local(3, 12))
    with shop.tools.units(shop.actor) as work:
        assert work.now > local(3, 11)
    assert shop.shipped_days(ada) == [date(2027, 3, 3), date(2027, 3, 6)]
    assert [each.amount_cents for each in shop.taken()] == [3000, 3000]
    assert len(shop.letters("box_rescheduled")) == 1


def test_another_day_moves_one_box_and_the_rest_keeps_its_rhythm(shop):
    person, ada = shop.subscribe("Ada", shop.plan(WEEKLY))
    second = shop.box_on(ada, date(2027, 3, 10))
    with shop.tools.units(shop.actor) as work:
        move_box(work, person.id, second.id, date(2027, 3, 12))
    days = [date(2027, 3, day) for day in (3, 12, 17, 24)]
    assert planned(shop, ada) == days
    shop.advance(local(3, 22))
    assert shop.shipped_days(ada) == days
    for day, refusal in (
        (date(2027, 3, 23), TermRefusal.DAY_TOO_SOON),
        (date(2027, 4, 8), TermRefusal.DAY_OF_ANOTHER),
    ):
        with pytest.raises(Refused) as refused, shop.tools.units(shop.actor) as work:
            move_box(work, person.id, shop.box_on(ada, date(2027, 3, 31)).id, day)
        assert refused.value.refusal is refusal


def test_another_day_may_move_all_boxes_after_it(shop):
    shift = replace(WEEKLY, selling=Selling(rescheduling=Rescheduling.SHIFT))
    person, ada = shop.subscribe("Ada", shop.plan(shift))
    with shop.tools.units(shop.actor) as work:
        move_box(work, person.id, shop.box_on(ada, date(2027, 3, 10)).id, date(2027, 3, 12))
    assert planned(shop, ada) == [date(2027, 3, day) for day in (3, 12, 19, 26)]


@pytest.mark.parametrize(
    ("recount", "days"),
    [
        (True, [date(2027, 10, 30), date(2027, 11, 30)]),
        (False, [date(2027, 11, 30), date(2027, 12, 30)]),
    ],
)
def test_another_rhythm_counts_from_the_last_box_or_from_the_next(open_shop, recount, days):
    shop = open_shop(local(9, 1))
    shop.stock()
    plan = replace(
        MONTHLY,
        cadence=Cadence(CadenceUnit.MONTH, 2, 30),
        selling=Selling(rhythms=(1, 2), recount=recount),
    )
    person, ada = shop.subscribe("Ada", shop.plan(plan))
    shop.advance(local(10, 5))
    assert shop.shipped_days(ada) == [date(2027, 9, 30)]
    with shop.tools.units(shop.actor) as work:
        change_rhythm(work, person.id, ada.id, 1)
    assert planned(shop, ada)[:2] == days
    with pytest.raises(Refused) as refused, shop.tools.units(shop.actor) as work:
        change_rhythm(work, person.id, ada.id, 5)
    assert refused.value.refusal is TermRefusal.NO_SUCH_RHYTHM


def test_a_year_that_ships_every_three_months_is_four_boxes_and_one_charge(open_shop):
    shop = open_shop(local(1, 10))
    shop.stock()
    yearly = replace(
        MONTHLY,
        cadence=Cadence(CadenceUnit.MONTH, 3, 31),
        sizes={2: 30_000},
        selling=Selling(charge_every=4),
    )
    _, ada = shop.subscribe("Ada", shop.plan(yearly))
    for month in (2, 5, 8, 11):
        shop.advance(local(month, 5))
        ship_released(shop)
    assert shop.shipped_days(ada) == [
        date(2027, 1, 31),
        date(2027, 4, 30),
        date(2027, 7, 31),
        date(2027, 10, 31),
    ]
    assert [each.amount_cents for each in shop.taken()] == [120_000]
    shop.advance(local(2, 5, year=2028))
    assert [each.amount_cents for each in shop.taken()] == [120_000, 120_000]


def test_it_ends_after_so_many_boxes_or_on_a_day(shop):
    short = replace(WEEKLY, selling=Selling(ends_after=2))
    season = replace(WEEKLY, code="season", selling=Selling(ends_on=date(2027, 3, 16)))
    _, ada = shop.subscribe("Ada", shop.plan(short))
    _, ben = shop.subscribe("Ben", shop.plan(season))
    for day in (1, 8, 15, 22):
        shop.advance(local(3, day))
        ship_released(shop)
    both = [date(2027, 3, 3), date(2027, 3, 10)]
    assert [shop.shipped_days(ada), shop.shipped_days(ben)] == [both, both]
    ended = [each.status for each in shop.rows(Subscription)]
    assert ended == [SubscriptionStatus.ENDED, SubscriptionStatus.ENDED]
    assert len(shop.taken()) == 4


@pytest.mark.parametrize(
    ("arrears", "following"),
    [(Arrears.KEEP, date(2027, 3, 31)), (Arrears.COUNT, date(2027, 4, 7))],
)
def test_a_late_payment_keeps_the_schedule_unless_the_plan_counts_from_it(shop, arrears, following):
    fortnightly = replace(
        WEEKLY,
        cadence=Cadence(CadenceUnit.WEEK, 4, 3),
        selling=Selling(arrears=arrears),
    )
    person, dev = shop.subscribe("Dev", shop.plan(fortnightly))
    shop.change_card(person, EMPTY)
    shop.advance(local(3, 9))
    shop.give_new_card(person)
    shop.run_due()
    boxes = shop.boxes(dev)
    assert (boxes[0].status in GONE, boxes[1].ships_on) == (True, following)

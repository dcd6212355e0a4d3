"""A chosen coffee runs out: what comes nearest goes in, never dearer, never what is ruled out."""

import uuid
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.catalog.models import Reservation, Sku, Stock
from app.catalog.rules import HoldStatus, Roast
from app.catalog.services.move_stock import count_stock, reserve
from app.core.unit_of_work import Actor
from app.fulfilment.queries import box_of
from app.fulfilment.rules import BoxStatus
from app.fulfilment.slip_queries import packing_slips
from app.jobs.nightly import nightly
from app.personalization.queries import mixes
from app.personalization.rules import Exclusion, ExclusionKind, LineSource
from app.personalization.services.set_mix import set_mix
from app.subscriptions.rules import Billing, Cadence, CadenceUnit, Pricing
from app.subscriptions.services.save_plan import PlanFields, PlanTerms
from tests.cast import WEDNESDAY, WEEKLY, Coffee

ZONE = ZoneInfo("America/New_York")
FIRST, SECOND, THIRD = date(2027, 1, 13), date(2027, 1, 20), date(2027, 1, 27)
BY_CONTENTS = PlanFields(
    code="contents",
    name={"en": "By what is in it"},
    cadence=Cadence(CadenceUnit.WEEK, 1, WEDNESDAY),
    cutoff_days=3,
    sizes={2: 3000},
    terms=PlanTerms(pricing=Pricing.CONTENTS, max_per_item=2, no_repeat=3),
)
NO_DECAF = (Exclusion(ExclusionKind.DECAF),)
# What Ada wants, and what stands beside it on the shelf. Taste decides who is most alike: the
# dear one and the decaf come nearest, then last week's, then the one that may go in.
SHELF = (
    Coffee("wanted", Roast.MEDIUM, 1500, acidity=6, body=6, notes=("caramel",)),
    Coffee("fitting", Roast.MEDIUM, 1550, 10, acidity=7, body=6, notes=("caramel",)),
    Coffee("dear", Roast.MEDIUM, 1800, 10, acidity=6, body=6, notes=("caramel",)),
    Coffee("quiet", Roast.MEDIUM, 1400, 10, decaf=True, acidity=6, body=6, notes=("caramel",)),
    Coffee("last", Roast.MEDIUM, 1500, 10, acidity=6.2, body=6, notes=("caramel",)),
    Coffee("far", Roast.DARK, 1500, 10, acidity=2, body=9, notes=("smoke",)),
)


def local(day: date, hour: int = 3) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).astimezone(UTC)


@pytest.fixture
def shop(open_shop):
    return open_shop(datetime(2027, 1, 4, 15, tzinfo=UTC))


@pytest.fixture
def products(shop):
    return shop.stock(*SHELF)


@pytest.fixture
def ada(shop, products):
    """Ada got two bags of last week's coffee; from now on she wants two of another one."""
    person, subscription = shop.subscribe("Ada", shop.plan(BY_CONTENTS), exclusions=NO_DECAF)
    choose(shop, person, subscription, products["last"])
    shop.live_at(local(date(2027, 1, 11)))
    assert [line.units for line in shop.lines(shop.box_on(subscription, FIRST))] == [2]
    choose(shop, person, subscription, products["wanted"])
    take_stock(shop, "wanted", 100)
    return person, subscription


def choose(shop, person, subscription, product, units=2):
    with shop.tools.units(Actor("subscriber")) as work:
        set_mix(work, person.id, subscription.id, {product: units})


def take_stock(shop, code: str, units: int) -> None:
    sku = shop.rows(Sku, Sku.code == f"{code}-250")[0]
    with shop.tools.units(shop.actor) as work:
        count_stock(work, sku.id, -units, "breakage", f"{code} {units} {work.actor.request_id}")


def bring_stock(shop, code: str, units: int) -> None:
    take_stock(shop, code, -units)


def stock_of(shop, code: str) -> Stock:
    sku = shop.rows(Sku, Sku.code == f"{code}-250")[0]
    return shop.rows(Stock, Stock.sku_id == sku.id)[0]


def test_the_nearest_one_that_is_allowed_goes_in_at_the_agreed_price(shop, ada, products):
    person, subscription = ada
    shop.live_at(local(date(2027, 1, 18)))
    box = shop.box_on(subscription, SECOND)
    assert [(line.product_id, line.units, line.unit_cents) for line in shop.lines(box)] == [
        (products["fitting"], 2, 1500)
    ]
    line = shop.lines(box)[0]
    assert (line.source, line.instead_of) == (LineSource.SUBSTITUTE, "Wanted")
    assert shop.invoice(box).total_cents == 3000
    assert shop.taken()[0].amount_cents == 3000
    letter = shop.letters("box_changed_substitution")[-1]
    assert letter.facts["substitutions"] == [{"wanted": "Wanted", "got": "Fitting", "units": 2}]
    assert [
        post for post in shop.tools.mailer.posts if "2 × Fitting instead of Wanted" in post.text
    ]
    with shop.tools.units(Actor("staff")) as work:
        packed = box_of(work.session, person.id, box.id)
        assert [(each.name, each.instead_of) for each in packed.lines] == [("Fitting", "Wanted")]
        (slip,) = packing_slips(work.session, box.batch_id)
        assert [(each.units, each.instead_of) for each in slip.lines] == [(2, "Wanted")]
        standing = mixes(work.session, [subscription.id])[subscription.id]
    assert standing == {products["wanted"]: 2}, "the next box asks for the same again"


def test_the_choice_comes_back_as_soon_as_it_is_in_stock(shop, ada, products):
    _, subscription = ada
    shop.live_at(local(date(2027, 1, 18)))
    sku = shop.rows(Sku, Sku.code == "wanted-250")[0]
    with shop.tools.units(shop.actor) as work:
        count_stock(work, sku.id, 10, "delivery", "second")
    shop.live_at(local(date(2027, 1, 25)))
    lines = shop.lines(shop.box_on(subscription, THIRD))
    assert [(line.product_id, line.units, line.source) for line in lines] == [
        (products["wanted"], 2, LineSource.CHOSEN)
    ]


def test_what_cannot_be_replaced_is_not_charged(shop, ada, products):
    _, subscription = ada
    take_stock(shop, "fitting", 9)
    take_stock(shop, "far", 10)
    shop.live_at(local(date(2027, 1, 18)))
    box = shop.box_on(subscription, SECOND)
    assert [(line.product_id, line.units) for line in shop.lines(box)] == [(products["fitting"], 1)]
    assert (box.missing, box.status) == (1, BoxStatus.RELEASED)
    assert shop.invoice(box).total_cents == 1500
    assert shop.taken()[0].amount_cents == 1500
    assert shop.letters("box_changed_substitution")[-1].facts["missing"] == 1
    assert stock_of(shop, "fitting").on_hand == 0


def test_a_box_that_would_be_empty_is_held_and_not_charged(shop, ada):
    _, subscription = ada
    take_stock(shop, "fitting", 10)
    take_stock(shop, "far", 10)
    shop.live_at(local(date(2027, 1, 18)))
    box = shop.box_on(subscription, SECOND)
    assert (box.status, box.invoice_id) == (BoxStatus.HELD, None)
    assert len(shop.taken()) == 1, "the first box's payment is the only one"
    assert {letter.person_id for letter in shop.letters("box_held")} == {ada[0].id, None}

    # It is tried every night, apart from payments: it goes as soon as there is coffee for it.
    for day, statuses in ((19, BoxStatus.HELD), (20, BoxStatus.RELEASED)):
        shop.live_at(local(date(2027, 1, day)))
        if day == 20:
            bring_stock(shop, "wanted", 2)
        assert nightly(shop.tools) == 0
        shop.run_due()
        assert shop.box_on(subscription, SECOND).status is statuses
    assert [each.amount_cents for each in shop.taken()] == [3000, 3000]
    # After five nights without any it is given up, and the calendar stays.
    for day in (25, 29, 30):
        shop.live_at(local(date(2027, 1, day)))
        assert shop.box_on(subscription, THIRD).status is BoxStatus.HELD
        assert nightly(shop.tools) == 0
    assert shop.box_on(subscription, THIRD).status is BoxStatus.VOIDED
    (letter,) = shop.letters("box_not_filled")
    assert (letter.person_id, letter.facts["next_ships_on"]) == (ada[0].id, "2027-02-03")
    bring_stock(shop, "wanted", 3)
    shop.live_at(local(date(2027, 2, 1)))
    assert shop.shipped_days(subscription) == [FIRST, SECOND, date(2027, 2, 3)]


@pytest.mark.parametrize("card_works_at_once", [True, False])
def test_a_box_paid_ahead_gives_back_what_is_missing_in_it(shop, products, card_works_at_once):
    """Paid ahead, half of it gone at the lock: 1500 of 3000 come back, however late it was paid."""
    plan = shop.plan(WEEKLY, billing=Billing.AHEAD, bill_day=1, max_per_item=2, no_repeat=0)
    number = "4242424242424242" if card_works_at_once else "4000000000009995"
    person, subscription = shop.subscribe("Ben", plan, exclusions=NO_DECAF)
    shop.change_card(person, number)
    choose(shop, person, subscription, products["wanted"], 1)
    shop.run_due()
    for code, units in (("fitting", 10), ("dear", 10), ("last", 10), ("far", 10), ("wanted", 99)):
        take_stock(shop, code, units)
    shop.live_at(local(date(2027, 1, 11)))
    box = shop.box_on(subscription, FIRST)
    assert (len(shop.lines(box)), box.missing) == (1, 1)
    if not card_works_at_once:
        assert box.status is BoxStatus.COMPOSED
        shop.give_new_card(person)
        shop.run_due()
    box = shop.box_on(subscription, FIRST)
    assert box.status is BoxStatus.RELEASED
    shop.run_due()
    assert (shop.invoice(box).total_cents, shop.invoice(box).refunded_cents) == (3000, 1500)


def test_an_abandoned_reservation_comes_back_within_a_minute_of_its_end(shop, products):
    sku = shop.rows(Sku, Sku.code == "wanted-250")[0]
    with shop.tools.units(shop.actor) as work:
        ends = work.now + timedelta(minutes=10)
        reserve(work, "checkout", uuid.uuid4(), {sku.id: 3}, expires_at=ends)
    assert stock_of(shop, "wanted").on_hand == 97
    shop.live_at(ends - timedelta(seconds=1))
    assert stock_of(shop, "wanted").on_hand == 97
    shop.live_at(ends)
    assert stock_of(shop, "wanted").on_hand == 100
    held = shop.rows(Reservation, Reservation.status == HoldStatus.HELD)
    assert held == []

"""What boxes cost: by their own price or by what is in them, by number, and at a new price."""

from dataclasses import replace
from datetime import date

import pytest

from app.billing.price_models import PriceNotice
from app.billing.services.change_price import announce_price
from app.billing.services.set_shipping import save_shipping
from app.billing.shipping_rules import ShippingPrice
from app.catalog.rules import Grind
from app.catalog.services.move_stock import count_stock
from app.catalog.services.save_product import SkuFields, save_sku
from app.finance.rules import Ledger
from app.fulfilment.services.skip_box import skip_box
from app.personalization.services.set_mix import set_mix
from app.subscriptions.price_term_rules import PriceTerms
from app.subscriptions.rules import Pricing, SizeKind
from app.subscriptions.services.change_terms import change_grind
from app.subscriptions.services.price_plan import price_plan
from tests.cast import WEEKLY, Coffee
from tests.stories.ahead import balance, ship_released
from tests.stories.quoted import (
    FIRST,
    FOURTH,
    SECOND,
    THIRD,
    billed,
    local,
    parts,
    quoted,
    reductions,
)

SHELF = tuple(
    Coffee(code, price_cents=cents)
    for code, cents in {"kenya": 1800, "brazil": 1200, "huila": 1500, "java": 1700}.items()
)
OPEN = replace(WEEKLY, code="open", sizes={2: 0, 4: 0, 10: 0})


@pytest.fixture
def shop(open_shop):
    return open_shop(local(2, 26))


def mixed(shop, name, plan, size, units, coffees):
    """Let somebody subscribe with a mix of their own: units of each coffee by its code."""
    person, subscription = shop.subscribe(name, plan, size)
    with shop.tools.units(shop.actor) as work:
        named = {coffees[code]: count for code, count in units.items()}
        set_mix(work, person.id, subscription.id, named)
    return person, subscription


def test_a_box_costs_its_own_price_or_what_is_in_it_in_these_bags_and_grinds(shop):
    coffees = shop.stock(*SHELF)
    fixed = shop.plan(WEEKLY)
    by_contents = shop.plan(
        OPEN, pricing=Pricing.CONTENTS, tiers=((4, 500), (10, 1500)), max_per_item=4
    )
    portions = shop.plan(
        replace(OPEN, code="portions", sizes={1000: 0}),
        pricing=Pricing.CONTENTS,
        size_kind=SizeKind.GRAMS,
        max_per_item=4,
    )
    with shop.tools.units(shop.actor) as work:
        price_plan(work, "open", PriceTerms((), ((5000, 500), (6000, 1000)), 3000))
        ground = SkuFields("kenya-espresso", 250, 1900, Grind.ESPRESSO)
        ground_id = save_sku(work, coffees["kenya"], ground).id
        count_stock(work, ground_id, 50, "delivery", "ground")
        save_shipping(work, ShippingPrice("US", "US", "", 0, 495, 5000))
    people = {
        "fixed": mixed(shop, "Ada", fixed, 2, {"kenya": 1, "java": 1}, coffees),
        "by count": mixed(shop, "Ben", by_contents, 4, {"brazil": 4}, coffees),
        "by worth": mixed(shop, "Cleo", by_contents, 4, dict.fromkeys(coffees, 1), coffees),
        "by ten": mixed(
            shop, "Dev", by_contents, 10, {"kenya": 4, "brazil": 4, "huila": 2}, coffees
        ),
        "least": mixed(shop, "Eve", by_contents, 2, {"brazil": 1, "huila": 1}, coffees),
        "ground": mixed(shop, "Fay", portions, 1000, {"kenya": 1, "brazil": 3}, coffees),
    }
    fay, her_own = people["ground"]
    assert parts(quoted(shop, people["ground"], FIRST)) == {"box": 5400, "shipping": 0}
    with shop.tools.units(shop.actor) as work:
        set_mix(work, fay.id, her_own.id, {coffees["brazil"]: 4})
    cheaper = quoted(shop, people["ground"], FIRST)
    assert (parts(cheaper), cheaper.free_from_cents) == ({"box": 4800, "shipping": 495}, 200)
    with shop.tools.units(shop.actor) as work:
        change_grind(work, fay.id, her_own.id, Grind.ESPRESSO)
        set_mix(work, fay.id, her_own.id, {coffees["kenya"]: 4})

    said = {name: quoted(shop, owner, FIRST) for name, owner in people.items()}
    assert {name: parts(quote) for name, quote in said.items()} == {
        "fixed": {"box": 3000, "shipping": 495},
        "by count": {"box": 4560, "shipping": 495},
        "by worth": {"box": 5580, "shipping": 0},
        "by ten": {"box": 12_750, "shipping": 0},
        "least": {"box": 3000, "shipping": 495},
        "ground": {"box": 7600, "shipping": 0},
    }
    assert reductions(said["by count"]) == {"5 % off": 240}
    assert reductions(said["by worth"]) == {"10 % off": 620}
    shop.live_at(local(3, 1))
    for name, owner in people.items():
        assert billed(shop, owner, FIRST).lines == said[name].lines, name
    assert sorted(each.amount_cents for each in shop.taken()) == [
        *(3495, 3495, 5055),
        *(5580, 7600, 12_750),
    ]
    packed = shop.lines(shop.box_on(her_own, FIRST))
    assert [(line.sku_id, line.units) for line in packed] == [(ground_id, 4)]
    assert balance(shop, Ledger.DEFERRED) == -37_975
    ship_released(shop)
    earned = [balance(shop, each) for each in (Ledger.BOXES, Ledger.SHIPPING, Ledger.DEFERRED)]
    assert earned == [-36_490, -1485, 0]


def test_the_number_of_a_box_and_a_new_price_count_from_their_day(shop):
    shop.stock()
    plan = shop.plan(WEEKLY)
    with shop.tools.units(shop.actor) as work:
        price_plan(work, "weekly", PriceTerms(((1, 2000), (2, 0), (3, 1000))))
    ada, ben = (shop.subscribe(name, plan) for name in ("Ada", "Ben"))
    with shop.tools.units(shop.actor) as work:
        skip_box(work, ben[0].id, shop.box_on(ben[1], SECOND).id)
        assert announce_price(work, plan.id, 2, 3300, date(2027, 3, 12)) == 2
        assert announce_price(work, plan.id, 2, 3600, date(2027, 3, 22)) == 2
    told = [
        (each.facts["old_cents"], each.facts["new_cents"]) for each in shop.letters("price_change")
    ]
    assert told == [(3000, 3300), (3000, 3300), (3300, 3600), (3300, 3600)]
    days = (FIRST, SECOND, THIRD, FOURTH)
    said = {day: quoted(shop, ada, day).total for day in days}
    for locked in (1, 8, 15, 22):
        shop.live_at(local(3, locked))
        ship_released(shop)
    cleo = shop.subscribe("Cleo", plan)
    # 20 % off the first, nothing off the second, 10 % off from the third on; the last two are
    # dearer. What was skipped has no number.
    assert {day: billed(shop, ada, day).total for day in days} == said
    assert list(said.values()) == [2400, 3000, 2970, 3240]
    assert [billed(shop, ben, day).total for day in (FIRST, THIRD, FOURTH)] == [2400, 3300, 3240]
    assert quoted(shop, cleo, date(2027, 3, 31)).total == 2400
    notices = shop.rows(PriceNotice)
    assert {each.applied_at is not None for each in notices} == {True}
    assert (balance(shop, Ledger.BOXES), balance(shop, Ledger.DEFERRED)) == (-20_550, 0)

"""What people change in a box before it closes, and the tax of the day on which it is charged."""

from dataclasses import replace
from datetime import date

import pytest

from app.billing.services.import_tax_rates import save_tax_rate
from app.billing.services.set_shipping import exempt, save_shipping
from app.billing.shipping_rules import ShippingPrice
from app.billing.tax_rules import Rate
from app.catalog.models import Sku, Stock
from app.catalog.services.move_stock import count_stock
from app.core.refusals import Refused
from app.finance.rules import Ledger
from app.fulfilment.rules import BoxRefusal
from app.fulfilment.services.add_to_box import add_to_box
from app.fulfilment.services.choose_lines import swap_product
from app.fulfilment.services.send_elsewhere import preview_address, send_elsewhere
from app.fulfilment.services.skip_box import skip_box
from app.people.rules import PeopleRefusal
from app.personalization.services.set_mix import set_mix
from app.subscriptions.rules import Pricing
from tests.cast import HOME, WEEKLY, Coffee
from tests.stories.ahead import balance, ship_released
from tests.stories.quoted import FIRST, SECOND, THIRD, billed, local, parts, quoted
from tests.stories.shop import EMPTY

SHELF = tuple(
    Coffee(code, price_cents=cents)
    for code, cents in {"kenya": 1800, "brazil": 1200, "huila": 1500, "java": 1700}.items()
)


@pytest.fixture
def shop(open_shop):
    return open_shop(local(2, 26))


def skus(shop):
    return {sku.code.removesuffix("-250"): sku.id for sku in shop.rows(Sku)}


def test_swaps_and_additions_are_for_one_box_or_all_and_cost_what_was_said(shop):
    coffees = shop.stock(*SHELF)
    ada = shop.subscribe("Ada", shop.plan(WEEKLY, pricing=Pricing.CONTENTS))
    person, own = ada
    sku = skus(shop)
    with shop.tools.units(shop.actor) as work:
        set_mix(work, person.id, own.id, {coffees["kenya"]: 1, coffees["brazil"]: 1})
        box = shop.box_on(own, FIRST)
        swap_product(work, person.id, box.id, coffees["brazil"], coffees["java"])
        add_to_box(work, (person.id, own.id), sku["huila"], 2)
        add_to_box(work, (person.id, own.id), sku["brazil"], 1, lasting=True)
        skip_box(work, person.id, box.id)
    # What was swapped stays with the skipped box; what was added once waits for the next one.
    said = quoted(shop, ada, SECOND)
    assert parts(said) == {"box": 3000, "add_on": 4200}
    with shop.tools.units(shop.actor) as work:
        second = shop.box_on(own, SECOND)
        swap_product(work, person.id, second.id, coffees["brazil"], coffees["java"])
    said = quoted(shop, ada, SECOND)
    later = quoted(shop, ada, THIRD)
    assert (parts(said), parts(later)) == (
        {"box": 3500, "add_on": 4200},
        {"box": 3000, "add_on": 1200},
    )
    shop.live_at(local(3, 8))
    with shop.tools.units(shop.actor) as work, pytest.raises(Refused) as late:
        swap_product(work, person.id, second.id, coffees["java"], coffees["brazil"])
    assert late.value.refusal is BoxRefusal.TOO_LATE
    assert billed(shop, ada, SECOND).lines == said.lines
    ship_released(shop)
    sold = (Ledger.BOXES, Ledger.ADD_ONS, Ledger.DEFERRED)
    assert [balance(shop, each) for each in sold] == [-3500, -4200, 0]

    # All that is added runs out before the lock: it is left out, the box goes and nobody waits.
    with shop.tools.units(shop.actor) as work:
        add_to_box(work, (person.id, own.id), sku["huila"], 2)
        left = work.session.get_one(Stock, sku["huila"])
        count_stock(work, sku["huila"], -left.on_hand, "tasting", "all of it")
    shop.live_at(local(3, 15))
    assert parts(billed(shop, ada, THIRD)) == parts(later)
    (letter,) = shop.letters("add_on_dropped")
    assert [each["added"]["en"] for each in letter.facts["names"]] == ["Huila"]
    assert sorted(each.amount_cents for each in shop.taken()) == [4200, 7700]
    assert shop.shipped_days(own) == [SECOND, THIRD]
    ship_released(shop)
    assert [balance(shop, each) for each in sold] == [-6500, -5400, 0]


def test_another_address_is_priced_before_it_is_kept_and_may_be_for_one_box(shop):
    shop.stock()
    ada = shop.subscribe("Ada", shop.plan(WEEKLY))
    whose = (ada[0].id, ada[1].id)
    salem = replace(HOME, line1="7 Pine Road", city="Salem", region="OR", postcode="97301")
    with shop.tools.units(shop.actor) as work:
        for region, cents, tax_bp in (("MA", 495, 625), ("OR", 995, 0)):
            save_shipping(work, ShippingPrice(region, "US", region, 0, cents))
            save_tax_rate(work, Rate("US", region, "", tax_bp, date(2027, 1, 1)))
    with shop.tools.units.rehearse(shop.actor) as work:
        preview = preview_address(work, whose, salem, True)
    assert preview is not None
    sides = [(each.total, each.tax, parts(each)) for each in (preview.before, preview.after)]
    assert sides == [
        (3713, 218, {"box": 3187, "shipping": 526}),
        (3995, 0, {"box": 3000, "shipping": 995}),
    ]
    assert quoted(shop, ada, FIRST).total == 3713, "nothing is kept by looking"
    # The first box alone goes to Salem, the second home again; then all of them go there.
    with shop.tools.units(shop.actor) as work:
        send_elsewhere(work, whose, salem, only_next=True)
    said = quoted(shop, ada, FIRST)
    assert parts(said) == {"box": 3000, "shipping": 995}
    shop.live_at(local(3, 1))
    shop.live_at(local(3, 8))
    with shop.tools.units(shop.actor) as work:
        send_elsewhere(work, whose, replace(salem, city="Eugene"), only_next=True)
        send_elsewhere(work, whose, salem)
        with pytest.raises(Refused) as refused:
            send_elsewhere(work, whose, replace(salem, postcode=" "), only_next=True)
    assert (refused.value.refusal, refused.value.field) == (
        PeopleRefusal.ADDRESS_INCOMPLETE,
        "postcode",
    )
    shop.live_at(local(3, 15))
    boxes = [shop.box_on(ada[1], day) for day in (FIRST, SECOND, THIRD)]
    assert [box.address["city"] for box in boxes] == ["Salem", "Boston", "Salem"]
    assert [shop.invoice(box).total_cents for box in boxes] == [3995, 3713, 3995]
    ship_released(shop)
    sums = [balance(shop, each) for each in (Ledger.SHIPPING, Ledger.TAX, Ledger.DEFERRED)]
    assert sums == [-(995 + 495 + 995), -218, 0]


def test_tax_is_that_of_the_charge_and_an_exemption_counts_once(shop):
    shop.stock()
    with shop.tools.units(shop.actor) as work:
        for rate_bp, begins, ends in (
            (1900, date(2027, 1, 1), date(2027, 3, 7)),
            (1600, date(2027, 3, 8), date(2027, 3, 14)),
            (1900, date(2027, 3, 15), None),
        ):
            save_tax_rate(work, Rate("US", "", "", rate_bp, begins, ends, True, f"VAT {begins}"))
    plan = shop.plan(WEEKLY)
    ada, dev = shop.subscribe("Ada", plan), shop.subscribe("Dev", plan)
    with shop.tools.units(shop.actor) as work:
        exempt(work, dev[0].id, "C-1", (date(2027, 1, 1), None))
    shop.change_card(dev[0], EMPTY)
    days = (FIRST, SECOND, THIRD)
    said = {day: quoted(shop, ada, day) for day in days}
    assert [(each.total, each.tax) for each in said.values()] == [
        (3000, 479),
        (3000, 414),
        (3000, 479),
    ]
    # 30.00 hold 4.79 of tax, which whoever is exempt does not pay, however often it is tried.
    without = quoted(shop, dev, FIRST)
    assert (without.total, without.tax) == (2521, 0)
    shop.live_at(local(3, 1))
    shop.live_at(local(3, 2))
    box = shop.box_on(dev[1], FIRST)
    assert (len(shop.attempts(box)), shop.payment(box).amount_cents) == (2, 2521)
    shop.give_new_card(dev[0])
    shop.run_due()
    for locked in (8, 15):
        shop.live_at(local(3, locked))
    assert {day: billed(shop, ada, day).lines for day in days} == {
        day: quote.lines for day, quote in said.items()
    }
    assert [billed(shop, dev, day).total for day in days] == [2521, 2586, 2521]
    ship_released(shop)
    sums = [balance(shop, each) for each in (Ledger.TAX, Ledger.BOXES, Ledger.DEFERRED)]
    assert sums == [-1372, -15_256, 0]

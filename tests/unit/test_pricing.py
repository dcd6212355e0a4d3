"""What an order costs: exact to the cent, reduced and taxed once, refunded line by line."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.box_price_rules import BoxTerms, PricedLine, price_box
from app.billing.pricing_rules import Delivery, Item, LineKind, Off, Order, Quote, quote
from app.billing.rules import InvoiceLineDraft, quote_of
from app.core.money import split_by_weight, split_evenly, spread
from app.fulfilment.pricing import agreed_price
from app.subscriptions.rules import Pricing
from tests.pricing_orders import LAWS, ORDERS

FIXED = BoxTerms(Pricing.FIXED, "Weekly box", 3000, 2)
CENTS = st.integers(0, 10_000_00)


def contents(*tiers: tuple[int, int]) -> BoxTerms:
    return BoxTerms(Pricing.CONTENTS, "By contents", 0, 10, tiers)


def line(units: int, cents: int) -> PricedLine:
    return PricedLine("Kenya", "kenya-250", units, cents)


def priced(terms: BoxTerms, lines=(), missing: int = 0, tax_bp: int = 0, **order) -> Quote:
    box = price_box(terms, lines, missing, tax_bp)
    return quote(Order(box.items, (*box.offs, *order.pop("offs", ())), **order))


@given(ORDERS)
@pytest.mark.parametrize("law", LAWS, ids=[law.__name__ for law in LAWS])
def test_every_order_keeps_the_laws_of_pricing(law, order):
    law(order)


def test_a_fixed_box_costs_its_price_whatever_is_in_it():
    assert priced(FIXED, [line(1, 900), line(1, 9900)]).total == 3000


def test_what_is_missing_in_a_fixed_box_is_taken_off_in_proportion():
    found = priced(FIXED, [line(1, 900)], 1)
    assert [each.amount_cents for each in found.lines] == [3000, -1500]
    assert priced(replace(FIXED, price_cents=1000, slots=3), missing=1).total == 667
    assert priced(FIXED, missing=9).total == 0


@pytest.mark.parametrize(
    ("units", "off", "expected"),
    [(2, 0, 3000), (3, 500, 4275), (4, 1000, 5400), (9, 1000, 12150)],
)
def test_more_bags_reach_the_next_tier(units, off, expected):
    found = priced(contents((3, 500), (4, 1000)), [line(units, 1500)])
    assert found.total == expected
    assert [each.text for each in found.lines][1:] == ([f"{off / 100:g} % off"] if off else [])


def test_spending_more_reaches_a_tier_and_the_better_one_counts():
    terms = replace(contents((9, 1000)), spend_tiers=((5000, 500), (6000, 1200)))
    assert priced(terms, [line(3, 1500)]).total == 4500
    assert priced(terms, [line(4, 1250)]).total == 4750
    assert priced(terms, [line(9, 1000)]).total == 7920


def test_contents_cost_their_least_price_unless_something_is_missing():
    terms = replace(contents((2, 1000)), least_cents=4000)
    assert priced(terms, [line(2, 1500)]).total == 4000
    assert priced(terms, [line(2, 2100)]).total == 4000
    assert priced(terms, [line(2, 1500)], missing=1).total == 2700


def test_the_price_goes_on_with_the_number_of_the_box():
    terms = replace(FIXED, progression=((1, 5000), (2, 1000), (4, 0)))
    paid = [priced(replace(terms, number=number)).total for number in (1, 2, 3, 4, 9)]
    assert paid == [1500, 2700, 2700, 3000, 3000]


def test_what_was_paid_ahead_is_free_but_not_what_is_added():
    tea = Item(LineKind.ADD_ON, "Tea", 1, 800)
    box = price_box(FIXED, (), 0)
    found = quote(Order((*box.items, tea), delivery=Delivery("Delivery", 500), covered=True))
    assert [each.net_cents for each in found.lines] == [0, 800, 0, 0]


def test_delivery_is_free_from_a_worth_of_goods_on_after_discounts():
    delivery = Delivery("Delivery", 500, free_from_cents=3000)
    assert priced(FIXED, delivery=delivery).total == 3000
    less = priced(FIXED, delivery=delivery, offs=(Off("10 % off", 1000),))
    assert (less.total, less.free_from_cents) == (3200, 300)


def test_an_exemption_takes_the_tax_out_of_a_price_once():
    price = replace(FIXED, price_cents=41_293)
    found = priced(price, tax_bp=1900, inclusive=True, exempt=True)
    assert (found.total, found.tax) == (34_700, 0)
    again = priced(price, tax_bp=1900, inclusive=True, exempt=True)
    assert again == found


def test_credit_pays_and_is_no_discount():
    found = priced(FIXED, tax_bp=1000, credit_cents=5000)
    assert (found.total, found.tax, found.credit_cents, found.due) == (3300, 300, 3300, 0)


def test_a_discount_of_an_amount_never_goes_below_nothing():
    found = priced(FIXED, offs=(Off("40 off", off_cents=4000), Off("10 % off", 1000)))
    assert found.total == 0
    assert [each.amount_cents for each in found.lines] == [3000, -3000]


def test_a_price_of_less_than_nothing_is_refused():
    with pytest.raises(ValueError, match="nothing or more"):
        quote(Order((Item(LineKind.BOX, "Box", 1, -1),)))


def test_plain_lines_are_priced_alike():
    found = quote_of(
        (InvoiceLineDraft("Box", 1, 3000), InvoiceLineDraft("Not in this box", 1, -1500)), 625
    )
    assert (found.net, found.tax, found.total) == (1500, 94, 1594)


def test_a_substitute_never_costs_more_than_what_it_replaces():
    assert agreed_price(1550, 1500) == 1500
    assert agreed_price(1400, 1500) == 1400
    assert agreed_price(1550, None) == 1550


@pytest.mark.parametrize(
    ("cents", "parts", "expected"),
    [(10000, 3, (3333, 3333, 3334)), (20000, 3, (6666, 6666, 6668)), (0, 2, (0, 0))],
)
def test_the_remainder_of_a_split_falls_on_the_last_part(cents, parts, expected):
    assert split_evenly(cents, parts) == expected


def test_an_order_over_several_deliveries_splits_like_its_parts():
    plan = dict(zip((1, 4, 7, 10), split_evenly(120_000, 4), strict=True))
    tea = dict(zip((1, 3, 5, 7, 9, 11), split_evenly(60_000, 6), strict=True))
    months = {month: plan.get(month, 0) + tea.get(month, 0) for month in sorted(plan | tea)}
    assert list(months.values()) == [
        40_000, 10_000, 30_000, 10_000, 40_000, 10_000, 30_000, 10_000,
    ]  # fmt: skip
    assert sum(months.values()) == 180_000


@given(CENTS, st.lists(st.integers(0, 1000), min_size=1, max_size=9))
def test_a_weighted_split_adds_up(cents, weights):
    assert sum(split_by_weight(cents, weights)) == cents
    assert sum(spread(cents, weights)) == cents
    within = min(cents, sum(weights))
    assert all(
        0 <= share <= weight for share, weight in zip(spread(within, weights), weights, strict=True)
    )

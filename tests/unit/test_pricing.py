"""What a box costs: fixed or by its contents, never for what is missing, exact to the cent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.rules import invoice_sum
from app.core.money import split_by_weight, split_evenly
from app.fulfilment.pricing import BoxTerms, PricedLine, agreed_price, price_box
from app.subscriptions.rules import Pricing

FIXED = BoxTerms(Pricing.FIXED, "Weekly box", 3000, 2)
CENTS = st.integers(0, 10_000_00)


def contents(*tiers: tuple[int, int]) -> BoxTerms:
    return BoxTerms(Pricing.CONTENTS, "By contents", 0, 10, tiers)


def line(units: int, cents: int) -> PricedLine:
    return PricedLine("Kenya", "kenya-250", units, cents)


def total(drafts) -> int:
    return sum(draft.amount_cents for draft in drafts)


def test_a_fixed_box_costs_its_price_whatever_is_in_it():
    assert total(price_box(FIXED, [line(1, 900), line(1, 9900)], 0)) == 3000


def test_what_is_missing_in_a_fixed_box_is_taken_off_in_proportion():
    drafts = price_box(FIXED, [line(1, 900)], 1)
    assert [draft.amount_cents for draft in drafts] == [3000, -1500]
    assert total(price_box(BoxTerms(Pricing.FIXED, "Three", 1000, 3), [], 1)) == 667
    assert total(price_box(FIXED, [], 9)) == 0


@given(CENTS, st.integers(1, 12), st.integers(0, 15))
def test_a_fixed_box_never_costs_less_than_nothing_or_more_than_its_price(price, slots, missing):
    drafts = price_box(BoxTerms(Pricing.FIXED, "Box", price, slots), [], missing)
    assert 0 <= total(drafts) <= price
    assert (total(drafts) == price) or missing


@pytest.mark.parametrize(
    ("units", "off", "expected"),
    [(2, 0, 3000), (3, 500, 4275), (4, 1000, 5400), (9, 1000, 12150)],
)
def test_more_bags_reach_the_next_tier(units, off, expected):
    drafts = price_box(contents((3, 500), (4, 1000)), [line(units, 1500)], 0)
    assert total(drafts) == expected
    assert [draft.text for draft in drafts][1:] == ([f"{off / 100:g} % off"] if off else [])


@given(
    st.lists(st.tuples(st.integers(1, 9), CENTS), min_size=1, max_size=6), st.integers(0, 10_000)
)
def test_a_discount_is_rounded_once_over_the_whole_box(lines, off):
    drafts = price_box(contents((1, off)), [line(units, cents) for units, cents in lines], 0)
    whole = sum(units * cents for units, cents in lines)
    exact = whole * off / 10_000
    assert abs((whole - total(drafts)) - exact) <= 0.5
    assert total(drafts) >= 0


def test_a_substitute_never_costs_more_than_what_it_replaces():
    assert agreed_price(1550, 1500) == 1500
    assert agreed_price(1400, 1500) == 1400
    assert agreed_price(1550, None) == 1550


@given(st.lists(st.integers(-5000, 50_000), max_size=8), st.integers(0, 3000))
def test_tax_is_taken_once_on_the_sum(lines, rate):
    amounts = invoice_sum(lines, rate)
    assert amounts.net == sum(lines)
    assert amounts.total == amounts.net + amounts.tax
    assert abs(amounts.tax - amounts.net * rate / 10_000) <= 0.5


@pytest.mark.parametrize(
    ("cents", "parts", "expected"),
    [(10000, 3, (3333, 3333, 3334)), (20000, 3, (6666, 6666, 6668)), (0, 2, (0, 0))],
)
def test_the_remainder_of_a_split_falls_on_the_last_part(cents, parts, expected):
    assert split_evenly(cents, parts) == expected


@given(CENTS, st.lists(st.integers(0, 1000), min_size=1, max_size=9))
def test_a_weighted_split_adds_up(cents, weights):
    assert sum(split_by_weight(cents, weights)) == cents

"""Groups and pledges: when a discount covers a box, what a pledge may be, how a round stands."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.subscriptions.group_rules import Stretch, first_name, typed_code
from app.subscriptions.pledge_rules import range_of, round_of, spread_of
from app.subscriptions.price_term_rules import (
    GroupTerms,
    PledgeTerms,
    PriceTerms,
    dearer,
    read_back,
    refuse_price_terms,
    stored,
)
from app.subscriptions.rules import Pricing

DAY = timedelta(days=1)
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
CENTS = st.integers(0, 100_000)


def test_a_discount_covers_cut_offs_from_joining_and_its_beginning_until_either_ends():
    stretch = Stretch(NOON, NOON + 4 * DAY, NOON + DAY, NOON + 3 * DAY)
    covered = [n for n in range(-1, 7) if stretch.covers(NOON + n * DAY)]
    assert covered == [1, 2]
    assert Stretch(NOON, None, NOON, None).covers(NOON + 900 * DAY)
    assert not Stretch(NOON, NOON, NOON, None).covers(NOON)


@given(st.text(max_size=30))
def test_a_typed_code_never_has_more_than_signs(text):
    assert len(typed_code(text)) <= 8 and typed_code(typed_code(text)) == typed_code(text)
    assert " " not in first_name(text)


@given(st.integers(1, 100_000), st.integers(100, 10_000), st.integers(10_000, 100_000))
def test_a_range_holds_what_we_suggest_and_its_ends(price, floor_bp, ceiling_bp):
    allowed = range_of(price, PledgeTerms(floor_bp, ceiling_bp))
    assert allowed.floor_cents <= price <= allowed.ceiling_cents
    assert allowed.holds(price) and allowed.holds(allowed.ceiling_cents)
    assert not allowed.holds(allowed.ceiling_cents + 1)
    assert not allowed.holds(allowed.floor_cents - 1)


@given(st.lists(CENTS, min_size=1, max_size=30), CENTS)
def test_a_round_is_short_by_what_lacks_and_so_much_more_from_each_covers_it(pledges, target):
    stands = round_of(pledges, pledges, PledgeTerms(5000, 20_000, target))
    assert stands.short_cents == max(0, target - sum(pledges))
    more = [each + stands.short_each_cents for each in pledges]
    assert sum(more) >= target
    assert not stands.short_cents or sum(more) - len(more) < target
    assert not round_of(pledges, pledges, PledgeTerms(5000, 20_000)).short_cents
    assert sum(count for _, _, count in spread_of(pledges, 8)) == len(pledges)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (PriceTerms(group=GroupTerms(1, 500)), "group"),
        (PriceTerms(group=GroupTerms(3, 0)), "group"),
        (PriceTerms(pledge=PledgeTerms(10_100, 20_000)), "pledge"),
        (PriceTerms(pledge=PledgeTerms(5000, 9000)), "pledge"),
    ],
)
def test_terms_that_make_no_sense_are_refused_with_their_field(terms, field):
    found = refuse_price_terms(Pricing.FIXED, terms)
    assert found and found[1] == field


def test_a_group_that_would_pay_more_is_told_and_terms_come_back_as_they_were():
    terms = PriceTerms(group=GroupTerms(3, 1000), pledge=PledgeTerms(5000, 20_000, 9600))
    assert read_back(stored(terms)) == terms
    for worse in (None, GroupTerms(4, 1000), GroupTerms(3, 900)):
        assert dearer(terms, PriceTerms(group=worse)) == "group"
    assert dearer(terms, PriceTerms(group=GroupTerms(2, 1500))) is None
    assert refuse_price_terms(Pricing.CONTENTS, terms) is not None

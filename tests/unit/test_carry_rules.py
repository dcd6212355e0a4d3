"""What is too small to charge: decided for every amount, and no cent is lost on the way."""

from hypothesis import given
from hypothesis import strategies as st

from app.billing.carry_rules import Collected, collect, least_charge

CENTS = st.integers(0, 120)


@given(CENTS, CENTS, st.integers(1, 100))
def test_what_is_charged_and_carried_is_what_is_due(due, waiting, least):
    how = collect(due, waiting, least)
    assert how.charged + how.carried - how.brought == due
    assert how.charged == 0 or how.charged >= least
    assert how.brought in (0, waiting)


def test_a_rest_waits_until_it_is_enough_with_others():
    assert collect(30, 0, 50) == Collected(0, carried=30)
    assert collect(30, 15, 50) == Collected(0, carried=30)
    assert collect(30, 20, 50) == Collected(50, brought=20)
    assert collect(0, 40, 50) == Collected(0)


def test_the_least_is_the_shops_or_the_providers():
    assert [least_charge(each) for each in ("USD", "GBP", "XXX")] == [50, 30, 1]
    assert least_charge("USD", 100) == 100

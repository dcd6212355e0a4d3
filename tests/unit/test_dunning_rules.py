"""The terms for unpaid boxes: on which days, until when, and how often a network lets us."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.dunning_rules import DunningTerms, NextTry, free_again, next_try
from app.core.refusals import Refused

FIRST = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)


def after(days: float) -> datetime:
    return FIRST + timedelta(days=days)


def test_tries_are_counted_from_the_first_failure():
    assert next_try(FIRST, FIRST, (1, 3), None) == NextTry(after(1))
    assert next_try(FIRST, after(1), (1, 3), None) == NextTry(after(3), last=True)
    assert next_try(FIRST, after(3), (1, 3), None) == NextTry(None)
    assert next_try(FIRST, FIRST, (), None) == NextTry(None)


def test_a_try_on_which_the_box_could_be_packed_no_more_falls_out():
    assert next_try(FIRST, FIRST, (1, 3, 7), after(6.9)) == NextTry(after(1))
    assert next_try(FIRST, after(1), (1, 3, 7), after(6.9)) == NextTry(after(3), last=True)
    assert next_try(FIRST, FIRST, (1, 3), after(1)) == NextTry(None)


@given(
    st.lists(st.integers(1, 60), unique=True, max_size=12).map(sorted),
    st.floats(0, 70),
    st.floats(0, 70),
)
def test_tries_always_go_on_and_never_past_the_end(days, gone, left):
    until = after(left)
    found = next_try(FIRST, after(gone), days, until)
    if found.at is not None:
        assert after(gone) < found.at < until
        assert found.last == (next_try(FIRST, found.at, days, until).at is None)


def test_a_card_network_limits_the_declined_tries_of_a_card():
    now = after(30)
    visa = [now - timedelta(hours=30 * step) for step in range(1, 21)]
    assert free_again("visa", visa[:19], now) is None
    assert free_again("visa", visa, now) == visa[19] + timedelta(days=30)
    assert free_again("amex", visa * 5, now) is None
    one_day = [now - timedelta(hours=2 * step) for step in range(1, 11)]
    assert free_again("mastercard", one_day, now) == one_day[9] + timedelta(days=1)
    assert free_again("mastercard", visa[:10], now) is None


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (DunningTerms(days=(3, 1)), "days"),
        (DunningTerms(days=(0,)), "days"),
        (DunningTerms(days=tuple(range(1, 14))), "days"),
        (DunningTerms(after_unpaid=0), "after_unpaid"),
        (DunningTerms(cancel_after_days=0), "cancel_after_days"),
        (DunningTerms(late_days=-1), "late_days"),
    ],
)
def test_terms_without_sense_are_refused_by_field(terms, field):
    with pytest.raises(Refused) as refused:
        terms.refuse_misfit()
    assert refused.value.field == field

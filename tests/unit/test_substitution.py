"""What replaces a coffee that ran out: not too dear, then the most similar, then code order."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from app.personalization.substitution import Candidate, ranked, share_out


def candidate(code: str, cents: int = 1500, alike: float = 0.5, free: int = 9) -> Candidate:
    return Candidate(uuid.uuid5(uuid.NAMESPACE_URL, code), code, cents, alike, free)


# B is a little dearer, C much, E far away; decaf and last week's were ruled out before.
B, C, E = candidate("B", 1550, 0.90), candidate("C", 1800, 0.95), candidate("E", 1500, 0.60)
MANY = st.lists(
    st.builds(candidate, st.text("abcdef", min_size=1), st.integers(0, 3000), st.floats(0, 1)),
    max_size=8,
    unique_by=lambda each: each.code,
)


def test_the_price_is_looked_at_before_the_likeness():
    assert ranked([E, C, B], 1500, 100) == (B, E)
    assert ranked([E, C, B], 1500, 300) == (C, B, E)
    assert ranked([E, C, B], 1500, 0) == (E,)


def test_both_units_come_from_the_best_one():
    given_units, missing = share_out(2, ranked([B, C, E], 1500, 100), most=2)
    assert (given_units, missing) == ({B.sku_id: 2}, 0)


def test_what_the_best_one_lacks_the_next_one_gives_and_the_rest_is_missing():
    scarce = candidate("B", 1550, 0.90, free=1)
    assert share_out(2, (scarce,), most=2) == ({scarce.sku_id: 1}, 1)
    assert share_out(2, (scarce, E), most=2) == ({scarce.sku_id: 1, E.sku_id: 1}, 0)
    assert share_out(3, (B, E), most=1) == ({B.sku_id: 1, E.sku_id: 1}, 1)


def test_equals_come_in_an_order_that_never_changes():
    pair = [candidate("b"), candidate("a")]
    assert [each.code for each in ranked(pair, 1500, 0)] == ["a", "b"]
    assert ranked(pair, 1500, 0) == ranked(pair[::-1], 1500, 0)


@given(MANY, st.integers(0, 20), st.integers(1, 4), st.integers(0, 3000))
def test_nothing_is_invented_and_nothing_is_too_dear(candidates, units, most, agreed):
    order = ranked(candidates, agreed, 100)
    given_units, missing = share_out(units, order, most)
    known = {each.sku_id: each for each in candidates}
    assert sum(given_units.values()) + missing == units
    for sku_id, part in given_units.items():
        assert 0 < part <= min(most, known[sku_id].free)
        assert known[sku_id].price_cents <= agreed + 100
    if missing:
        assert all(given_units.get(each.sku_id) == min(most, each.free) for each in order)

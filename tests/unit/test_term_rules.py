"""What boxes paid ahead and changes of plan come to, to the cent, over examples and at random."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.subscriptions.term_rules import (
    Period,
    gross_share,
    instalment_cents,
    proration_cents,
    spread_over_orders,
    term_price,
    unused_cents,
)

cents = st.integers(0, 10_000_000)
days = st.integers(1, 366)


def firsts(*months: int) -> list[date]:
    return [date(2027, month, 1) for month in months]


def test_instalments_leave_their_remainder_to_the_last():
    assert [instalment_cents(10_000, 3, each) for each in (1, 2, 3)] == [3333, 3333, 3334]
    assert [instalment_cents(20_000, 3, each) for each in (1, 2, 3)] == [6666, 6666, 6668]
    assert unused_cents(10_000, 3, [1]) == 6667


def test_a_plan_and_an_add_on_are_spread_over_their_own_orders():
    found = spread_over_orders(
        [(120_000, firsts(1, 4, 7, 10)), (60_000, firsts(1, 3, 5, 7, 9, 11))]
    )
    assert list(found.values()) == [40_000, 10_000, 30_000, 10_000, 40_000, 10_000, 30_000, 10_000]
    assert [day.month for day in found] == [1, 3, 4, 5, 7, 9, 10, 11]
    assert sum(found.values()) == 180_000


@given(cents, st.integers(1, 60), st.data())
def test_what_is_used_and_unused_of_a_term_is_the_whole(net, boxes, data):
    used = data.draw(st.sets(st.integers(1, boxes)))
    parts = [instalment_cents(net, boxes, each) for each in range(1, boxes + 1)]
    assert sum(parts) == net
    assert min(parts) >= 0
    taken = sum(parts[each - 1] for each in used)
    assert taken + unused_cents(net, boxes, used) == net


@given(cents, cents, st.data())
def test_a_part_never_brings_more_tax_than_the_whole_had(net, tax, data):
    part = data.draw(st.integers(0, net))
    assert part <= gross_share(part, net, tax) <= part + tax
    assert gross_share(net, net, tax) == net + (tax if net else 0)


@given(st.lists(st.tuples(cents, st.lists(st.dates(), min_size=1, unique=True)), max_size=5))
def test_orders_add_up_to_what_was_paid(parts):
    assert sum(spread_over_orders(parts).values()) == sum(cents for cents, _ in parts)


@given(cents, st.integers(1, 24), st.integers(0, 9_999))
def test_paying_ahead_never_costs_more(price, boxes, off_bp):
    assert 0 <= term_price(price, boxes, off_bp) <= price * boxes


def test_a_change_half_way_costs_half_the_difference():
    old, new = Period(3000, 30), Period(6000, 30)
    assert proration_cents(old, new, 15) == 1500
    assert proration_cents(new, old, 15) == -1500
    assert proration_cents(old, new, 0) == 0


@given(cents, cents, days, days, st.integers(0, 366))
def test_there_and_back_costs_nothing(old, new, old_days, new_days, left):
    before, after = Period(old, old_days), Period(new, new_days)
    assert proration_cents(before, after, left) + proration_cents(after, before, left) == 0


@given(cents, cents, cents, days, st.integers(0, 366))
def test_a_second_change_counts_from_the_price_of_the_moment(first, second, third, period, left):
    steps = [Period(each, period) for each in (first, second, third)]
    in_two = proration_cents(*steps[:2], left) + proration_cents(*steps[1:], left)
    assert abs(in_two - proration_cents(steps[0], steps[2], left)) <= 1


@given(cents, cents, days, st.data())
def test_a_change_never_moves_more_than_the_two_prices_differ(old, new, period, data):
    left = data.draw(st.integers(0, period))
    found = proration_cents(Period(old, period), Period(new, period), left)
    assert abs(found) <= abs(new - old)
    assert found == 0 or (found > 0) == (new > old)

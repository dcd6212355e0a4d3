"""What each moment of money writes: every entry balances, refunds add up to the whole."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.billing.refund_rules import PaidLine, tax_of_next
from app.finance.proof_dates import Course
from app.finance.rules import (
    Ledger,
    Split,
    bounced,
    fee,
    pause_before,
    refund,
    sale,
    shipment,
)

CENTS = st.integers(0, 10_000_000)


@given(CENTS, CENTS, CENTS, st.booleans())
def test_every_entry_balances(net, tax, cents, shipped):
    split = Split(net, tax)
    for postings in (sale(split), fee(cents), shipment(cents), refund(split, shipped)):
        assert sum(postings.values()) == 0
        assert sum(bounced(postings, shipped).values()) == 0


@given(CENTS, CENTS, st.lists(st.integers(1, 100), min_size=1, max_size=8))
def test_refunds_of_the_whole_add_up_to_its_net_and_tax(net, tax, weights):
    whole = PaidLine(net, tax)
    if whole.gross_cents < len(weights):
        return
    net_back, tax_back = 0, 0
    for number, _ in enumerate(weights, start=1):
        amount = whole.gross_cents * number // len(weights) - net_back - tax_back
        part = tax_of_next(amount, PaidLine(net_back, tax_back), whole)
        net_back, tax_back = net_back + amount - part, tax_back + part
    assert (net_back, tax_back) == (net, tax)


def test_a_refund_after_shipping_takes_nothing_from_what_is_deferred():
    assert Ledger.DEFERRED not in refund(Split(100, 5), shipped=True)
    assert Ledger.REFUNDS not in refund(Split(100, 5), shipped=False)


def test_a_bounced_refund_of_a_shipped_box_is_earned():
    assert bounced(refund(Split(100, 0), False), True)[Ledger.BOXES] == -100


def test_an_event_waits_longer_each_time_but_never_more_than_an_hour():
    waits = [pause_before(attempt).total_seconds() for attempt in range(1, 15)]
    assert waits == sorted(waits)
    assert waits[-1] == 3600


def test_the_oracle_remembers_the_31st():

    course = Course(date(2027, 1, 31), 31, 0, None, "month", 1)
    days = [course.regular(cycle) for cycle in (1, 2, 13)]
    assert days == [date(2027, 2, 28), date(2027, 3, 31), date(2028, 2, 29)]

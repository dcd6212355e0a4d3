"""What the provider sends to the bank: written down, held against the diary line by line."""

import pytest

from app.billing.models import Payment
from app.billing.services.ask_refund import ask_refund
from app.finance.dispute_rules import PayoutStatus
from app.finance.models import Entry, Payout, PayoutLine
from app.finance.services.replay_events import replay_events
from app.jobs.charging import charge_due
from app.jobs.events import apply_events, fetch_missed_events
from app.jobs.refunding import refund_due
from tests.jobs.shop_with_stand_in import ACTOR, ShopWithStandIn


@pytest.fixture
def earned(shop_of: ShopWithStandIn) -> ShopWithStandIn:
    """Three boxes are paid, one of them is partly given back, one disputed and won again."""
    for name in ("Ada", "Ben", "Cleo"):
        shop_of.subscribe(name)
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    first, second, _ = shop_of.rows(Payment)
    with shop_of.tools.units(ACTOR) as work:
        ask_refund(work, first.invoice_id, 700, "staff", "some")
    refund_due(shop_of.tools)
    dispute = shop_of.pull("disputes", payment_intent=second.provider_id)
    shop_of.pull(f"disputes/{dispute['id']}/close", status="won")
    hear(shop_of)
    return shop_of


def hear(shop: ShopWithStandIn) -> None:
    fetch_missed_events(shop.tools)
    assert set(apply_events(shop.tools)) <= {"done", "ignored"}


def test_every_line_of_a_payout_is_matched_with_an_entry(earned):
    balance = earned.balance()["1100"]
    sent = earned.pull("payouts")
    hear(earned)
    payout = earned.one(Payout)
    assert (payout.status, payout.amount_cents) == (PayoutStatus.PAID, balance)
    assert sent["amount"] == balance and payout.reconciled_at is not None
    lines = earned.rows(PayoutLine)
    assert sorted(line.category for line in lines) == [
        *["charge"] * 3,
        "dispute",
        "dispute_reversal",
        "refund",
    ]
    assert all(line.entry_id for line in lines)
    assert sum(line.net_cents for line in lines) == payout.amount_cents
    assert earned.balance()["1000"] == balance and "1100" not in earned.balance()
    assert earned.wrong() == ()


def test_a_payout_that_the_bank_refuses_comes_back_and_goes_out_with_the_next(earned):
    balance = earned.balance()
    sent = earned.pull("payouts")
    earned.pull(f"payouts/{sent['id']}/fail")
    hear(earned)
    assert earned.one(Payout).status is PayoutStatus.FAILED
    assert earned.balance() == balance
    again = earned.pull("payouts")
    hear(earned)
    lines = [line for line in earned.rows(PayoutLine) if line.category == "payout_reversal"]
    assert [line.net_cents for line in lines] == [again["amount"]]
    assert lines[0].entry_id is not None
    assert earned.balance()["1000"] == again["amount"]
    assert earned.wrong() == ()


def test_old_news_of_a_payout_does_not_take_a_failure_back(earned):
    sent = earned.pull("payouts")
    earned.pull(f"payouts/{sent['id']}/fail")
    hear(earned)
    entries = len(earned.rows(Entry))
    with earned.tools.units(ACTOR) as work:
        replay_events(work, type_="payout.paid")
    hear(earned)
    assert earned.one(Payout).status is PayoutStatus.FAILED
    assert len(earned.rows(Entry)) == entries


def test_what_nobody_here_knows_is_listed_as_unmatched(earned):
    """Another program charges on the same account: its line belongs to no entry of ours."""
    customer, card = earned.new_card("4242424242424242")
    earned.tools.books.v1.payment_intents.create(
        {
            "amount": 5000,
            "currency": "usd",
            "customer": customer,
            "payment_method": card,
            "confirm": True,
            "off_session": True,
        }
    )
    earned.pull("payouts")
    hear(earned)
    strange = [line for line in earned.rows(PayoutLine) if line.entry_id is None]
    assert [(line.category, line.gross_cents) for line in strange] == [("charge", 5000)]
    assert earned.one(Payout).reconciled_at is not None

"""Money goes back once, never more than was taken, and the balance always adds up."""

from typing import Any

import pytest
import stripe


@pytest.fixture
def paid(client: Any, box: Any) -> Any:
    return client.v1.payment_intents.confirm(box(2900).id, {"expand": ["latest_charge"]})


def balance_of(client: Any) -> int:
    """Everything that moved, so far."""
    return sum(row.net for row in client.v1.balance_transactions.list().auto_paging_iter())


def test_partial_refunds_stop_at_what_was_taken(client: Any, paid: Any) -> None:
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 1000})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        client.v1.refunds.create({"payment_intent": paid.id, "amount": 1901})
    rest = client.v1.refunds.create({"payment_intent": paid.id, "reason": "requested_by_customer"})
    assert (rest.amount, rest.status) == (1900, "succeeded")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": paid.id})
    assert refused.value.code == "charge_already_refunded"
    charge = client.v1.charges.retrieve(paid.latest_charge.id, {"expand": ["refunds"]})
    assert (charge.refunded, charge.amount_refunded) == (True, 2900)
    assert [one.amount for one in charge.refunds.data] == [1900, 1000]


def test_what_was_never_paid_is_not_refunded(client: Any, box: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": box().id})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"amount": 100})


@pytest.mark.parametrize("amount", [0, -5])
def test_a_refund_of_nothing_is_refused(client: Any, paid: Any, amount: int) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": paid.id, "amount": amount})


def test_the_refunds_of_one_intent_are_listed_alone(client: Any, paid: Any, box: Any) -> None:
    other = client.v1.payment_intents.confirm(box(500).id)
    client.v1.refunds.create({"payment_intent": other.id})
    mine = client.v1.refunds.create(
        {"payment_intent": paid.id, "amount": 1, "metadata": {"refund_id": "7"}}
    )
    found = client.v1.refunds.list({"payment_intent": paid.id}).data
    assert [(one.id, one.metadata["refund_id"]) for one in found] == [(mine.id, "7")]


def test_a_failed_refund_puts_the_money_back(client: Any, control: Any, paid: Any) -> None:
    before = balance_of(client)
    refund = client.v1.refunds.create({"payment_intent": paid.id})
    assert balance_of(client) == before - 2900
    assert control.post(f"/refunds/{refund.id}/fail")["status"] == "failed"
    assert balance_of(client) == before
    assert client.v1.charges.retrieve(paid.latest_charge.id).amount_refunded == 0
    kinds = {event.type for event in client.v1.events.list({"limit": 100}).data}
    assert {"refund.created", "charge.refunded", "refund.updated", "refund.failed"} <= kinds


def test_a_dispute_takes_the_money_and_winning_returns_it(
    client: Any, control: Any, paid: Any
) -> None:
    before = balance_of(client)
    dispute = control.post("/disputes", payment_intent=paid.id, reason="product_not_received")
    assert balance_of(client) == before - 2900 - 1500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": paid.id})
    assert refused.value.code == "charge_disputed"
    sent = client.v1.disputes.update(
        dispute["id"], {"evidence": {"shipping_tracking_number": "TRACK1"}, "submit": True}
    )
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    control.post(f"/disputes/{dispute['id']}/close", status="won")
    assert balance_of(client) == before
    kinds = [event.type for event in client.v1.events.list({"type": "charge.dispute.*"}).data]
    assert kinds == [
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
        "charge.dispute.updated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.created",
    ]


def test_a_payout_names_every_row_it_sums(client: Any, control: Any, paid: Any, box: Any) -> None:
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 400})
    payout = control.post("/payouts")
    later = client.v1.payment_intents.confirm(box(700).id)
    rows = client.v1.balance_transactions.list(
        {"payout": payout["id"], "limit": 100, "expand": ["data.source"]}
    ).data
    assert sum(row.net for row in rows if row.type != "payout") == payout["amount"]
    assert {row.source.object for row in rows} == {"charge", "refund", "payout"}
    assert later.latest_charge not in {row.source.id for row in rows}
    assert client.v1.payouts.retrieve(payout["id"]).reconciliation_status == "completed"
    assert balance_of(client) == 700 - 50

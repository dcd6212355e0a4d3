"""Taxes at the stand-in: by place and day, in or on prices, reported with a payment and back."""

from datetime import UTC, datetime

import pytest
import stripe


def ask(client: stripe.StripeClient, country: str, state: str = "", day=(2027, 1, 11), **more):
    """Ask for the tax of a box at 30.00 and its delivery at 5.00."""
    wanted = {
        "currency": "usd",
        "customer_details": {
            "address": {"country": country, "state": state},
            "address_source": "shipping",
        },
        "line_items": [{"amount": 3000, "reference": "box", "tax_behavior": "exclusive"}],
        "shipping_cost": {"amount": 500, "tax_behavior": "exclusive"},
        "tax_date": int(datetime(*day, tzinfo=UTC).timestamp()),
        "expand": ["line_items"],
        **more,
    }
    return client.v1.tax.calculations.create(wanted)


def test_tax_is_that_of_the_place_and_the_day(client):
    found = ask(client, "US", "NY")
    assert [each.amount_tax for each in found.line_items.data] == [266]
    assert (found.shipping_cost.amount_tax, found.amount_total) == (44, 3810)
    days = [(2020, 6, 30), (2020, 7, 1), (2020, 12, 31), (2021, 1, 1)]
    assert [ask(client, "DE", day=day).tax_amount_exclusive for day in days] == [665, 560, 560, 665]
    inside = [{"amount": 3000, "reference": "box", "tax_behavior": "inclusive"}]
    assert ask(client, "DE", line_items=inside).tax_amount_inclusive == 479
    assert ask(client, "AU").tax_breakdown[0].taxability_reason == "not_collecting"


def test_a_place_is_needed_and_the_exempt_pay_none(client):
    with pytest.raises(stripe.InvalidRequestError, match="location"):
        ask(client, "", customer_details={"taxability_override": "none"})
    free = {"address": {"country": "DE"}, "taxability_override": "customer_exempt"}
    assert ask(client, "DE", customer_details=free).tax_amount_exclusive == 0


def test_a_sale_is_reported_with_its_payment_and_taken_back_with_it(client, box):
    asked = ask(client, "DE")
    intent = box(4165, hooks={"inputs": {"tax": {"calculation": asked.id}}})
    client.v1.payment_intents.confirm(intent.id, {"off_session": True})
    transactions = client.v1.tax.transactions
    with pytest.raises(stripe.InvalidRequestError, match="exists already"):
        transactions.create_from_calculation({"calculation": asked.id, "reference": intent.id})
    sold = transactions.create_from_calculation({"calculation": asked.id, "reference": "100001"})
    back = transactions.create_reversal(
        {"mode": "full", "original_transaction": sold.id, "reference": "100001-back"}
    )
    assert (back.type, back.shipping_cost.amount_tax) == ("reversal", -95)
    client.v1.refunds.create({"payment_intent": intent.id})
    assert transactions.retrieve(sold.id).type == "transaction"

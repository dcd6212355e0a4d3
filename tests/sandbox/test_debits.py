"""Debits from bank accounts: days on their way, then paid or refused, in the provider's words."""

import pytest
import requests
import stripe

GOOD, POOR = "DE89370400440532013000", "DE62370400440532013001"
DAYS = 24 * 3600


def debit(client: stripe.StripeClient, iban: str, **more) -> stripe.PaymentIntent:
    """Charge a new customer's bank account."""
    customer = client.v1.customers.create({"email": "ada@example.org", "name": "Ada"})
    account = client.v1.payment_methods.create(
        {
            "type": "sepa_debit",
            "sepa_debit": {"iban": iban},
            "billing_details": {"name": "Ada", "email": "ada@example.org"},
        }
    )
    client.v1.payment_methods.attach(account.id, {"customer": customer.id})
    wanted = {
        "amount": 2900,
        "currency": "eur",
        "customer": customer.id,
        "payment_method": account.id,
        "allowed_payment_method_types": ["card", "sepa_debit"],
        **more,
    }
    made = client.v1.payment_intents.create(wanted)
    return client.v1.payment_intents.confirm(made.id, {"off_session": True})


def types(client: stripe.StripeClient) -> list[str]:
    return [each.type for each in reversed(client.v1.events.list({"limit": 100}).data)][-4:]


def test_a_bank_takes_days_and_money_moves_at_the_end(client, control):
    control.post("/clock", now=1_800_000_000)
    intent = debit(client, GOOD)
    assert (intent.status, intent.amount_received) == ("processing", 0)
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.status, charge.paid, charge.balance_transaction) == ("pending", False, None)
    with pytest.raises(stripe.InvalidRequestError, match="status of processing"):
        client.v1.payment_intents.cancel(intent.id)
    control.post("/clock", now=1_800_000_000 + 6 * DAYS)
    again = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (again.status, again.latest_charge.paid) == ("succeeded", True)
    assert again.latest_charge.payment_method_details.sepa_debit.last4 == "3000"
    assert types(client) == [
        "charge.pending",
        "payment_intent.processing",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


def test_a_bank_refuses_late_and_says_why_on_the_charge(client, control):
    intent = debit(client, POOR)
    decided = control.post(f"/payment_intents/{intent.id}/decide", failure="insufficient_funds")
    assert decided["status"] == "requires_payment_method"
    charge = client.v1.charges.retrieve(decided["latest_charge"])
    assert (charge.status, charge.failure_code) == ("failed", "insufficient_funds")
    assert types(client)[-2:] == ["charge.failed", "payment_intent.payment_failed"]


def test_debits_are_for_euros_and_for_intents_that_take_them(client):
    with pytest.raises(stripe.InvalidRequestError, match=r"currency provided \(usd\)"):
        debit(client, GOOD, currency="usd")
    with pytest.raises(stripe.InvalidRequestError, match=r"\(sepa_debit\) is not allowed"):
        debit(client, GOOD, allowed_payment_method_types=["card"])
    with pytest.raises(stripe.InvalidRequestError, match="IBAN"):
        debit(client, "DE00123456780000000000")


def test_a_bank_account_is_saved_on_the_page_that_takes_them(client):
    customer = client.v1.customers.create({"email": "ada@example.org", "name": "Ada"})
    for types_, status in ((["card"], 402), (["card", "sepa_debit"], 303)):
        visit = client.v1.checkout.sessions.create(
            {
                "mode": "setup",
                "customer": customer.id,
                "currency": "eur",
                "payment_method_types": types_,
                "success_url": "http://shop.example/done",
            },
            {"stripe_version": "2026-08-26.dahlia"},
        )
        form = {"card_number": GOOD, "name": "Ada", "email": "ada@example.org"}
        assert (
            requests.post(visit.url, form, timeout=9, allow_redirects=False).status_code == status
        )
    (saved,) = client.v1.payment_methods.list({"customer": customer.id}).data
    assert (saved.type, saved.sepa_debit.last4) == ("sepa_debit", "3000")

"""Each test card does what Stripe says it does."""

from typing import Any

import pytest
import stripe

from app.sandbox.serving import start

DECLINES = [
    ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
    ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    ("pm_card_chargeDeclinedLostCard", "card_declined", "lost_card"),
    ("pm_card_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
]


@pytest.mark.parametrize(("token", "code", "decline_code"), DECLINES)
def test_a_declined_card_says_why(client: Any, token: str, code: str, decline_code: str) -> None:
    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_intents.create(
            {"amount": 2900, "currency": "usd", "payment_method": token, "confirm": True}
        )
    error = refused.value.error
    assert (refused.value.http_status, error.code, error.decline_code) == (402, code, decline_code)
    assert error.payment_intent.status == "requires_payment_method"
    assert error.payment_intent.payment_method is None
    assert error.payment_intent.last_payment_error.decline_code == decline_code
    charge = client.v1.charges.retrieve(error.charge)
    assert (charge.status, charge.outcome.reason) == ("failed", decline_code)


def test_a_bad_card_cannot_be_saved_but_0341_can(client: Any) -> None:
    customer = client.v1.customers.create({})
    with pytest.raises(stripe.CardError):
        client.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": customer.id})
    saved = client.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": customer.id}
    )
    assert saved.card.last4 == "0341"
    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_intents.create(
            {
                "amount": 2900,
                "currency": "usd",
                "customer": customer.id,
                "payment_method": saved.id,
                "off_session": True,
                "confirm": True,
            }
        )
    assert refused.value.code == "card_declined"


def test_a_declined_attempt_can_be_followed_by_a_good_one(client: Any, box: Any, ada: Any) -> None:
    intent = box(payment_method="pm_card_chargeDeclined")
    with pytest.raises(stripe.CardError):
        client.v1.payment_intents.confirm(intent.id, {"off_session": True})
    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": ada[1]})
    assert (paid.status, paid.amount_received, paid.last_payment_error) == ("succeeded", 2900, None)


@pytest.mark.parametrize(
    ("number", "month", "year", "code"),
    [
        ("4242424242424241", 1, 2040, "incorrect_number"),
        ("12", 1, 2040, "invalid_number"),
        ("4242424242424242", 13, 2040, "invalid_expiry_month"),
        ("4242424242424242", 1, 2020, "invalid_expiry_year"),
        ("4111111111111111", 1, 2040, "card_declined"),
    ],
)
def test_a_mistyped_card_is_refused(
    client: Any, number: str, month: int, year: int, code: str
) -> None:
    card = {"number": number, "exp_month": month, "exp_year": year}
    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_methods.create({"type": "card", "card": card})
    assert refused.value.code == code


def test_a_real_card_number_never_reaches_the_journal(journal: Any, client_for: Any) -> None:
    running = start(journal_path=journal)
    card = {"number": "4111111111111111", "exp_month": 1, "exp_year": 2040}
    with pytest.raises(stripe.CardError):
        client_for(running).v1.payment_methods.create({"type": "card", "card": card})
    running.close()
    assert b"4111111111111111" not in journal.read_bytes()


def test_a_saved_card_expires_when_the_clock_passes_its_date(
    client: Any, control: Any, box: Any
) -> None:
    control.post("/clock", now=1_800_000_000)  # January 2027
    card = client.v1.payment_methods.create(
        {"type": "card", "card": {"number": "4242424242424242", "exp_month": 2, "exp_year": 2027}}
    )
    intent = box(payment_method=card.id)
    control.post("/clock", now=1_800_000_000 + 60 * 86_400)
    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_intents.confirm(intent.id)
    assert refused.value.code == "expired_card"


def test_the_operator_can_turn_a_good_card_bad_and_good_again(
    client: Any, control: Any, box: Any, ada: Any
) -> None:
    control.post(f"/payment_methods/{ada[1]}/card", card="4000000000009995")
    intent = box()
    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_intents.confirm(intent.id, {"off_session": True})
    assert refused.value.error.decline_code == "insufficient_funds"
    control.post(f"/payment_methods/{ada[1]}/card", card="pm_card_visa")
    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": ada[1]})
    assert paid.status == "succeeded"

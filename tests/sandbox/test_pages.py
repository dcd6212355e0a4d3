"""A person saves a card, pays, or changes a card on the hosted pages."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

CARD = {"card_number": "4242 4242 4242 4242", "expiry": "12 / 49", "cvc": "123", "name": "Ada"}
SUCCESS = "https://shop.example/welcome?session={CHECKOUT_SESSION_ID}"


def send(page: str, **changes: str) -> requests.Response:
    return requests.post(page, data={**CARD, **changes}, allow_redirects=False, timeout=5)


def follow(answer: requests.Response) -> requests.Response:
    assert answer.status_code == 303, answer.text
    return requests.get(answer.headers["Location"], allow_redirects=False, timeout=5)


@pytest.fixture
def saving(client: Any, ada: Any) -> Any:
    return client.v1.checkout.sessions.create(
        {
            "mode": "setup",
            "currency": "usd",
            "customer": ada[0],
            "client_reference_id": "signup-1",
            "metadata": {"signup_id": "1"},
            "setup_intent_data": {"metadata": {"signup_id": "1"}},
            "success_url": SUCCESS,
            "cancel_url": "https://shop.example/back",
        }
    )


@pytest.fixture
def paying(client: Any) -> Any:
    price = {"currency": "usd", "unit_amount": 2900, "product_data": {"name": "Gift <box>"}}
    return client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 2}],
            "payment_intent_data": {
                "metadata": {"order_id": "o1"},
                "setup_future_usage": "off_session",
            },
            "success_url": SUCCESS,
        }
    )


def test_the_page_is_labelled_filled_in_and_says_that_it_is_a_sandbox(saving: Any) -> None:
    page = requests.get(saving.url, timeout=5)
    assert "No real money moves" in page.text
    assert re.search(r'name="card_number"[^>]*value="4242424242424242"', page.text)
    inputs = set(re.findall(r'<input id="(\w+)"', page.text))
    assert inputs == set(re.findall(r'<label for="(\w+)"', page.text))
    assert "https://shop.example/back" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_saving_a_card_completes_the_session(client: Any, saving: Any, ada: Any) -> None:
    answer = send(saving.url)
    assert answer.headers["Location"] == SUCCESS.replace("{CHECKOUT_SESSION_ID}", saving.id)
    done = client.v1.checkout.sessions.retrieve(saving.id)
    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    setup = client.v1.setup_intents.retrieve(done.setup_intent, {"expand": ["payment_method"]})
    assert (setup.status, setup.payment_method.customer) == ("succeeded", ada[0])
    assert setup.metadata["signup_id"] == "1"
    kinds = [event.type for event in client.v1.events.list().data]
    assert kinds[:3] == [
        "checkout.session.completed",
        "setup_intent.succeeded",
        "payment_method.attached",
    ]


def test_a_bad_card_is_explained_and_another_may_follow(client: Any, saving: Any) -> None:
    refused = send(saving.url, card_number="4000000000000002")
    assert refused.status_code == 402
    assert 'role="alert"' in refused.text and "Your card was declined." in refused.text
    assert send(saving.url, expiry="whenever").status_code == 402
    assert send(saving.url).status_code == 303
    kinds = [event.type for event in client.v1.events.list({"limit": 100}).data]
    assert kinds.count("setup_intent.setup_failed") == 1
    assert "used already" in requests.get(saving.url, timeout=5).text


def test_a_card_that_asks_its_bank_comes_back_saved_for_good(
    client: Any, saving: Any, ada: Any
) -> None:
    to_bank = send(saving.url, card_number="4000002500003155")
    question = to_bank.headers["Location"]
    assert "Your bank asks" in requests.get(question, timeout=5).text
    back = requests.post(question, data={"answer": "approve"}, allow_redirects=False, timeout=5)
    assert urlsplit(follow(back).headers["Location"]).netloc == "shop.example"
    setup = client.v1.setup_intents.retrieve(saving.setup_intent)
    paid = client.v1.payment_intents.create(
        {
            "amount": 2900,
            "currency": "usd",
            "customer": ada[0],
            "payment_method": setup.payment_method,
            "off_session": True,
            "confirm": True,
        }
    )
    assert paid.status == "succeeded"


def test_refusing_the_bank_leads_back_to_the_form(client: Any, saving: Any) -> None:
    question = send(saving.url, card_number="4000002500003155").headers["Location"]
    back = requests.post(question, data={"answer": "refuse"}, allow_redirects=False, timeout=5)
    form = follow(back)
    assert "unable to authenticate" in form.text
    assert client.v1.checkout.sessions.retrieve(saving.id).status == "open"


def test_paying_takes_the_total_and_keeps_the_card(client: Any, paying: Any) -> None:
    page = requests.get(paying.url, timeout=5).text
    assert "58.00 USD" in page and "Gift &lt;box&gt;" in page
    assert send(paying.url, card_number="4000000000009995").status_code == 402
    assert send(paying.url, email="gus@example.org").status_code == 303
    done = client.v1.checkout.sessions.retrieve(
        paying.id, {"expand": ["payment_intent.payment_method", "line_items"]}
    )
    assert (done.payment_status, done.amount_total) == ("paid", 5800)
    assert done.payment_intent.metadata["order_id"] == "o1"
    assert done.payment_intent.payment_method.customer == done.customer
    assert done.line_items.data[0].quantity == 2
    assert len(client.v1.payment_intents.list().data) == 1


def test_a_session_ends_with_its_time_or_on_request(
    client: Any, control: Any, saving: Any, paying: Any
) -> None:
    assert client.v1.checkout.sessions.expire(paying.id).status == "expired"
    control.post("/clock", now=saving.expires_at)
    assert client.v1.checkout.sessions.retrieve(saving.id).status == "expired"
    assert "expired" in requests.get(f"{saving.url}", timeout=5).text
    assert send(saving.url).status_code == 200
    kinds = [event.type for event in client.v1.events.list().data]
    assert kinds.count("checkout.session.expired") == 2


def test_the_portal_makes_a_new_card_the_default(client: Any, ada: Any) -> None:
    visit = client.v1.billing_portal.sessions.create(
        {
            "customer": ada[0],
            "return_url": "https://shop.example/account",
            "flow_data": {"type": "payment_method_update"},
        }
    )
    assert "No card is saved yet" in requests.get(visit.url, timeout=5).text
    assert send(visit.url, card_number="4000000000000069").status_code == 402
    answer = send(visit.url, card_number="5555555555554444")
    assert answer.headers["Location"] == "https://shop.example/account"
    customer = client.v1.customers.retrieve(
        ada[0], {"expand": ["invoice_settings.default_payment_method"]}
    )
    assert customer.invoice_settings.default_payment_method.card.last4 == "4444"
    kinds = [event.type for event in client.v1.events.list().data]
    assert kinds[0] == "customer.updated"


def test_an_unknown_page_is_simply_not_there(sandbox: Any) -> None:
    for path in ("/pay/cs_test_x", "/portal/bps_x", "/3ds/pi_x", "/3ds/nonsense"):
        assert requests.get(sandbox.url + path, timeout=5).status_code == 404

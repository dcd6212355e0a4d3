"""A card that wants its owner asks once, on a page, and remembers the answer."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import stripe


@pytest.fixture
def careful(client: Any, ada: Any) -> str:
    """A card of Ada's that asks its bank."""
    return client.v1.payment_methods.attach(
        "pm_card_authenticationRequired", {"customer": ada[0]}
    ).id


def answer(page: str, word: str) -> dict[str, list[str]]:
    """Answer the bank's question; return what the shop is told."""
    question = requests.get(page, timeout=5)
    assert "Your bank asks" in question.text
    reply = requests.post(page, data={"answer": word}, allow_redirects=False, timeout=5)
    assert reply.status_code == 303
    return parse_qs(urlsplit(reply.headers["Location"]).query)


def test_without_the_owner_it_is_refused_with_its_own_code(
    client: Any, box: Any, careful: str
) -> None:
    intent = box(payment_method=careful)
    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_intents.confirm(intent.id, {"off_session": True})
    assert refused.value.http_status == 402
    assert refused.value.code == "authentication_required"
    assert refused.value.error.decline_code == "authentication_required"
    assert refused.value.error.payment_method.id == careful


def test_after_the_owner_approved_once_it_pays_alone(client: Any, box: Any, careful: str) -> None:
    waiting = client.v1.payment_intents.confirm(
        box().id, {"payment_method": careful, "return_url": "https://shop.example/paid?order=1"}
    )
    assert waiting.status == "requires_action"
    assert waiting.next_action.type == "redirect_to_url"
    told = answer(waiting.next_action.redirect_to_url.url, "approve")
    assert told["redirect_status"] == ["succeeded"]
    assert told["payment_intent"] == [waiting.id]
    assert told["order"] == ["1"]
    assert client.v1.payment_intents.retrieve(waiting.id).status == "succeeded"
    again = client.v1.payment_intents.confirm(box(payment_method=careful).id, {"off_session": True})
    assert again.status == "succeeded"


def test_a_refusing_owner_leaves_the_intent_open(client: Any, box: Any, careful: str) -> None:
    waiting = client.v1.payment_intents.confirm(
        box().id, {"payment_method": careful, "return_url": "https://shop.example/paid"}
    )
    told = answer(waiting.next_action.redirect_to_url.url, "refuse")
    assert told["redirect_status"] == ["failed"]
    intent = client.v1.payment_intents.retrieve(waiting.id)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"


def test_a_stranger_without_the_secret_sees_no_question(
    client: Any, box: Any, careful: str, sandbox: Any
) -> None:
    client.v1.payment_intents.confirm(box().id, {"payment_method": careful})
    intent = client.v1.payment_intents.list().data[0]
    assert intent.next_action.type == "use_stripe_sdk"
    page = requests.get(f"{sandbox.url}/3ds/{intent.id}?secret=guess", timeout=5)
    assert page.status_code == 404


def test_an_answer_given_twice_charges_once(
    client: Any, box: Any, careful: str, control: Any
) -> None:
    waiting = client.v1.payment_intents.confirm(
        box().id, {"payment_method": careful, "return_url": "https://shop.example/paid"}
    )
    for _ in range(2):
        requests.post(
            waiting.next_action.redirect_to_url.url,
            data={"answer": "approve"},
            allow_redirects=False,
            timeout=5,
        )
    assert len(control.get("/export")["charges"]) == 1


def test_error_on_requires_action_turns_the_question_into_a_refusal(
    client: Any, box: Any, careful: str
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_intents.confirm(
            box().id, {"payment_method": careful, "error_on_requires_action": True}
        )
    assert refused.value.code == "authentication_required"

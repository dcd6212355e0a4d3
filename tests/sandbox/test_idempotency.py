"""A key gives the same answer again, whatever that answer was, and only to the same question."""

import threading
import time
from typing import Any

import pytest
import requests
import stripe

HEADERS = {"Authorization": "Bearer sk_test_sandbox"}


def test_the_same_key_and_parameters_give_the_very_same_answer(sandbox: Any) -> None:
    def ask() -> requests.Response:
        return requests.post(
            f"{sandbox.url}/v1/customers",
            data={"email": "ada@example.org"},
            headers={**HEADERS, "Idempotency-Key": "cus:1"},
            timeout=5,
        )

    first, second = ask(), ask()
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]


def test_the_order_of_fields_does_not_matter(sandbox: Any) -> None:
    headers = {**HEADERS, "Idempotency-Key": "k"}
    bodies = ("email=a%40example.org&name=A", "name=A&email=a%40example.org")
    answers = [
        requests.post(f"{sandbox.url}/v1/customers", data=body, headers=headers, timeout=5)
        for body in bodies
    ]
    assert answers[0].json()["id"] == answers[1].json()["id"]


def test_the_same_key_for_another_question_is_refused(client: Any, box: Any) -> None:
    box(2900, key="order:1:pi")
    with pytest.raises(stripe.IdempotencyError) as refused:
        box(3000, key="order:1:pi")
    assert refused.value.http_status == 400


def test_a_decline_is_replayed_and_moves_nothing(client: Any, control: Any, box: Any) -> None:
    card = client.v1.payment_methods.create(
        {"type": "card", "card": {"number": "4000000000000341", "exp_month": 1, "exp_year": 2040}}
    )
    intent = box(payment_method=card.id)
    codes = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            client.v1.payment_intents.confirm(intent.id, {}, {"idempotency_key": "confirm:1"})
        codes.append(refused.value.error.decline_code)
    assert codes == ["generic_decline", "generic_decline"]
    assert len(control.get("/export")["charges"]) == 1


def test_a_refused_parameter_does_not_use_the_key_up(client: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.create({"emial": "x"}, {"idempotency_key": "k"})
    assert client.v1.customers.create({"email": "x"}, {"idempotency_key": "k"}).email == "x"


def test_a_key_is_forgotten_after_a_day(control: Any, box: Any) -> None:
    control.post("/clock", now=1_800_000_000)
    first = box(key="k")
    control.post("/clock", now=1_800_000_000 + 86_399)
    assert box(key="k").id == first.id
    control.post("/clock", now=1_800_000_000 + 86_400)
    assert box(key="k").id != first.id


def test_a_second_request_while_the_first_still_runs_is_a_conflict(
    client: Any, control: Any, box: Any
) -> None:
    intent = box()
    control.post("/faults", kind="slow", path_prefix="/v1/payment_intents", seconds=0.4)

    def confirm() -> None:
        client.v1.payment_intents.confirm(intent.id, {}, {"idempotency_key": "confirm"})

    first = threading.Thread(target=confirm)
    first.start()
    time.sleep(0.15)
    with pytest.raises(stripe.APIError) as refused:
        confirm()
    first.join()
    assert refused.value.http_status == 409
    confirm()
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_twenty_hurried_clients_charge_once(client: Any, control: Any, box: Any) -> None:
    intent = box()
    outcomes: list[str] = []

    def confirm(key: str) -> None:
        try:
            client.v1.payment_intents.confirm(intent.id, {}, {"idempotency_key": key})
            outcomes.append("paid")
        except stripe.StripeError as error:
            outcomes.append(str(error.code or error.error.code))

    threads = [threading.Thread(target=confirm, args=(f"k{n % 4}",)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    charges = control.get("/export")["charges"]
    assert [charge["status"] for charge in charges] == ["succeeded"]
    known = {"paid", "payment_intent_unexpected_state", "idempotency_key_in_use"}
    assert len(outcomes) == 20 and set(outcomes) <= known

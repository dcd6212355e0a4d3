"""Networks and servers fail on request, and a repeated key always finds the truth."""

from typing import Any

import pytest
import requests
import stripe


def test_an_unanswered_confirmation_has_charged_and_its_key_tells(
    client: Any, control: Any, box: Any
) -> None:
    intent = box()
    control.post(
        "/faults", path_prefix=f"/v1/payment_intents/{intent.id}/confirm", kind="timeout_after"
    )
    with pytest.raises(stripe.APIConnectionError):
        client.v1.payment_intents.confirm(intent.id, {}, {"idempotency_key": "confirm:1"})
    paid = client.v1.payment_intents.confirm(intent.id, {}, {"idempotency_key": "confirm:1"})
    assert paid.status == "succeeded"
    assert len(control.get("/export")["charges"]) == 1


def test_a_stalled_answer_outlasts_an_impatient_client(
    sandbox: Any, client_for: Any, control: Any, box: Any
) -> None:
    intent = box()
    control.post("/faults", path_prefix="/v1/payment_intents", kind="timeout_after", seconds=2)
    hasty = client_for(sandbox, timeout=0.2)
    with pytest.raises(stripe.APIConnectionError):
        hasty.v1.payment_intents.confirm(intent.id)
    assert control.get("/export")["charges"][0]["status"] == "succeeded"


def test_a_request_lost_on_its_way_did_nothing(client: Any, control: Any, box: Any) -> None:
    intent = box()
    control.post("/faults", method="POST", kind="timeout_before")
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_confirmation"
    with pytest.raises(stripe.APIConnectionError):
        client.v1.payment_intents.confirm(intent.id)
    assert control.get("/export")["charges"] == []


def test_the_librarys_own_retries_survive_a_cut_and_a_500(
    sandbox: Any, client_for: Any, control: Any, box: Any
) -> None:
    patient = client_for(sandbox, retries=2)
    intent = box()
    control.post("/faults", kind="cut", path_prefix="/v1/payment_intents")
    control.post("/faults", kind="status_500", path_prefix="/v1/payment_intents")
    assert patient.v1.payment_intents.confirm(intent.id).status == "succeeded"
    assert len(control.get("/export")["charges"]) == 1
    assert control.get("/faults") == {"faults": []}


def test_too_many_requests_are_told_apart(client: Any, control: Any) -> None:
    control.post("/faults", kind="status_429", times=2)
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError):
            client.v1.customers.create({})
    assert client.v1.customers.create({}).id


def test_a_fault_of_an_unknown_kind_is_refused(sandbox: Any, control: Any) -> None:
    with pytest.raises(requests.HTTPError, match="400"):
        control.post("/faults", kind="earthquake")
    assert control.get("/faults") == {"faults": []}


def test_levers_pulled_with_nonsense_stay_where_they_are(control: Any) -> None:
    for path, body in (
        ("/faults", {"kind": "cut", "times": "often"}),
        ("/webhooks", {"duplicates": "many"}),
        ("/webhooks", {"speed": 3}),
        ("/clock", {"now": "noon"}),
        ("/customers/bulk", {"customers": ["Ada"]}),
    ):
        with pytest.raises(requests.HTTPError, match="400"):
            control.post(path, **body)
    assert control.get("/webhooks")["duplicates"] == 0
    assert control.get("/clock")["frozen"] is False

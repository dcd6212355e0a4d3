"""Events arrive signed, at least once, and none is forgotten."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import SECRET


def wait_until(true: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


@pytest.fixture
def listening(control: Any, receiver: Any) -> Any:
    control.post("/webhook_endpoint", url=receiver.url, secret=SECRET)
    return receiver


def test_a_payment_is_told_with_a_good_signature(
    client: Any, control: Any, listening: Any, box: Any
) -> None:
    intent = box(metadata={"order_id": "o1"})
    client.v1.payment_intents.confirm(intent.id)
    wait_until(lambda: control.get("/webhooks")["pending"] == 0)
    events = {event.type: event for event in listening.events()}
    assert {"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"} <= set(events)
    told = events["payment_intent.succeeded"]
    assert told.data.object.metadata["order_id"] == "o1"
    assert (told.livemode, told.data.object.status) == (False, "succeeded")


def test_a_snapshot_shows_the_object_as_it_was(client: Any, control: Any, box: Any) -> None:
    intent = box()
    client.v1.payment_intents.cancel(intent.id)
    events = client.v1.events.list({"types": ["payment_intent.created"]}).data
    assert events[0].data.object.status == "requires_confirmation"
    again = client.v1.events.retrieve(events[0].id)
    assert again.data.object.id == intent.id


def test_a_paused_courier_keeps_everything_for_the_flush(
    client: Any, control: Any, listening: Any
) -> None:
    control.post("/webhooks", paused=True)
    for n in range(5):
        client.v1.customers.create({"email": f"{n}@example.org"})
    assert control.get("/webhooks")["pending"] == 5
    assert len(client.v1.events.list({"delivery_success": False}).data) == 5
    assert control.post("/webhooks/flush")["delivered"] == 5
    assert [event.data.object.email[0] for event in listening.events()] == list("01234")
    assert client.v1.events.list({"delivery_success": False}).data == []
    assert len(client.v1.events.list({"delivery_success": True}).data) == 5


def test_copies_and_disorder_come_on_request(client: Any, control: Any, listening: Any) -> None:
    control.post("/webhooks", paused=True, duplicates=2, shuffle=True)
    for n in range(20):
        client.v1.customers.create({"email": f"{n}@example.org"})
    control.post("/webhooks/flush")
    ids = [event.id for event in listening.events()]
    assert (len(ids), len(set(ids))) == (60, 20)
    order = [event.created for event in listening.events()]
    firsts = list(dict.fromkeys(ids))
    made = [event.id for event in client.v1.events.list({"limit": 100}).data][::-1]
    assert order and firsts != made


def test_a_refused_delivery_is_tried_again(client: Any, control: Any, listening: Any) -> None:
    listening.status = 500
    control.post("/webhooks", retry_seconds=0.05)
    client.v1.customers.create({})
    wait_until(lambda: len(listening.received) >= 2)
    assert control.get("/webhooks")["pending"] == 1
    listening.status = 200
    wait_until(lambda: control.get("/webhooks")["delivered"] == 1)


def test_a_delivery_refused_too_often_is_given_up_but_listed(
    client: Any, control: Any, listening: Any
) -> None:
    listening.status = 500
    control.post("/webhooks", retry_seconds=0.01, max_attempts=2)
    client.v1.customers.create({})
    wait_until(lambda: control.get("/webhooks")["failed"] == 1)
    missed = client.v1.events.list({"delivery_success": False}).data
    assert [event.type for event in missed] == ["customer.created"]
    listening.status = 200
    control.post(f"/webhooks/{missed[0].id}/redeliver")
    wait_until(lambda: control.get("/webhooks")["delivered"] == 1)


def test_a_lost_event_can_still_be_listed(client: Any, control: Any, listening: Any) -> None:
    control.post("/webhooks", loss=1.0)
    client.v1.customers.create({})
    wait_until(lambda: control.get("/webhooks")["failed"] == 1)
    assert listening.received == []
    assert len(client.v1.events.list({"delivery_success": False}).data) == 1


def test_without_an_endpoint_nothing_is_pending(client: Any, control: Any) -> None:
    client.v1.customers.create({})
    assert control.get("/webhooks")["pending"] == 0
    assert client.v1.events.list({"delivery_success": False}).data == []


def test_seeding_makes_no_events(client: Any, control: Any, listening: Any) -> None:
    rows = [
        {"id_hint": n, "email": f"{n}@example.org", "card": "4000000000000341"} for n in range(300)
    ]
    made = control.post("/customers/bulk", customers=rows)["customers"]
    assert [one["id_hint"] for one in made] == list(range(300))
    customer = client.v1.customers.retrieve(made[7]["customer"])
    assert customer.email == "7@example.org"
    assert customer.invoice_settings.default_payment_method == made[7]["payment_method"]
    assert client.v1.events.list().data == []

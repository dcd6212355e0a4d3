"""A restart forgets nothing: objects, keys, the clock and promised webhooks."""

from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from app.sandbox.serving import start

from .conftest import SECRET, Control


def test_everything_is_there_after_a_restart(journal: Path, client_for: Any) -> None:
    first = start(journal_path=journal)
    Control(first.url).post("/clock", now=1_800_000_000)
    client = client_for(first)
    params = {"amount": 2900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    paid = client.v1.payment_intents.create(params, {"idempotency_key": "order:1"})
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 900})
    export = Control(first.url).get("/export")
    first.close()

    second = start(journal_path=journal)
    client = client_for(second)
    assert Control(second.url).get("/export") == export
    assert Control(second.url).get("/clock") == {"now": 1_800_000_000, "frozen": True}
    again = client.v1.payment_intents.create(params, {"idempotency_key": "order:1"})
    assert again.to_dict() == paid.to_dict()
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": paid.id, "amount": 2001})
    assert [one.amount for one in client.v1.refunds.list({"payment_intent": paid.id}).data] == [900]
    second.close()


def test_a_line_torn_by_a_crash_is_dropped(journal: Path, client_for: Any) -> None:
    first = start(journal_path=journal)
    kept = client_for(first).v1.customers.create({"email": "kept@example.org"})
    first.close()
    with journal.open("ab") as file:
        file.write(b'{"put":[{"id":"cus_torn","obj')
    second = start(journal_path=journal)
    client = client_for(second)
    client.v1.customers.create({"email": "later@example.org"})
    second.close()
    third = start(journal_path=journal)
    found = client_for(third).v1.customers.list().data
    assert [one.email for one in found] == ["later@example.org", "kept@example.org"]
    assert found[1].id == kept.id
    third.close()


def test_webhooks_promised_before_a_crash_are_delivered_after(
    journal: Path, client_for: Any, receiver: Any
) -> None:
    first = start(journal_path=journal, webhook_url=receiver.url, webhook_secret=SECRET)
    Control(first.url).post("/webhooks", paused=True)
    client_for(first).v1.customers.create({})
    first.close()
    assert receiver.received == []
    second = start(journal_path=journal)
    Control(second.url).post("/webhooks/flush")
    assert [event.type for event in receiver.events()] == ["customer.created"]
    second.close()
    third = start(journal_path=journal)
    assert Control(third.url).get("/webhooks")["pending"] == 0
    third.close()


def test_the_journal_is_for_its_owner_only(journal: Path) -> None:
    running = start(journal_path=journal)
    assert requests.get(f"{running.url}/_sandbox/health", timeout=5).json() == {"ok": True}
    running.close()
    assert journal.stat().st_mode & 0o077 == 0

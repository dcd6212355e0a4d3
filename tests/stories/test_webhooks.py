"""What the provider tells arrives twice, too late, too early or forged: the end is the same."""

import json
import threading
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.billing.models import Payment
from app.billing.ports import ChargeTicket
from app.core.unit_of_work import Actor
from app.finance.models import Entry, ProviderEvent
from app.finance.rules import EventStatus
from app.finance.services.replay_events import replay_events
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.lock_batch import lock_batch
from app.jobs.batches import run_batch
from app.jobs.charging import charge_due
from app.jobs.events import apply_events
from app.subscriptions.models import Subscription
from app.subscriptions.rules import SubscriptionStatus
from tests.cast import WEEKLY
from tests.stories.door import open_door
from tests.stories.shop import EMPTY

ZONE = ZoneInfo("America/New_York")
DAY = date(2027, 1, 13)
LOCK = datetime(2027, 1, 11, 2, tzinfo=ZONE).astimezone(UTC)
CONFIRM = "/v1/payment_intents/"


@pytest.fixture
def shop(open_shop):
    shop = open_shop(datetime(2027, 1, 4, 15, tzinfo=UTC))
    shop.stock()
    return shop


@pytest.fixture
def door(shop):
    door = open_door(shop.tools)
    yield door
    door.close()


@pytest.fixture
def ada(shop):
    return shop.subscribe("Ada", shop.plan(WEEKLY))


def lose_answers_to_confirm(shop) -> None:
    """Charge, but never hear that the money was taken, and leave the doubt for the webhook."""
    shop.put(LOCK)
    run_batch(shop.tools, shop.batch(DAY).id)
    # The creation is one call to a shorter path; the confirmation is tried three times.
    shop.lever("faults", kind="cut", path_prefix=CONFIRM, method="POST", times=3)
    assert charge_due(shop.tools)["unknown"] == 1


def told(shop, type_: str) -> dict:
    """Return the provider's own event of a type."""
    events = [json.loads(each) for each in shop.tools.books.events()]
    return next(event for event in events if event["type"] == type_)


def effects(shop) -> tuple[int, int]:
    """Return how many charges stand in the diary, and what they come to."""
    rows = shop.rows(Entry, Entry.source == "payment")
    total = shop.sql(
        "SELECT coalesce(sum(amount_cents), 0) FROM posting JOIN entry ON entry.id = entry_id"
        " WHERE entry.source = 'payment' AND account = '1100'"
    )[0][0]
    return len(rows), int(total)


def apply_at_once(shop, workers: int = 3) -> None:
    threads = [threading.Thread(target=apply_events, args=(shop.tools,)) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def released(shop, subscription) -> bool:
    return shop.box_on(subscription, DAY).status is BoxStatus.RELEASED


def test_the_same_event_three_times_at_once_has_one_effect(shop, door, ada):
    lose_answers_to_confirm(shop)
    assert effects(shop) == (0, 0)
    event = told(shop, "payment_intent.succeeded")
    assert door.bring_at_once(event) == [200, 200, 200]
    assert len(shop.rows(ProviderEvent, ProviderEvent.id == event["id"])) == 1
    apply_at_once(shop)
    assert effects(shop) == (1, 3000)
    assert released(shop, ada[1])
    assert len(shop.letters("payment_received")) == 1


def test_every_event_tripled_and_shuffled_comes_to_the_same(shop, door):
    plan = shop.plan(WEEKLY)
    people = [shop.subscribe(name, plan) for name in ("Ada", "Ben", "Cleo", "Dev")]
    shop.change_card(people[3][0], EMPTY)
    shop.lever("webhooks", duplicates=2, shuffle=True, paused=True)
    shop.lever("webhook_endpoint", url=door.url, secret="whsec_sandbox")
    shop.put(LOCK)
    run_batch(shop.tools, shop.batch(DAY).id)
    charge_due(shop.tools)
    shop.lever("webhooks", paused=False)
    for _ in range(3):
        shop.lever("webhooks/flush")
        apply_at_once(shop)
    assert effects(shop) == (3, 9000)
    assert [released(shop, each[1]) for each in people] == [True, True, True, False]
    kinds = {row.status for row in shop.rows(ProviderEvent)}
    assert kinds <= {EventStatus.DONE, EventStatus.IGNORED}
    assert len(shop.letters("payment_received")) == 3
    assert len(shop.letters("payment_failed")) == 1


def test_old_news_of_a_subscription_does_not_wake_it_up(shop, door, ada):
    person, subscription = ada
    with shop.tools.units(Actor("subscriber")) as work:
        cancel_subscription(work, person.id, subscription.id)
    for kind, created in (("deleted", 200), ("updated", 150)):
        thing = {"id": "sub_1", "object": "subscription", "status": "active"}
        assert door.bring(an_event(f"customer.subscription.{kind}", thing, created)) == 200
    apply_events(shop.tools)
    now = shop.rows(Subscription, Subscription.id == subscription.id)[0]
    assert now.status is SubscriptionStatus.CANCELLED
    assert {row.status for row in shop.rows(ProviderEvent)} == {EventStatus.IGNORED}


def test_old_news_of_a_decline_does_not_take_a_payment_back(shop, door, ada):
    person, subscription = ada
    shop.change_card(person, EMPTY)
    shop.live_at(LOCK)
    shop.give_new_card(person)
    shop.run_due()
    assert released(shop, subscription)
    declined = told(shop, "payment_intent.payment_failed")
    assert door.bring({**declined, "id": "evt_late"}) == 200
    apply_events(shop.tools)
    assert released(shop, subscription)
    assert shop.invoice(shop.box_on(subscription, DAY)).status.value == "paid"
    assert effects(shop) == (1, 3000)


def test_a_success_that_comes_before_we_know_of_it_is_kept_and_applied_once(shop, door, ada):
    """The event is faster than the commit of the box and the payment that it speaks of."""
    person, subscription = ada
    shop.put(LOCK)
    batch = shop.batch(DAY).id
    with shop.tools.units(shop.actor) as work:
        lock_batch(work, batch)
        compose_batch(work, batch)
        early = work.session.query(Payment.id).scalar()
        ticket = ChargeTicket(early, 1, 3000, "USD", person.customer, person.card, "Box", "key-1")
        made = shop.tools.gateway.create(ticket)
        shop.tools.gateway.confirm(replace(ticket, provider_id=made.provider_id))
        event = told(shop, "payment_intent.succeeded")
        assert door.bring(event) == 200
        apply_events(shop.tools)
        parked = shop.rows(ProviderEvent, ProviderEvent.id == event["id"])[0]
        assert (parked.status, parked.attempts) == (EventStatus.WAITING, 1)
        assert effects(shop) == (0, 0)
    for _ in range(2):
        with shop.tools.units(shop.actor) as work:
            replay_events(work, ids=(event["id"],))
        apply_events(shop.tools)
    assert effects(shop) == (1, 3000)
    assert released(shop, subscription)
    charge_due(shop.tools)
    assert len(shop.tools.books.payments()) == 1


def test_a_database_that_fails_answers_5xx_and_keeps_no_mark(shop, door, ada):
    lose_answers_to_confirm(shop)
    event = told(shop, "payment_intent.succeeded")
    rename(shop, "provider_event", "provider_event_away")
    assert door.bring(event) >= 500
    rename(shop, "provider_event_away", "provider_event")
    assert shop.rows(ProviderEvent) == []
    assert door.bring(event) == 200
    apply_events(shop.tools)
    assert effects(shop) == (1, 3000)


def rename(shop, table: str, name: str) -> None:
    with shop.tools.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {name}")


def test_unknown_kinds_are_answered_and_kept_aside(shop, door):
    assert door.bring(an_event("invoice.sent", {"id": "in_1", "object": "invoice"})) == 200
    assert shop.rows(ProviderEvent)[0].status is EventStatus.IGNORED


@pytest.mark.parametrize("fault", ["forged", "live", "broken", "empty", "list", "not utf-8"])
def test_what_is_not_the_providers_leaves_nothing_behind(shop, door, fault):
    event = an_event("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent"})
    bodies = {
        "forged": event,
        "live": {**event, "livemode": True},
        "broken": json.dumps(event).encode()[:-7],
        "empty": b"",
        "list": b"[]",
        "not utf-8": b"\xff\xfe" + json.dumps(event).encode(),
    }
    secret = "whsec_of_somebody_else" if fault == "forged" else "whsec_sandbox"
    assert door.bring(bodies[fault], secret) == 400
    assert shop.rows(ProviderEvent) == []


def test_an_event_without_a_time_counts_as_fresh(shop, door, ada):
    lose_answers_to_confirm(shop)
    event = told(shop, "payment_intent.succeeded")
    del event["created"]
    assert door.bring(event) == 200
    apply_events(shop.tools)
    assert effects(shop) == (1, 3000)


def an_event(type_: str, thing: dict, created: int = 1_800_000_000) -> dict:
    return {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "type": type_,
        "created": created,
        "livemode": False,
        "data": {"object": thing},
    }

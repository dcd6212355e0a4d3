"""Webhooks: duplicate, reordered, early, poisoned, forged; and the provider's own pages."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from sqlalchemy import text

from app.billing.models import Account, Invoice, Payment, Refund
from app.billing.rules import InvoiceStatus, PaymentStatus, RefundStatus
from app.billing.services.ask_refund import ask_refund
from app.billing.services.claim_payment import claim_payment
from app.finance.models import Entry, ProviderEvent
from app.finance.ports import VerifyEvent
from app.finance.rules import EventStatus
from app.finance.services.claim_event import defer_event
from app.finance.services.replay_events import replay_events
from app.finance.services.store_event import store_event
from app.jobs.charging import charge_due
from app.jobs.doubts import resolve_unknown
from app.jobs.events import apply_events, fetch_missed_events
from app.jobs.refunding import refund_due
from app.wiring.prove_books import prove_books
from tests.jobs.shop_with_stand_in import ACTOR, BROKE, GOOD, ShopWithStandIn, event, signed
from tests.jobs.test_charging import let_leases_run_out


def store(
    shop: ShopWithStandIn, content: dict[str, Any], verify: VerifyEvent | None = None
) -> bool:
    """Let an event in as the web door does."""
    proved = (verify or shop.tools.verify_event)(*signed(content))
    with shop.tools.units(ACTOR) as work:
        return store_event(work, proved)


def test_one_event_delivered_three_times_at_once_has_one_effect(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_without_hearing(shop_of)
    content = event("payment_intent.succeeded", {"id": only_payment(shop_of)})
    with ThreadPoolExecutor(3) as doors:
        fresh = list(doors.map(lambda _: store(shop_of, content), range(3)))
    assert sorted(fresh) == [False, False, True]
    with ThreadPoolExecutor(3) as workers:
        list(workers.map(lambda _: apply_events(shop_of.tools), range(3)))
    assert shop_of.one(ProviderEvent).status is EventStatus.DONE
    assert len([each for each in shop_of.rows(Entry) if each.source == "payment"]) == 1
    assert shop_of.one(Invoice).status is InvoiceStatus.PAID


def charge_without_hearing(shop: ShopWithStandIn) -> None:
    """Let a charge succeed while our worker dies before it hears of it."""
    with shop.tools.units(ACTOR) as work:
        ticket = claim_payment(work)
    assert ticket
    made = shop.tools.gateway.create(ticket)
    shop.tools.gateway.confirm(type(ticket)(**{**vars(ticket), "provider_id": made.provider_id}))


def only_payment(shop: ShopWithStandIn) -> str:
    """Return the provider's name of the only payment there."""
    (made,) = shop.tools.books.payments()
    return made.provider_id


def test_an_event_that_beats_our_own_commit_is_applied(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_without_hearing(shop_of)
    assert shop_of.one(Payment).provider_id is None
    store(shop_of, event("payment_intent.succeeded", {"id": only_payment(shop_of)}))
    assert apply_events(shop_of.tools) == {"done": 1}
    let_leases_run_out(shop_of)
    assert resolve_unknown(shop_of.tools) == {}
    assert shop_of.balance()["1100"] == 2883


def test_an_event_about_something_not_written_yet_waits_and_ends_as_dead(shop_of):
    customer, card = shop_of.new_card(GOOD)
    made = shop_of.tools.books.v1.payment_intents.create(
        {
            "amount": 700,
            "currency": "usd",
            "customer": customer,
            "payment_method": card,
            "confirm": True,
            "metadata": {"app": "boxwright", "payment_id": "not here"},
        }
    )
    store(shop_of, event("payment_intent.succeeded", {"id": made.id}))
    assert apply_events(shop_of.tools) == {"waiting": 1}
    waiting = shop_of.one(ProviderEvent)
    assert (waiting.attempts, waiting.status) == (1, EventStatus.WAITING)
    assert "not known yet" in waiting.last_error
    for _ in range(9):
        with shop_of.tools.units(ACTOR) as work:
            defer_event(work, "evt_1", "still not")
    assert shop_of.one(ProviderEvent).status is EventStatus.DEAD
    with shop_of.tools.units(ACTOR) as work:
        assert replay_events(work) == 1
    assert shop_of.one(ProviderEvent).status is EventStatus.WAITING


def test_an_older_event_takes_nothing_back(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    wanted = only_payment(shop_of)
    store(shop_of, event("payment_intent.payment_failed", {"id": wanted, "status": "canceled"}))
    store(shop_of, event("payment_intent.canceled", {"id": wanted}, "evt_2"))
    store(shop_of, event("payment_intent.processing", {"id": wanted}, "evt_3"))
    assert apply_events(shop_of.tools) == {"done": 3}
    assert shop_of.one(Payment).status is PaymentStatus.SUCCEEDED
    assert shop_of.letters("payment_failed") == []


def test_hearsay_of_a_decline_does_not_end_a_try_under_way(shop_of):
    shop_of.subscribe("Ada", BROKE)
    shop_of.close_first_batch()
    charge_without_hearing(shop_of)
    store(shop_of, event("payment_intent.payment_failed", {"id": only_payment(shop_of)}))
    apply_events(shop_of.tools)
    assert shop_of.one(Payment).tries == 0
    let_leases_run_out(shop_of)
    assert resolve_unknown(shop_of.tools) == {"declined": 1}
    assert shop_of.one(Payment).tries == 1


def test_unknown_types_are_kept_and_ignored(shop_of, queue):
    assert store(shop_of, event("radar.early_fraud_warning.created", {"id": "issfr_1"}))
    assert shop_of.one(ProviderEvent).status is EventStatus.IGNORED
    assert apply_events(shop_of.tools) == {}


def test_what_another_program_did_at_the_provider_is_ignored(shop_of):
    customer, card = shop_of.new_card(GOOD)
    made = shop_of.tools.books.v1.payment_intents.create(
        {"amount": 700, "currency": "usd", "customer": customer, "payment_method": card}
    )
    store(shop_of, event("payment_intent.canceled", {"id": made.id}))
    assert apply_events(shop_of.tools) == {"ignored": 1}


def test_a_failing_database_leaves_no_mark(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_without_hearing(shop_of)
    store(shop_of, event("payment_intent.succeeded", {"id": only_payment(shop_of)}))
    with shop_of.tools.engine.begin() as connection:
        connection.execute(text("ALTER TABLE entry ADD CONSTRAINT broken CHECK (false) NOT VALID"))
    assert apply_events(shop_of.tools) == {"waiting": 1}
    assert shop_of.one(Payment).status is not PaymentStatus.SUCCEEDED
    with shop_of.tools.engine.begin() as connection:
        connection.execute(text("ALTER TABLE entry DROP CONSTRAINT broken"))
        connection.execute(text("UPDATE provider_event SET next_try_at = now()"))
    assert apply_events(shop_of.tools) == {"done": 1}
    assert shop_of.one(Payment).status is PaymentStatus.SUCCEEDED


def test_a_refund_made_on_the_providers_pages_comes_into_our_books(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    made = shop_of.tools.books.v1.refunds.create(
        {"payment_intent": only_payment(shop_of), "amount": 500}
    )
    store(shop_of, event("refund.created", {"id": made.id}))
    store(
        shop_of,
        event("charge.refunded", {"id": "ch", "payment_intent": only_payment(shop_of)}, "evt_2"),
    )
    assert apply_events(shop_of.tools) == {"done": 2}
    assert shop_of.one(Refund).reason == "provider"
    assert shop_of.one(Invoice).refunded_cents == 500
    assert shop_of.balance() == {"1100": 2383, "2000": -2500, "5000": 117}


def test_a_refund_that_bounces_is_taken_back_and_staff_is_told(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    with shop_of.tools.units(ACTOR) as work:
        invoice = shop_of.one(Invoice)
        ask_refund(work, invoice.id, None, "late", "r1")
        ask_refund(work, invoice.id, None, "late", "r1")
    assert refund_due(shop_of.tools) == {"succeeded": 1}
    assert refund_due(shop_of.tools) == {}
    refund = shop_of.one(Refund)
    assert shop_of.one(Invoice).status is InvoiceStatus.REFUNDED
    shop_of.pull(f"refunds/{refund.provider_id}/fail")
    store(shop_of, event("refund.failed", {"id": refund.provider_id}))
    store(shop_of, event("refund.updated", {"id": refund.provider_id}, "evt_2"))
    apply_events(shop_of.tools)
    assert shop_of.one(Refund).status is RefundStatus.FAILED
    assert (shop_of.one(Invoice).status, shop_of.one(Invoice).refunded_cents) == (
        InvoiceStatus.PAID,
        0,
    )
    assert shop_of.balance() == {"1100": 2883, "2000": -3000, "5000": 117}
    assert len(shop_of.letters("refund_failed")) == 1


@pytest.mark.parametrize("kind", ["cut", "timeout_before"])
def test_a_refund_whose_answer_was_lost_is_made_once(shop_of, kind):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    with shop_of.tools.units(ACTOR) as work:
        ask_refund(work, shop_of.one(Invoice).id, 1000, "late", "r1")
    shop_of.fault(kind, "/v1/refunds", times=3)
    assert refund_due(shop_of.tools) == {"unknown": 1}
    let_leases_run_out(shop_of)
    assert refund_due(shop_of.tools) == {"succeeded": 1}
    assert [each.amount_cents for each in shop_of.tools.books.refunds()] == [1000]
    assert "I5" not in {each.invariant for each in prove_books(shop_of.tools, ACTOR)}


def visit_setup_page(shop: ShopWithStandIn, customer: str, number: str) -> str:
    """Save a card on the provider's page, as a person does; return the session's id."""
    page = shop.tools.cards.setup_page(
        customer, "ref", "http://127.0.0.1/ok", "http://127.0.0.1/no"
    )
    form = {"card_number": number, "expiry": "12 / 40", "cvc": "123", "name": "Ada"}
    answer = requests.post(page, data=form, timeout=10, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    return page.rsplit("/", 1)[1]


def test_a_new_card_pays_what_was_declined_and_an_older_one_changes_nothing(shop_of, provider):
    ada = shop_of.subscribe("Ada", BROKE)
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    with shop_of.tools.units(ACTOR) as work:
        account = work.session.get_one(Account, ada.subscriber_id)
    moment = provider.book.now()
    shop_of.pull("clock", now=moment + 10)
    older = visit_setup_page(shop_of, account.provider_id, "5555555555554444")
    shop_of.pull("clock", now=moment + 20)
    newer = visit_setup_page(shop_of, account.provider_id, GOOD)
    store(shop_of, event("checkout.session.completed", {"id": newer}))
    assert apply_events(shop_of.tools) == {"done": 1}
    store(shop_of, event("checkout.session.completed", {"id": older}, "evt_2"))
    apply_events(shop_of.tools)
    assert shop_of.one(Account).card_last4 == "4242"
    assert charge_due(shop_of.tools) == {"succeeded": 1}
    assert shop_of.one(Invoice).status is InvoiceStatus.PAID


def test_a_card_taken_away_is_charged_no_more(shop_of):
    ada = shop_of.subscribe("Ada")
    with shop_of.tools.units(ACTOR) as work:
        card = work.session.get_one(Account, ada.subscriber_id).card_id
    store(shop_of, event("payment_method.detached", {"id": card, "object": "payment_method"}))
    assert apply_events(shop_of.tools) == {"done": 1}
    assert shop_of.one(Account).card_id is None


def test_missed_events_are_fetched_from_the_providers_list(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_without_hearing(shop_of)
    assert fetch_missed_events(shop_of.tools) >= 3
    assert fetch_missed_events(shop_of.tools) == 0
    apply_events(shop_of.tools)
    assert shop_of.one(Invoice).status is InvoiceStatus.PAID


def test_a_broken_event_does_not_keep_the_others_waiting(shop_of):
    store(shop_of, event("payment_intent.succeeded", {"id": "pi_nobody_knows"}))
    store(shop_of, event("checkout.session.completed", {"id": "cs_nobody"}, "evt_2"))
    assert apply_events(shop_of.tools) == {"waiting": 1, "ignored": 1}

"""Charges end to end: our jobs, the real SDK, the stand-in over HTTP, and the ledger."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from sqlalchemy import text

from app.billing.models import Account, Attempt, Invoice, Payment, Refund
from app.billing.ports import CardFacts
from app.billing.rules import AttemptStatus, InvoiceStatus, PaymentStatus, RefundStatus
from app.billing.services.begin_visit import begin_visit
from app.billing.services.cancel_payment import cancel_payment
from app.billing.services.claim_payment import claim_payment
from app.billing.services.save_card import save_card
from app.finance.services.apply_outcome import apply_outcome
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.jobs.charging import charge_due
from app.jobs.doubts import resolve_unknown
from app.jobs.refunding import refund_due
from tests.jobs.shop_with_stand_in import ACTOR, ASKS, BROKE, GOOD, ShopWithStandIn


def let_leases_run_out(shop: ShopWithStandIn) -> None:
    """Pretend that the workers which held payments died some minutes ago."""
    with shop.tools.engine.begin() as connection:
        connection.execute(text("UPDATE payment SET lease_until = now() - interval '1 minute'"))
        connection.execute(text("UPDATE refund SET lease_until = now() - interval '1 minute'"))


def age_attempts(shop: ShopWithStandIn, hours: int) -> None:
    """Pretend that attempts began so many hours ago."""
    with shop.tools.engine.begin() as connection:
        connection.execute(
            text("UPDATE attempt SET begun_real_at = begun_real_at - make_interval(hours => :h)"),
            {"h": hours},
        )


def test_a_good_card_pays_its_box_and_the_diary_balances(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    assert charge_due(shop_of.tools) == {"succeeded": 1}
    payment, invoice = shop_of.one(Payment), shop_of.one(Invoice)
    assert payment.status is PaymentStatus.SUCCEEDED
    assert (invoice.status, invoice.total_cents) == (InvoiceStatus.PAID, 3000)
    assert shop_of.balance() == {"1100": 3000 - 117, "2000": -3000, "5000": 117}
    box = next(each for each in shop_of.rows(Box) if each.invoice_id == invoice.id)
    assert box.status is BoxStatus.RELEASED
    (letter,) = shop_of.letters("payment_received")
    assert letter.facts["plan"]["en"] == "Weekly box"


def test_charging_again_changes_nothing(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    assert charge_due(shop_of.tools) == {}
    assert len(shop_of.successes()) == len(shop_of.rows(Attempt)) == 1


def test_a_soft_decline_is_tried_again_on_the_days_of_the_shop(shop_of):
    shop_of.subscribe("Ada", BROKE)
    shop_of.close_first_batch()
    first = shop_of.clock.moment
    for days, due in ((0, 1), (1, 3), (3, None)):
        shop_of.move_to(first + timedelta(days=days))
        assert charge_due(shop_of.tools) == {"declined": 1}
        payment = shop_of.one(Payment)
        assert payment.next_try_at == (due and first + timedelta(days=due))
    shop_of.move_to(first + timedelta(days=5))
    assert charge_due(shop_of.tools) == {}
    kinds = [each.kind for each in shop_of.letters("payment_failed", "payment_last_try")]
    assert kinds == ["payment_failed", "payment_last_try", "payment_failed"]
    (last,) = shop_of.letters("payment_last_try")
    assert last.facts["final_on"] == (first + timedelta(days=3)).date().isoformat()
    assert last.facts["reason"] == "generic_decline"
    keys = {each.idempotency_key for each in shop_of.rows(Attempt)}
    assert len(keys) == 3


def test_a_hard_decline_is_never_tried_again(shop_of):
    ada = shop_of.subscribe("Ada")
    shop_of.change_card(ada, "4000000000009979")
    shop_of.close_first_batch()
    assert charge_due(shop_of.tools) == {"declined": 1}
    assert shop_of.one(Payment).next_try_at is None
    assert [each.kind for each in shop_of.letters("card_needed")] == ["card_needed"]


def test_authentication_is_asked_for_once_and_paid_by_the_person(shop_of):
    shop_of.subscribe("Ada", ASKS)
    shop_of.close_first_batch()
    assert charge_due(shop_of.tools) == {"declined": 1}
    payment = shop_of.one(Payment)
    assert (payment.status, payment.next_try_at) == (PaymentStatus.NEEDS_ACTION, None)
    assert len(shop_of.letters("payment_action")) == 1
    with shop_of.tools.units(ACTOR) as work:
        visit = begin_visit(work, payment.id)
    outcome = shop_of.tools.gateway.confirm(visit.ticket, "http://127.0.0.1/back")
    with shop_of.tools.units(ACTOR) as work:
        apply_outcome(work, outcome, visit.ticket)
    assert outcome.action_url
    with shop_of.tools.units(ACTOR) as work:
        again = begin_visit(work, payment.id)
    assert again.under_way and again.waits
    answer_bank(outcome.action_url)
    outcome = shop_of.tools.gateway.retrieve(outcome.provider_id)
    with shop_of.tools.units(ACTOR) as work:
        apply_outcome(work, outcome)
    assert shop_of.one(Invoice).status is InvoiceStatus.PAID


def answer_bank(url: str) -> None:
    """Tell the bank's page yes."""
    requests.post(url, data={"answer": "approve"}, timeout=10, allow_redirects=False)


def test_an_abandoned_bank_page_ends(shop_of):
    shop_of.subscribe("Ada", ASKS)
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    with shop_of.tools.units(ACTOR) as work:
        visit = begin_visit(work, shop_of.one(Payment).id)
    outcome = shop_of.tools.gateway.confirm(visit.ticket, "http://127.0.0.1/back")
    with shop_of.tools.units(ACTOR) as work:
        apply_outcome(work, outcome, visit.ticket)
    age_attempts(shop_of, 2)
    assert resolve_unknown(shop_of.tools) == {"declined": 1}
    assert {each.status for each in shop_of.rows(Attempt)} == {AttemptStatus.FAILED}


@pytest.mark.parametrize("kind", ["timeout_after", "cut", "timeout_before"])
@pytest.mark.parametrize("call", ["/v1/payment_intents", "/v1/payment_intents/pi_"])
def test_a_lost_answer_never_charges_twice(shop_of, kind, call):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    shop_of.fault(kind, call, times=3)
    assert charge_due(shop_of.tools) == {"unknown": 1}
    assert shop_of.one(Attempt).status is AttemptStatus.BEGUN
    let_leases_run_out(shop_of)
    assert resolve_unknown(shop_of.tools) == {"succeeded": 1}
    assert len(shop_of.successes()) == 1
    assert shop_of.balance()["1100"] == 2883


def test_after_the_keys_are_forgotten_the_providers_list_is_asked(shop_of, provider):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    shop_of.fault("cut", "/v1/payment_intents", times=3)
    charge_due(shop_of.tools)
    let_leases_run_out(shop_of)
    age_attempts(shop_of, 25)
    shop_of.pull("clock", now=provider.book.now() + 25 * 3600)
    assert resolve_unknown(shop_of.tools) == {"anew": 1}
    assert charge_due(shop_of.tools) == {"succeeded": 1}
    assert len(shop_of.tools.books.payments()) == 1
    assert len(shop_of.successes()) == 1


def test_a_dead_worker_between_claim_and_create_is_made_good(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    with shop_of.tools.units(ACTOR) as work:
        assert claim_payment(work)
    assert charge_due(shop_of.tools) == {}
    let_leases_run_out(shop_of)
    assert charge_due(shop_of.tools) == {"succeeded": 1}


def test_a_worker_that_lost_its_lease_writes_nothing(shop_of):
    shop_of.subscribe("Ada", BROKE)
    shop_of.close_first_batch()
    with shop_of.tools.units(ACTOR) as work:
        stale = claim_payment(work)
    let_leases_run_out(shop_of)
    charge_due(shop_of.tools)
    before = shop_of.one(Payment).tries
    with shop_of.tools.units(ACTOR) as work:
        assert not apply_outcome(work, shop_of.tools.books.payments()[0], stale)
    assert shop_of.one(Payment).tries == before == 1


def test_a_payment_that_never_left_is_cancelled_at_once(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    with shop_of.tools.units(ACTOR) as work:
        assert cancel_payment(work, shop_of.one(Payment).id, "cancelled")
    assert shop_of.one(Invoice).status is InvoiceStatus.VOID
    assert charge_due(shop_of.tools) == {}
    assert shop_of.tools.books.payments() == []


def test_a_known_payment_is_cancelled_at_the_provider(shop_of):
    shop_of.subscribe("Ada", BROKE)
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    with shop_of.tools.units(ACTOR) as work:
        assert not cancel_payment(work, shop_of.one(Payment).id, "unpaid")
    assert charge_due(shop_of.tools) == {"cancelled": 1}
    (made,) = shop_of.tools.books.payments()
    assert made.status is PaymentStatus.CANCELLED
    assert shop_of.one(Invoice).status is InvoiceStatus.VOID


def test_a_cancel_that_comes_too_late_gives_the_money_back(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    with shop_of.tools.units(ACTOR) as work:
        ticket = claim_payment(work)
    made = shop_of.tools.gateway.create(ticket)
    shop_of.tools.gateway.confirm(replace(ticket, provider_id=made.provider_id))
    with shop_of.tools.units(ACTOR) as work:
        box = work.session.get_one(Box, next(b.id for b in shop_of.rows(Box) if b.invoice_id))
        box.status = BoxStatus.VOIDED
        cancel_payment(work, ticket.payment_id, "unpaid")
    let_leases_run_out(shop_of)
    charge_due(shop_of.tools)
    assert refund_due(shop_of.tools) == {"succeeded": 1}
    assert shop_of.one(Invoice).status is InvoiceStatus.REFUNDED
    assert shop_of.one(Refund).status is RefundStatus.SUCCEEDED
    assert shop_of.balance() == {"1100": -117, "5000": 117}


def test_a_new_card_pays_one_box_only(shop_of):
    ada = shop_of.subscribe("Ada", BROKE)
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    shop_of.close_first_batch()
    with shop_of.tools.units(ACTOR) as work:
        account = work.session.get_one(Account, ada.subscriber_id)
    shop_of.pull(f"payment_methods/{account.card_id}/card", card=GOOD)
    facts = CardFacts(account.provider_id, "pm_other", "visa", "4242", 12, 2041, made_at=9)
    charge_due(shop_of.tools)
    with shop_of.tools.units(ACTOR) as work:
        save_card(work, ada.subscriber_id, facts)
    assert len(shop_of.successes()) == 1
    assert sorted(each.status.value for each in shop_of.rows(Invoice)) == ["paid", "void"]


def test_no_card_means_no_try_and_one_letter(shop_of):
    ada = shop_of.subscribe("Ada")
    with shop_of.tools.engine.begin() as connection:
        connection.execute(text("UPDATE account SET card_id = NULL"))
    shop_of.close_first_batch()
    assert charge_due(shop_of.tools) == {"no_card": 1}
    assert charge_due(shop_of.tools) == {}
    assert len(shop_of.letters("card_needed")) == 1
    customer, card = shop_of.new_card(GOOD)
    with shop_of.tools.engine.begin() as connection:
        connection.execute(text("UPDATE account SET provider_id = :c"), {"c": customer})
    with shop_of.tools.units(ACTOR) as work:
        save_card(work, ada.subscriber_id, CardFacts(customer, card, "visa", "4242", 1, 2040))
    assert charge_due(shop_of.tools) == {"succeeded": 1}


def test_several_workers_at_once_charge_each_box_once(shop_of):
    for number in range(12):
        shop_of.subscribe(f"Person{number}")
    shop_of.close_first_batch()
    with ThreadPoolExecutor(3) as workers:
        list(workers.map(lambda _: charge_due(shop_of.tools), range(3)))
    assert len(shop_of.successes()) == len(set(shop_of.successes())) == 12
    assert len(shop_of.rows(Attempt)) == 12


def test_a_provider_that_is_away_is_not_pestered(shop_of):
    for number in range(4):
        shop_of.subscribe(f"Person{number}")
    shop_of.close_first_batch()
    shop_of.fault("status_500", "/v1/payment_intents", times=200)
    counts = charge_due(shop_of.tools)
    assert counts["unknown"] <= 4
    requests_left = [each for each in shop_of.rows(Payment) if each.status is PaymentStatus.DUE]
    assert len(requests_left) == 4

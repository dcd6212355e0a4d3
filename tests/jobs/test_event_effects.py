"""Every event that means something to the shop has its effect, by itself alone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stripe
from sqlalchemy import text

from app.billing.models import Account, Invoice, Payment, Refund
from app.billing.rules import PaymentStatus, RefundStatus
from app.core.unit_of_work import UnitOfWork
from app.finance.dispute_rules import DisputeStatus, PayoutStatus
from app.finance.models import Dispute, Entry, Payout, PayoutLine, ProviderEvent
from app.finance.ports import PurchaseFacts
from app.finance.rules import KINDS, EventStatus
from app.finance.services.apply_outcome import apply_outcome
from app.finance.services.take_purchase import TAKERS
from app.jobs.charging import charge_due
from app.jobs.events import apply_events
from tests.jobs.shop_with_stand_in import ACTOR, GOOD, ShopWithStandIn, event
from tests.jobs.test_provider_events import charge_without_hearing, store, visit_setup_page


def hear(shop: ShopWithStandIn, kind: str, thing: dict[str, Any]) -> EventStatus:
    """Let one event in, apply it, and say how it ended."""
    name = f"evt_{len(shop.rows(ProviderEvent)) + 1}"
    store(shop, event(kind, thing, name))
    apply_events(shop.tools)
    (ended,) = [each for each in shop.rows(ProviderEvent) if each.id == name]
    return ended.status


def change(provider: Any, name: str, **fields: Any) -> None:
    """Let an object at the provider be otherwise than it came to be by itself."""
    with provider.book.work():
        provider.book.put({**(provider.book.get(name) or {}), **fields})


@pytest.fixture
def paid(shop_of: ShopWithStandIn) -> ShopWithStandIn:
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    return shop_of


# Event, how the payment stands at the provider, how our try stood, how the payment ends here.
PAYMENTS: tuple[tuple[str, dict[str, Any], str, PaymentStatus], ...] = (
    ("succeeded", {}, "begun", PaymentStatus.SUCCEEDED),
    ("processing", {"status": "processing"}, "needs_action", PaymentStatus.PROCESSING),
    ("requires_action", {"status": "requires_action"}, "processing", PaymentStatus.NEEDS_ACTION),
    (
        "payment_failed",
        {
            "status": "requires_payment_method",
            "last_payment_error": {
                "type": "card_error",
                "code": "card_declined",
                "decline_code": "insufficient_funds",
            },
        },
        "processing",
        PaymentStatus.CREATED,
    ),
    ("canceled", {"status": "canceled"}, "begun", PaymentStatus.CANCELLED),
)


def test_payment_intents(shop_of, provider):
    for number, _ in enumerate(PAYMENTS):
        shop_of.subscribe(f"P{number}")
    shop_of.close_first_batch()
    for _ in PAYMENTS:
        charge_without_hearing(shop_of)
    made = shop_of.tools.books.payments()
    for outcome, (kind, state, before, after) in zip(made, PAYMENTS, strict=True):
        change(provider, outcome.provider_id, **state)
        with shop_of.tools.units(ACTOR) as work:
            wanted = {"status": before, "id": outcome.payment_id}
            work.session.execute(
                text("UPDATE attempt SET status = :status WHERE payment_id = :id"), wanted
            )
        ended = hear(shop_of, f"payment_intent.{kind}", {"id": outcome.provider_id})
        (payment,) = [p for p in shop_of.rows(Payment) if str(p.id) == outcome.payment_id]
        assert (kind, ended, payment.status) == (kind, EventStatus.DONE, after)
    assert [entry.source for entry in shop_of.rows(Entry)] == ["payment", "fee"]
    assert len(shop_of.letters("payment_received")) == 1
    assert len(shop_of.letters("payment_failed")) == 1
    states = sorted(invoice.status.value for invoice in shop_of.rows(Invoice))
    assert states == ["open", "open", "open", "paid", "void"]


def test_charge_updated_brings_the_fee_that_came_late_and_charge_succeeded_nothing(shop_of):
    shop_of.subscribe("Ada")
    shop_of.close_first_batch()
    charge_without_hearing(shop_of)
    (outcome,) = shop_of.tools.books.payments()
    charge = {"id": "ch_1", "object": "charge", "payment_intent": outcome.provider_id}
    assert hear(shop_of, "charge.succeeded", charge) is EventStatus.IGNORED
    assert shop_of.rows(Entry) == []
    with shop_of.tools.units(ACTOR) as work:
        apply_outcome(work, replace(outcome, fee_cents=None))
    assert "5000" not in shop_of.balance()
    assert hear(shop_of, "charge.updated", charge) is EventStatus.DONE
    assert shop_of.balance()["5000"] == outcome.fee_cents


REFUNDS = ("refund.created", "charge.refunded", "charge.refund.updated", "refund.updated")


def test_refunds(paid):
    intent = paid.one(Payment).provider_id
    for number, kind in enumerate(REFUNDS, start=1):
        made = paid.tools.books.v1.refunds.create({"payment_intent": intent, "amount": 100})
        about = {"id": "ch_1", "payment_intent": intent} if kind == "charge.refunded" else made
        assert hear(paid, kind, dict(id=about["id"], payment_intent=intent)) is EventStatus.DONE
        assert paid.one(Invoice).refunded_cents == 100 * number
    paid.pull(f"refunds/{made.id}/fail")
    assert hear(paid, "refund.failed", {"id": made.id}) is EventStatus.DONE
    assert paid.one(Invoice).refunded_cents == 300
    assert RefundStatus.FAILED in {refund.status for refund in paid.rows(Refund)}


def test_disputes(shop_of):
    for name in ("Ada", "Ben"):
        shop_of.subscribe(name)
    shop_of.close_first_batch()
    charge_due(shop_of.tools)
    first, second = shop_of.rows(Payment)
    before = shop_of.balance()
    one = shop_of.pull("disputes", payment_intent=first.provider_id)
    assert hear(shop_of, "charge.dispute.created", {"id": one["id"]}) is EventStatus.DONE
    assert shop_of.one(Dispute).status is DisputeStatus.NEEDS_RESPONSE
    assert len(shop_of.letters("dispute_opened")) == 1
    shop_of.tools.money.v1.disputes.update(one["id"], {"evidence": {"uncategorized_text": "x"}})
    hear(shop_of, "charge.dispute.updated", {"id": one["id"]})
    assert shop_of.one(Dispute).status is DisputeStatus.UNDER_REVIEW
    shop_of.pull(f"disputes/{one['id']}/close", status="won")
    hear(shop_of, "charge.dispute.closed", {"id": one["id"]})
    assert shop_of.one(Dispute).status is DisputeStatus.WON
    two = shop_of.pull("disputes", payment_intent=second.provider_id)
    hear(shop_of, "charge.dispute.funds_withdrawn", {"id": two["id"]})
    assert shop_of.balance()["1150"] == two["amount"]
    shop_of.pull(f"disputes/{two['id']}/close", status="won")
    hear(shop_of, "charge.dispute.funds_reinstated", {"id": two["id"]})
    assert shop_of.balance() == before


def test_payouts(paid, provider):
    sent = paid.pull("payouts")
    change(provider, sent["id"], status="pending")
    hear(paid, "payout.created", {"id": sent["id"]})
    assert paid.one(Payout).status is PayoutStatus.PENDING
    assert paid.balance()["1000"] == sent["amount"]
    change(provider, sent["id"], status="in_transit")
    hear(paid, "payout.updated", {"id": sent["id"]})
    assert paid.one(Payout).status is PayoutStatus.IN_TRANSIT
    change(provider, sent["id"], status="paid")
    hear(paid, "payout.paid", {"id": sent["id"]})
    assert (paid.one(Payout).status, paid.rows(PayoutLine)) == (PayoutStatus.PAID, [])
    hear(paid, "payout.reconciliation_completed", {"id": sent["id"]})
    assert [line.category for line in paid.rows(PayoutLine)] == ["charge"]
    assert paid.one(Payout).reconciled_at is not None
    paid.pull(f"payouts/{sent['id']}/fail")
    hear(paid, "payout.failed", {"id": sent["id"]})
    assert paid.one(Payout).status is PayoutStatus.FAILED
    assert "1000" not in paid.balance()
    again = paid.pull("payouts")
    change(provider, again["id"], status="canceled")
    hear(paid, "payout.canceled", {"id": again["id"]})
    assert "1000" not in paid.balance()


CARD_NEWS = ("customer.updated", "payment_method.attached", "payment_method.updated")


def test_cards(shop_of, provider):
    ada = shop_of.subscribe("Ada")
    with shop_of.tools.units(ACTOR) as work:
        account = shop_of.account(work, ada)
    customer = {"id": account.provider_id, "object": "customer"}
    method = {"id": account.card_id, "object": "payment_method", "customer": account.provider_id}
    card = (provider.book.get(account.card_id) or {})["card"]
    for year, kind in enumerate((*CARD_NEWS, "payment_method.automatically_updated"), start=2050):
        change(provider, account.card_id, card={**card, "exp_year": year})
        about = customer if kind.startswith("customer") else method
        assert hear(shop_of, kind, about) is EventStatus.DONE
        assert shop_of.one(Account).card_exp_year == year
    with pytest.raises(AssertionError):  # the page shows the refusal again
        visit_setup_page(shop_of, account.provider_id, "4000000000000002")
    failed = {"id": "seti_1", "object": "setup_intent", "customer": account.provider_id}
    hear(shop_of, "setup_intent.setup_failed", failed)
    assert len(shop_of.letters("card_not_saved")) == 1
    provider.book.clock.set(provider.book.now() + 60)
    session = visit_setup_page(shop_of, account.provider_id, "5555555555554444")
    setup = (provider.book.get(session) or {})["setup_intent"]
    assert hear(shop_of, "setup_intent.succeeded", {"id": setup}) is EventStatus.DONE
    assert shop_of.one(Account).card_last4 == "4444"
    hear(shop_of, "payment_method.detached", {"id": shop_of.one(Account).card_id})
    assert shop_of.one(Account).card_id is None
    provider.book.clock.set(provider.book.now() + 60)
    session = visit_setup_page(shop_of, account.provider_id, GOOD)
    hear(shop_of, "checkout.session.completed", {"id": session, "mode": "setup"})
    assert shop_of.one(Account).card_last4 == "4242"
    hear(shop_of, "customer.deleted", customer)
    assert shop_of.one(Account).card_id is None


@pytest.fixture
def bought() -> Iterator[list[PurchaseFacts]]:
    """What is told to a seller who is made up for the test."""
    told: list[PurchaseFacts] = []

    def take(work: UnitOfWork, facts: PurchaseFacts) -> bool:
        told.append(facts)
        return True

    TAKERS["test"] = take
    yield told
    del TAKERS["test"]


# Event, how the visit stands at the provider, whether it is paid, whether it is over.
VISITS = (
    ("completed", {"status": "complete", "payment_status": "paid"}, True, False),
    ("async_payment_succeeded", {"status": "complete", "payment_status": "paid"}, True, False),
    ("async_payment_failed", {"status": "complete", "payment_status": "unpaid"}, False, True),
    ("expired", {"status": "expired", "payment_status": "unpaid"}, False, True),
)


def test_visits_that_pay(shop_of, provider, bought):
    for kind, state, paid, over in VISITS:
        made = open_visit(shop_of, {"app": "boxwright", "purpose": "test"})
        change(provider, made.id, **state)
        told = {"id": made.id, "mode": "payment"}
        assert hear(shop_of, f"checkout.session.{kind}", told) is EventStatus.DONE
        assert (bought[-1].paid, bought[-1].over) == (paid, over)
    strange = open_visit(shop_of, {})
    change(provider, strange.id, status="complete", payment_status="paid")
    ended = hear(shop_of, "checkout.session.completed", {"id": strange.id, "mode": "payment"})
    assert ended is EventStatus.IGNORED
    nobody = open_visit(shop_of, {"app": "boxwright", "purpose": "nobody knows"})
    change(provider, nobody.id, status="complete", payment_status="paid")
    ended = hear(shop_of, "checkout.session.completed", {"id": nobody.id, "mode": "payment"})
    assert ended is EventStatus.WAITING
    assert len(bought) == len(VISITS)


def open_visit(shop: ShopWithStandIn, labels: dict[str, str]) -> stripe.checkout.Session:
    price = {"currency": "usd", "unit_amount": 9000, "product_data": {"name": "Three boxes"}}
    return shop.tools.books.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],
            "success_url": "http://127.0.0.1/ok",
            "metadata": labels,
        }
    )


def test_a_thin_event_is_fetched_and_has_the_same_effect(paid):
    made = paid.tools.books.v1.refunds.create(
        {"payment_intent": paid.one(Payment).provider_id, "amount": 100}
    )
    charge = str(made.charge)
    thin = {
        "id": "evt_thin",
        "object": "v2.core.event",
        "type": "v1.charge.refunded",
        "created": "2027-01-04T15:00:00.000Z",
        "livemode": False,
        "related_object": {"id": charge, "type": "charge", "url": f"/v1/charges/{charge}"},
    }
    store(paid, thin, paid.tools.verify_thin_event)
    row = paid.one(ProviderEvent)
    assert (row.type, row.object_id, row.created) == ("charge.refunded", charge, 1799074800)
    apply_events(paid.tools)
    assert paid.one(Invoice).refunded_cents == 100


def test_every_event_that_means_something_is_in_this_file():
    source = Path(__file__).read_text()
    told = {f"payment_intent.{row[0]}" for row in PAYMENTS}
    told |= {f"checkout.session.{row[0]}" for row in VISITS}
    assert {kind for kind in KINDS if kind not in told and f'"{kind}"' not in source} == set()

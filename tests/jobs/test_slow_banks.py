"""A shop that takes debits, against the stand-in: waiting, late success, late failure, books."""

from dataclasses import replace

import pytest

from app.billing.models import Attempt, Invoice, Payment
from app.billing.ports import CardFacts
from app.billing.services.save_card import save_card
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.jobs.charging import charge_due
from app.jobs.events import apply_events, fetch_missed_events
from app.wiring.settings import Settings
from app.wiring.tools import assemble
from tests.conftest import HOME
from tests.jobs.shop_with_stand_in import ACTOR

GOOD = "DE89370400440532013000"


@pytest.fixture
def shop(shop):
    """A shop in euros that lets boxes go before the bank has paid."""
    return replace(shop, currency="EUR", ships_while_processing=True)


@pytest.fixture
def euros(shop_of, engine, queue, mailer, units, provider):
    """The shop, whose subscriber Ada pays from her bank account; her first box is charged."""
    settings = Settings(
        home=HOME,
        stripe_api_base=provider.url,
        currency="EUR",
        payment_methods="card,sepa_debit",
    )
    shop_of.tools = replace(assemble(settings, engine, queue, mailer), units=units)
    ada = shop_of.subscribe("Ada")
    row = {"email": "ada@example.com", "name": "Ada", "iban": GOOD}
    made = shop_of.pull("customers/bulk", customers=[row])["customers"][0]
    with shop_of.tools.units(ACTOR) as work:
        facts = CardFacts(
            made["customer"], made["payment_method"], "sepa_debit", "3000", 12, 9999, None, 2**40
        )
        work.session.delete(shop_of.account(work, ada))
        work.session.flush()
        save_card(work, ada.subscriber_id, facts)
    shop_of.close_first_batch()
    assert charge_due(shop_of.tools) == {"processing": 1}
    return shop_of


def hear(shop) -> None:
    """Fetch what the provider would have told, and apply it."""
    fetch_missed_events(shop.tools)
    apply_events(shop.tools)


def test_a_debit_that_arrives_settles_what_was_owed(euros):
    assert BoxStatus.RELEASED in {box.status for box in euros.rows(Box)}
    assert charge_due(euros.tools) == {}
    assert euros.balance()["1200"] == 3000
    assert euros.wrong() == ()
    euros.pull(f"payment_intents/{euros.one(Payment).provider_id}/decide")
    hear(euros)
    assert "1200" not in euros.balance()
    assert euros.wrong() == ()


def test_a_debit_that_fails_late_is_tried_again_and_paid(euros):
    euros.pull(
        f"payment_intents/{euros.one(Payment).provider_id}/decide", failure="insufficient_funds"
    )
    hear(euros)
    payment = euros.one(Payment)
    assert [each.decline_code for each in euros.rows(Attempt)] == ["insufficient_funds"]
    assert payment.next_try_at is not None
    assert [each.kind for each in euros.letters("payment_failed")] == ["payment_failed"]
    assert euros.balance()["1200"] == 3000
    assert euros.wrong() == ()
    euros.move_to(payment.next_try_at)
    charge_due(euros.tools)
    assert euros.one(Invoice).status.value == "open"
    euros.pull(f"payment_intents/{payment.provider_id}/decide")
    hear(euros)
    assert (euros.one(Invoice).status.value, "1200" in euros.balance()) == ("paid", False)
    assert euros.wrong() == ()

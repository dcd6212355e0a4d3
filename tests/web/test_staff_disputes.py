"""Disputes and the provider's events, as the staff sees them and answers."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.clock import real_now
from app.finance.dispute_rules import DisputeStatus
from app.finance.event_shape import VerifiedEvent
from app.finance.models import Dispute, ProviderEvent
from app.finance.ports import DisputeFacts, Movement
from app.finance.rules import EventStatus
from app.finance.services.settle_dispute import settle_dispute
from app.finance.services.store_event import store_event
from app.fulfilment.models import BoxHold
from app.people.rules import Role
from tests.web.staff_shop import ACTOR, StaffShop


@pytest.fixture
def disputed(packed: StaffShop) -> Dispute:
    """Ada's bank says that her box never came."""
    now = real_now()
    with packed.units(ACTOR) as work:
        paid = packed.payment(work, packed.ada)
        taken = Movement("txn_1", "dispute", -2600, 1500, -4100, "USD", "du_1", None, now)
        facts = DisputeFacts(
            provider_id="du_1",
            provider_payment_id=paid.provider_id,
            amount_cents=2600,
            currency="USD",
            reason="product_not_received",
            status=DisputeStatus.NEEDS_RESPONSE,
            opened_at=now,
            due_by=now + timedelta(days=7),
            movements=(taken,),
        )
        assert settle_dispute(work, facts)
        return work.session.scalars(select(Dispute)).one()


def test_a_stranger_is_turned_away(client):
    assert client.get("/staff/disputes/").status_code == 303
    assert client.get("/staff/events/").status_code == 303


def test_the_evidence_of_a_dispute_is_gathered_and_kept(sign_in, packed, disputed):
    browser = sign_in("fin@example.com", Role.FINANCE)
    listed = browser.get("/staff/disputes/").text
    assert "Ada" in listed and "$26.00" in listed and "no evidence yet" in listed
    page = browser.get(f"/staff/disputes/{disputed.id}").text
    assert "The goods did not arrive." in page and "BW-1001-0" in page and "12 Bean Street" in page
    said = {"evidence": "Signed for by Ada."}
    assert browser.post(f"/staff/disputes/{disputed.id}/evidence", data=said).status_code == 303
    assert "Signed for by Ada." in browser.get(f"/staff/disputes/{disputed.id}").text
    long = {"evidence": "x" * 20_001}
    browser.post(f"/staff/disputes/{disputed.id}/evidence", data=long)
    assert "Signed for by Ada." in browser.get(f"/staff/disputes/{disputed.id}").text
    browser.post(f"/staff/disputes/{disputed.id}/boxes")
    with packed.units(ACTOR) as work:
        assert work.session.scalars(select(BoxHold)).one().ended_at is not None


def test_an_event_that_was_given_up_is_shown_as_it_came_and_tried_again(sign_in, packed):
    body = json.dumps({"id": "evt_9", "data": {"object": {"id": "pi_lost"}}}).encode()
    with packed.units(ACTOR) as work:
        store_event(work, VerifiedEvent("evt_9", "payment_intent.succeeded", 1, "pi_lost", body))
        event = work.session.get_one(ProviderEvent, "evt_9")
        event.status, event.last_error = EventStatus.DEAD, "not known yet: pi_lost"
    browser = sign_in("fin@example.com", Role.FINANCE)
    assert "not known yet: pi_lost" in browser.get("/staff/events/").text
    assert "pi_lost" in browser.get("/staff/events/evt_9").text
    assert browser.post("/staff/events/evt_9/again").status_code == 303
    with packed.units(ACTOR) as work:
        assert work.session.get_one(ProviderEvent, "evt_9").status is EventStatus.WAITING

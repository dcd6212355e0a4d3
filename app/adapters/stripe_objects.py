"""Stripe's events that never arrived, and the objects that events speak of."""

import json
from datetime import datetime
from typing import Any

import stripe

from app.adapters.stripe_calls import OURS, StripeCalls
from app.adapters.stripe_lists import all_pages
from app.finance.ports import PurchaseFacts


class StripeObjects:
    """What events hint at, on Stripe's calls."""

    def __init__(self, calls: StripeCalls) -> None:
        self.calls = calls
        self.v1 = calls.client.v1

    def undelivered(self, since: datetime) -> list[bytes]:
        """List the events whose delivery failed so far, oldest first, as they would come."""
        rows = all_pages(self.calls, "events", self.v1.events, since, delivery_success=False)
        return [json.dumps(each.to_dict(for_json=True)).encode() for each in reversed(rows)]

    def thing(self, address: str) -> dict[str, Any]:
        """Fetch the object that a thin event names by its address below the API."""
        if not address.startswith("/v1/"):
            return {}
        answer = self.calls.ask("thing", lambda: self.calls.client.raw_request("get", address))
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    def purchase(self, session_id: str) -> PurchaseFacts | None:
        """Ask what became of a visit that was to pay; None if it is not ours or pays nothing."""
        session = self.calls.ask(
            "checkout.sessions.retrieve", lambda: self.v1.checkout.sessions.retrieve(session_id)
        )
        labels = session.metadata.to_dict() if session.metadata else {}
        if session.mode != "payment" or labels.get("app") != OURS:
            return None
        return PurchaseFacts(
            session_id=session.id,
            paid=session.payment_status == "paid",
            over=session.status == "expired",
            provider_payment_id=_name(session.payment_intent),
            amount_cents=session.amount_total or 0,
            currency=(session.currency or "").upper(),
            customer_id=_name(session.customer),
            reference=session.client_reference_id,
            labels=labels,
        )


def _name(thing: str | stripe.PaymentIntent | stripe.Customer | None) -> str | None:
    return thing if thing is None or isinstance(thing, str) else thing.id

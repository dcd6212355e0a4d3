"""Customers and cards at Stripe: accounts, the setup page, and which card is the newest."""

import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

import stripe

from app.adapters.stripe_calls import OURS, StripeCalls
from app.billing.ports import CardFacts, ProviderRefused

METHOD = "setup_intent.payment_method"
DEFAULT = "invoice_settings.default_payment_method"


class StripeCards:
    """The card desk on Stripe's hosted pages; no card number ever reaches the shop."""

    def __init__(self, calls: StripeCalls, methods: Sequence[str] = ("card",)) -> None:
        self.calls = calls
        self.methods = list(methods)
        self.customers = calls.client.v1.customers
        self.sessions = calls.client.v1.checkout.sessions
        self.setups = calls.client.v1.setup_intents

    def open_account(self, subscriber_id: uuid.UUID, email: str, name: str) -> str:
        """Open the subscriber's account at the provider, once however often it is asked."""
        # The key covers what is sent: an answer that was lost is found again, and a changed
        # address does not clash with the earlier request.
        mark = hashlib.sha256(f"{email}\n{name}".encode()).hexdigest()[:12]
        customer = self.calls.ask(
            "customers.create",
            lambda: self.customers.create(
                {
                    "email": email,
                    "name": name,
                    "metadata": {"app": OURS, "subscriber_id": str(subscriber_id)},
                },
                {"idempotency_key": f"cus:{subscriber_id}:{mark}"},
            ),
        )
        return customer.id

    def setup_page(
        self, customer_id: str, reference: str, success_url: str, cancel_url: str
    ) -> str:
        """Return the address of a page of the provider on which a card is saved."""
        labels = {"app": OURS, "reference": reference}
        wanted: dict[str, Any] = {
            "mode": "setup",
            "customer": customer_id,
            "payment_method_types": self.methods,
            "client_reference_id": reference,
            "metadata": labels,
            "setup_intent_data": {"metadata": labels},
            "success_url": success_url,
            "cancel_url": cancel_url,
        }
        session = self.calls.ask(
            "checkout.sessions.create",
            lambda: self.sessions.create(wanted),  # type: ignore[arg-type]  # the SDK's types describe a later version than ours
        )
        return str(session.url)

    def finished_setup(self, visit_id: str) -> CardFacts | None:
        """Return the card that a visit to the setup page left, or the newer one that replaced it.

        The visit is known by its own name or by that of the setup made there. None while it is
        not finished, and for visits that are not ours.
        """
        try:
            setup = self._setup(visit_id)
        except ProviderRefused:
            return None
        if setup is None or setup.status != "succeeded" or setup.customer is None:
            return None
        method = setup.payment_method
        labels = setup.metadata.to_dict() if setup.metadata else {}
        if labels.get("app") != OURS or not isinstance(method, stripe.PaymentMethod):
            return None
        customer_id = _id(setup.customer)
        facts = card_facts(customer_id, method, labels.get("reference"))
        current = self.card(customer_id)
        if current and (current.card_id == facts.card_id or current.made_at > facts.made_at):
            return current
        self._prefer(customer_id, facts.card_id, visit_id)
        return facts

    def _setup(self, visit_id: str) -> stripe.SetupIntent | None:
        """Ask for the setup that was made on a visit."""
        if visit_id.startswith("seti_"):
            return self.calls.ask(
                "setup_intents.retrieve",
                lambda: self.setups.retrieve(visit_id, {"expand": ["payment_method"]}),
            )
        session = self.calls.ask(
            "checkout.sessions.retrieve",
            lambda: self.sessions.retrieve(visit_id, {"expand": [METHOD]}),
        )
        found = session.setup_intent if session.status == "complete" else None
        return found if isinstance(found, stripe.SetupIntent) else None

    def card(self, customer_id: str) -> CardFacts | None:
        """Return the card that the provider would charge by default."""
        customer = self.calls.ask(
            "customers.retrieve",
            lambda: self.customers.retrieve(customer_id, {"expand": [DEFAULT]}),
        )
        settings = customer.invoice_settings if "invoice_settings" in customer else None
        method = settings.default_payment_method if settings else None
        if not isinstance(method, stripe.PaymentMethod):
            return None
        return card_facts(customer_id, method, None)

    def _prefer(self, customer_id: str, card_id: str, visit_id: str) -> None:
        self.calls.ask(
            "customers.update",
            lambda: self.customers.update(
                customer_id,
                {"invoice_settings": {"default_payment_method": card_id}},
                {"idempotency_key": f"cus:{customer_id}:{visit_id}"},
            ),
        )


def card_facts(customer_id: str, method: stripe.PaymentMethod, reference: str | None) -> CardFacts:
    """Put a saved card into the product's words."""
    card = method.card if "card" in method else None
    debit = method.sepa_debit if "sepa_debit" in method else None
    last4 = card.last4 if card else debit.last4 if debit else None
    return CardFacts(
        customer_id=customer_id,
        card_id=method.id,
        brand=card.brand if card else method.type,
        last4=last4 or "",
        exp_month=card.exp_month if card else 12,
        exp_year=card.exp_year if card else 9999,
        reference=reference,
        made_at=method.created,
    )


def _id(customer: str | stripe.Customer) -> str:
    return customer if isinstance(customer, str) else customer.id

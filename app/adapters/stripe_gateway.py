"""Charges, cancels and refunds through Stripe, in two steps that can each be asked about later."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import stripe

from app.adapters.stripe_calls import OURS, StripeCalls
from app.billing.ports import ChargeTicket, Outcome, ProviderRefused, RefundOutcome, RefundTicket
from app.billing.rules import PaymentStatus, RefundStatus

STATUS = {
    "requires_payment_method": PaymentStatus.CREATED,
    "requires_confirmation": PaymentStatus.CREATED,
    "requires_action": PaymentStatus.NEEDS_ACTION,
    "requires_capture": PaymentStatus.PROCESSING,
    "processing": PaymentStatus.PROCESSING,
    "succeeded": PaymentStatus.SUCCEEDED,
    "canceled": PaymentStatus.CANCELLED,
}
REFUND_STATUS = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
# A bank, not a card, refused: `insufficient_funds` and its like stand elsewhere.
NO_CARD = "payment_intent_payment_attempt_failed"
FEE = "latest_charge.balance_transaction"


class StripeGateway:
    """The payment gateway on Stripe's PaymentIntents, one for each payment."""

    def __init__(self, calls: StripeCalls, methods: Sequence[str] = ("card",)) -> None:
        self.calls = calls
        self.methods = list(methods)
        self.intents = calls.client.v1.payment_intents
        self.refunds = calls.client.v1.refunds

    def create(self, ticket: ChargeTicket) -> Outcome:
        """Make the payment known to the provider without taking money."""
        wanted: dict[str, Any] = {
            "amount": ticket.amount_cents,
            "currency": ticket.currency.lower(),
            "customer": ticket.customer_id,
            "payment_method": ticket.card_id,
            "payment_method_types": self.methods,
            "description": ticket.description,
            "metadata": {
                "app": OURS,
                "payment_id": str(ticket.payment_id),
                "invoice": str(ticket.invoice_number),
            },
        }
        if ticket.tax_calculation_id:
            # The provider records the tax with the payment, and takes it back with a refund.
            wanted["hooks"] = {"inputs": {"tax": {"calculation": ticket.tax_calculation_id}}}
        key = ticket.idempotency_key
        intent = self.calls.ask(
            "payment_intents.create",
            lambda: self.intents.create(wanted, {"idempotency_key": key}),  # type: ignore[arg-type]  # the SDK's types describe a later version than ours
        )
        return outcome_of(intent)

    def confirm(self, ticket: ChargeTicket, return_url: str | None = None) -> Outcome:
        """Take the money; with `return_url` while the person is there to answer their bank."""
        wanted = str(ticket.provider_id)
        manner: dict[str, Any] = {"payment_method": ticket.card_id, "expand": [FEE]}
        if return_url is None:
            manner["off_session"] = True
        else:
            manner |= {"return_url": return_url, "setup_future_usage": "off_session"}
        key = f"{ticket.idempotency_key}-confirm"
        try:
            intent = self.calls.ask(
                "payment_intents.confirm",
                lambda: self.intents.confirm(wanted, manner, {"idempotency_key": key}),  # type: ignore[arg-type]  # built in two ways
            )
        except stripe.CardError as declined:
            return _declined(ticket, declined)
        return outcome_of(intent)

    def retrieve(self, provider_id: str) -> Outcome:
        """Ask what became of a payment."""
        intent = self.calls.ask(
            "payment_intents.retrieve",
            lambda: self.intents.retrieve(provider_id, {"expand": [FEE]}),
        )
        return outcome_of(intent)

    def cancel(self, provider_id: str) -> Outcome:
        """Make sure that the payment can never succeed; if it is too late, say what it is."""
        try:
            intent = self.calls.ask(
                "payment_intents.cancel",
                lambda: self.intents.cancel(provider_id, {"cancellation_reason": "abandoned"}),
            )
        except ProviderRefused as refused:
            if refused.code != "payment_intent_unexpected_state":
                raise
            return self.retrieve(provider_id)
        return outcome_of(intent)

    def refund(self, ticket: RefundTicket) -> RefundOutcome:
        """Give money back; the same ticket is paid once."""
        refund = self.calls.ask(
            "refunds.create",
            lambda: self.refunds.create(
                {
                    "payment_intent": ticket.provider_payment_id,
                    "amount": ticket.amount_cents,
                    "reason": "requested_by_customer",
                    "metadata": {"app": OURS, "refund_id": str(ticket.refund_id)},
                },
                {"idempotency_key": ticket.idempotency_key},
            ),
        )
        return refund_of(refund)

    def retrieve_refund(self, provider_id: str) -> RefundOutcome:
        """Ask what became of a refund."""
        return refund_of(
            self.calls.ask("refunds.retrieve", lambda: self.refunds.retrieve(provider_id))
        )

    def refunds_of(self, provider_id: str) -> list[RefundOutcome]:
        """List every refund of one payment."""
        page = self.calls.ask(
            "refunds.list",
            lambda: self.refunds.list({"payment_intent": provider_id, "limit": 100}),
        )
        return [refund_of(each) for each in page.data]


def outcome_of(intent: stripe.PaymentIntent) -> Outcome:
    """Put a payment intent into the product's words."""
    charge = intent.latest_charge
    known = charge if isinstance(charge, stripe.Charge) else None
    moved = known.balance_transaction if known else None
    status = STATUS[intent.status]
    labels = intent.metadata.to_dict() if intent.metadata else {}
    return Outcome(
        provider_id=intent.id,
        status=status,
        amount_cents=intent.amount,
        currency=intent.currency.upper(),
        decline_code=_last_decline(intent) if status is PaymentStatus.CREATED else None,
        fee_cents=moved.fee if isinstance(moved, stripe.BalanceTransaction) else None,
        action_url=_action_url(intent),
        payment_id=labels.get("payment_id"),
        refunded_cents=known.amount_refunded if known else 0,
        ours=labels.get("app") == OURS,
    )


def refund_of(refund: stripe.Refund) -> RefundOutcome:
    """Put a refund into the product's words."""
    labels = refund.metadata.to_dict() if refund.metadata else {}
    paid = refund.payment_intent
    return RefundOutcome(
        provider_id=refund.id,
        status=REFUND_STATUS[str(refund.status)],
        amount_cents=refund.amount,
        refund_id=labels.get("refund_id"),
        provider_payment_id=paid.id if isinstance(paid, stripe.PaymentIntent) else paid,
        ours=labels.get("app") == OURS,
        bounced="failure_balance_transaction" in refund
        and refund.failure_balance_transaction is not None,
    )


def _declined(ticket: ChargeTicket, declined: stripe.CardError) -> Outcome:
    """Read a refused card: the payment stays open at the provider."""
    error = declined.error
    code = (error.decline_code if error else None) or declined.code or "card_declined"
    intent = error.payment_intent if error and "payment_intent" in error else None
    if isinstance(intent, stripe.PaymentIntent):
        return replace(outcome_of(intent), decline_code=code)
    return Outcome(
        provider_id=str(ticket.provider_id),
        status=PaymentStatus.CREATED,
        amount_cents=ticket.amount_cents,
        currency=ticket.currency,
        decline_code=code,
        payment_id=str(ticket.payment_id),
        ours=True,
    )


def _last_decline(intent: stripe.PaymentIntent) -> str | None:
    error = intent.last_payment_error
    if error is None:
        return None
    charge = intent.latest_charge
    if error.code == NO_CARD and isinstance(charge, stripe.Charge):
        # What a bank says to a debit stands on the charge alone.
        return charge.failure_code or error.code
    declined = error.decline_code if "decline_code" in error else None
    return declined or error.code or "card_declined"


def _action_url(intent: stripe.PaymentIntent) -> str | None:
    action = intent.next_action
    if action is None or "redirect_to_url" not in action or action.redirect_to_url is None:
        return None
    return action.redirect_to_url.url

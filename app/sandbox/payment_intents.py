"""Payment intents: one intention to pay, however many attempts it takes; it succeeds once."""

import secrets

from app.sandbox import attempts, customers, events, payment_methods
from app.sandbox.amounts import amount_of
from app.sandbox.attempts import Manner
from app.sandbox.endpoints import (
    BILLING,
    DATED,
    SHIPPING,
    Call,
    Endpoint,
    listing,
    retrieve,
    shipping,
)
from app.sandbox.errors import Json, invalid, unexpected_state
from app.sandbox.params import Shape, merge_metadata
from app.sandbox.payment_methods import CARD, DEBIT
from app.sandbox.state import Book, new_id, public

REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")

METHOD_FIELDS: Shape = {
    "type": "text!",
    "card": CARD,
    "sepa_debit": DEBIT,
    "billing_details": BILLING,
}
CONFIRM: Shape = {
    "payment_method": "text",
    "payment_method_data": METHOD_FIELDS,
    "off_session": "boolean",
    "return_url": "text",
    "error_on_requires_action": "boolean",
    "receipt_email": "text",
    "setup_future_usage": "text",
    "shipping": SHIPPING,
    "use_stripe_sdk": "boolean",
}
UPDATE: Shape = {
    "amount": "integer",
    "currency": "text",
    "customer": "text",
    "description": "text",
    "metadata": "metadata",
    "payment_method": "text",
    "receipt_email": "text",
    "setup_future_usage": "text",
    "shipping": SHIPPING,
    "statement_descriptor": "text",
    "statement_descriptor_suffix": "text",
}
CREATE: Shape = {
    **CONFIRM,
    **UPDATE,
    "allowed_payment_method_types": "texts",
    "amount": "integer!",
    "currency": "text!",
    "automatic_payment_methods": {"enabled": "boolean", "allow_redirects": "text"},
    "confirm": "boolean",
    "hooks": {"inputs": {"tax": {"calculation": "text!"}}},
}
COPIED = (
    "description",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
)


def new_intent(book: Book, params: Json) -> Json:
    """Return a fresh payment intent that is not kept yet."""
    wanted = new_id("pi_")
    automatic = (params.get("automatic_payment_methods") or {}).get("enabled")
    hooks = {"hooks": params["hooks"]} if params.get("hooks") else {}
    intent: Json = {
        **hooks,
        "id": wanted,
        "object": "payment_intent",
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount": 0,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": (
            {"allow_redirects": "always", "enabled": True} if automatic else None
        ),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{wanted}_secret_{secrets.token_hex(12)}",
        "confirmation_method": "automatic",
        "created": book.now(),
        "currency": "",
        "customer": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": _types(params),
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }
    apply(book, intent, params)
    return intent


def _types(params: Json) -> list[str]:
    """Return the types asked for, or else those that the account takes of itself."""
    named = params.get("payment_method_types") or params.get("allowed_payment_method_types")
    return list(named or ["card"])


def apply(book: Book, intent: Json, params: Json) -> None:
    """Put checked parameters onto an intent."""
    if "amount" in params or "currency" in params:
        currency = (params.get("currency") or intent["currency"]).lower()
        intent["currency"] = currency
        intent["amount"] = amount_of(params.get("amount", intent["amount"]), currency)
    if params.get("customer"):
        customers.existing(book, params["customer"], "customer")
        intent["customer"] = params["customer"]
    if "shipping" in params:
        intent["shipping"] = shipping(params["shipping"])
    if "metadata" in params:
        intent["metadata"] = merge_metadata(intent["metadata"], params["metadata"])
    intent.update({name: params[name] for name in COPIED if name in params})
    _choose_method(book, intent, params)


def _choose_method(book: Book, intent: Json, params: Json) -> None:
    if params.get("payment_method_data"):
        method = payment_methods.make(book, params["payment_method_data"])
    elif params.get("payment_method"):
        method = payment_methods.resolve(book, params["payment_method"])
    else:
        return
    _check_owner(intent, method)
    _check_type(intent, method)
    intent["payment_method"] = method["id"]
    if intent["status"] in OPEN:
        intent.update(status="requires_confirmation", next_action=None)


def _check_owner(intent: Json, method: Json) -> None:
    owner = method["customer"]
    if owner is not None and owner != intent["customer"]:
        title = "The PaymentMethod you provided"
        message = (
            f"{title} belongs to a Customer. Please include the Customer in the `customer`"
            " parameter."
            if intent["customer"] is None
            else f"{title} does not belong to the Customer of this PaymentIntent."
        )
        raise invalid(message, param="payment_method")
    if method.get("_spent"):
        message = (
            "This PaymentMethod was previously used without being attached to a Customer or was"
            " detached from a Customer, and may not be used again."
        )
        raise invalid(message, param="payment_method")


def _check_type(intent: Json, method: Json) -> None:
    kind = method["type"]
    if kind not in intent["payment_method_types"]:
        message = (
            f"The PaymentMethod provided ({kind}) is not allowed for this PaymentIntent. Please"
            " attach a PaymentMethod of one of the following types: "
        )
        raise invalid(message + ", ".join(intent["payment_method_types"]) + ".")
    if kind == "sepa_debit" and intent["currency"] != "eur":
        message = f"The currency provided ({intent['currency']}) is invalid for sepa_debit."
        raise invalid(message, param="currency")


def confirm(book: Book, intent: Json, params: Json, base_url: str) -> Json:
    """Attempt the payment; refuse for an intent that is already paid or closed."""
    if intent["status"] == "succeeded":
        why = "it has already succeeded after being previously confirmed"
        raise unexpected_state("confirm", public(intent), why)
    if intent["status"] not in OPEN:
        why = f"it has a status of {intent['status']}"
        raise unexpected_state("confirm", public(intent), why)
    apply(book, intent, params)
    if intent["payment_method"] is None:
        book.put(intent)
        why = (
            "it's missing a payment method. Update it with a payment method, or pass one while"
            " confirming it"
        )
        raise unexpected_state("confirm", public(intent), why)
    manner = Manner(
        base_url,
        bool(params.get("off_session")),
        params.get("return_url"),
        bool(params.get("error_on_requires_action")),
    )
    method = book.find("payment_method", intent["payment_method"])
    return attempts.pay(book, intent, method, manner)


def _create(call: Call) -> Json:
    if not call.params.get("confirm"):
        _confirm_only(call.params)
    intent = new_intent(call.book, call.params)
    call.book.put(intent)
    events.emit(call.book, "payment_intent.created", intent)
    if not call.params.get("confirm"):
        return intent
    rest = call.given("off_session", "return_url", "error_on_requires_action")
    return confirm(call.book, intent, rest, call.base_url)


def _confirm_only(params: Json) -> None:
    for name in ("off_session", "return_url", "error_on_requires_action"):
        if params.get(name):
            raise invalid(f"`{name}` can only be used when `confirm` is `true`.", param=name)


def _update(call: Call) -> Json:
    intent = call.book.find("payment_intent", call.ids["id"])
    if intent["status"] not in OPEN:
        message = (
            "This PaymentIntent could not be updated because it has a status of"
            f" {intent['status']}."
        )
        if set(call.params) - {"metadata", "description", "receipt_email", "expand"}:
            code = "payment_intent_unexpected_state"
            raise invalid(message, code=code, payment_intent=public(intent))
    apply(call.book, intent, call.params)
    return call.book.put(intent)


def _confirm(call: Call) -> Json:
    intent = call.book.find("payment_intent", call.ids["id"])
    return confirm(call.book, intent, call.params, call.base_url)


def _cancel(call: Call) -> Json:
    intent = call.book.find("payment_intent", call.ids["id"])
    if intent["status"] not in OPEN:
        raise unexpected_state("cancel", public(intent), f"it has a status of {intent['status']}")
    reason = call.params.get("cancellation_reason")
    if reason not in (None, *REASONS):
        raise invalid(f"Invalid cancellation_reason: {reason}", param="cancellation_reason")
    intent.update(
        status="canceled",
        canceled_at=call.book.now(),
        cancellation_reason=reason,
        next_action=None,
    )
    call.book.put(intent)
    events.emit(call.book, "payment_intent.canceled", intent)
    return intent


def _list(call: Call) -> Json:
    return listing(call, "payment_intent", ("customer",))


ENDPOINTS = [
    Endpoint("POST", "/v1/payment_intents", CREATE, _create, lists_types=True),
    Endpoint("GET", "/v1/payment_intents", {**DATED, "customer": "text"}, _list),
    Endpoint(
        "GET",
        "/v1/payment_intents/<id>",
        {"client_secret": "text"},
        retrieve("payment_intent"),
    ),
    Endpoint("POST", "/v1/payment_intents/<id>", UPDATE, _update, lists_types=True),
    Endpoint("POST", "/v1/payment_intents/<id>/confirm", CONFIRM, _confirm),
    Endpoint("POST", "/v1/payment_intents/<id>/cancel", {"cancellation_reason": "text"}, _cancel),
]

"""Setup intents: saving a card for later without taking money."""

import secrets

from app.sandbox import attempts, customers, events, payment_methods
from app.sandbox.attempts import Manner
from app.sandbox.endpoints import DATED, Call, Endpoint, listing, retrieve
from app.sandbox.errors import ApiError, Json, card_error, invalid, unexpected_state
from app.sandbox.params import Shape, merge_metadata
from app.sandbox.payment_intents import METHOD_FIELDS, OPEN
from app.sandbox.state import Book, new_id, public

CONFIRM: Shape = {
    "payment_method": "text",
    "payment_method_data": METHOD_FIELDS,
    "return_url": "text",
    "use_stripe_sdk": "boolean",
}
CREATE: Shape = {
    **CONFIRM,
    "automatic_payment_methods": {"enabled": "boolean", "allow_redirects": "text"},
    "confirm": "boolean",
    "customer": "text",
    "description": "text",
    "metadata": "metadata",
    "allowed_payment_method_types": "texts",
    "usage": "text",
}


def new_setup(book: Book, params: Json) -> Json:
    """Return a fresh setup intent that is not kept yet."""
    wanted = new_id("seti_")
    if params.get("customer"):
        customers.existing(book, params["customer"], "customer")
    setup: Json = {
        "id": wanted,
        "object": "setup_intent",
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "application": None,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "client_secret": f"{wanted}_secret_{secrets.token_hex(12)}",
        "created": book.now(),
        "customer": params.get("customer"),
        "description": params.get("description"),
        "excluded_payment_method_types": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": merge_metadata({}, params.get("metadata") or {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": params.get("payment_method_types") or ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": params.get("usage") or "off_session",
    }
    _choose(book, setup, params)
    return setup


def _choose(book: Book, setup: Json, params: Json) -> None:
    if params.get("payment_method_data"):
        method = payment_methods.make(book, params["payment_method_data"])
    elif params.get("payment_method"):
        method = payment_methods.resolve(book, params["payment_method"])
    else:
        return
    if method["customer"] not in (None, setup["customer"]) or method.get("_spent"):
        message = "The PaymentMethod you provided cannot be used with this SetupIntent."
        raise invalid(message, param="payment_method")
    setup.update(payment_method=method["id"], status="requires_confirmation")


def confirm(book: Book, setup: Json, params: Json, manner: Manner) -> Json:
    """Try to save the card; return the intent, or raise the card's 402 with it inside."""
    if setup["status"] not in OPEN:
        raise unexpected_state("confirm", public(setup), f"it has a status of {setup['status']}")
    _choose(book, setup, params)
    if setup["payment_method"] is None:
        raise unexpected_state("confirm", public(setup), "it's missing a payment method")
    method = book.find("payment_method", setup["payment_method"])
    try:
        payment_methods.check_attachable(book, method)
    except ApiError as refusal:
        raise _fail(book, setup, method, refusal) from None
    if attempts.needs_owner(method, off_session=False):
        return attempts.ask(book, setup, method, manner)
    return _succeed(book, setup, method)


def answer_bank(book: Book, setup: Json, approved: bool) -> Json:
    """Go on after the owner told the bank yes or no; return the intent either way."""
    method = book.find("payment_method", setup["payment_method"])
    if approved:
        method["_known"] = True
        book.put(method)
        return _succeed(book, setup, method)
    message = (
        "We are unable to authenticate your payment method. Please choose a different payment"
        " method and try again."
    )
    _fail(book, setup, method, card_error("setup_intent_authentication_failure", message))
    return book.find("setup_intent", setup["id"])


def _succeed(book: Book, setup: Json, method: Json) -> Json:
    if setup["customer"]:
        payment_methods.attach(book, method, setup["customer"])
    setup.update(status="succeeded", next_action=None, last_setup_error=None)
    book.put(setup)
    events.emit(book, "setup_intent.succeeded", setup)
    return setup


def _fail(book: Book, setup: Json, method: Json, error: ApiError) -> ApiError:
    error.error["payment_method"] = public(method)
    setup.update(
        status="requires_payment_method",
        next_action=None,
        payment_method=None,
        last_setup_error=error.body()["error"].copy(),
    )
    book.put(setup)
    events.emit(book, "setup_intent.setup_failed", setup)
    error.error["setup_intent"] = public(setup)
    return error


def _create(call: Call) -> Json:
    setup = new_setup(call.book, call.params)
    call.book.put(setup)
    events.emit(call.book, "setup_intent.created", setup)
    if not call.params.get("confirm"):
        return setup
    manner = Manner(call.base_url, return_url=call.params.get("return_url"))
    return confirm(call.book, setup, {}, manner)


def _confirm(call: Call) -> Json:
    setup = call.book.find("setup_intent", call.ids["id"])
    manner = Manner(call.base_url, return_url=call.params.get("return_url"))
    return confirm(call.book, setup, call.params, manner)


def _cancel(call: Call) -> Json:
    setup = call.book.find("setup_intent", call.ids["id"])
    if setup["status"] not in OPEN:
        raise unexpected_state("cancel", public(setup), f"it has a status of {setup['status']}")
    reason = call.params.get("cancellation_reason")
    setup.update(status="canceled", cancellation_reason=reason, next_action=None)
    call.book.put(setup)
    events.emit(call.book, "setup_intent.canceled", setup)
    return setup


def _list(call: Call) -> Json:
    return listing(call, "setup_intent", ("customer", "payment_method"))


ENDPOINTS = [
    Endpoint("POST", "/v1/setup_intents", CREATE, _create, lists_types=True),
    Endpoint(
        "GET", "/v1/setup_intents", {**DATED, "customer": "text", "payment_method": "text"}, _list
    ),
    Endpoint("GET", "/v1/setup_intents/<id>", {"client_secret": "text"}, retrieve("setup_intent")),
    Endpoint("POST", "/v1/setup_intents/<id>/confirm", CONFIRM, _confirm),
    Endpoint("POST", "/v1/setup_intents/<id>/cancel", {"cancellation_reason": "text"}, _cancel),
]

"""Checkout sessions: one visit to a hosted page, to save a card or to pay."""

from typing import Any

from app.sandbox import customers, events, payment_intents, payment_methods, setup_intents
from app.sandbox.attempts import Manner
from app.sandbox.endpoints import DATED, SHIPPING, Call, Endpoint, listing
from app.sandbox.errors import ApiError, Json, invalid
from app.sandbox.params import Shape, merge_metadata
from app.sandbox.state import Book, new_id

DAY = 24 * 3600
PRODUCT: Shape = {
    "name": "text!",
    "description": "text",
    "images": "texts",
    "metadata": "metadata",
}
PRICE: Shape = {"currency": "text!", "unit_amount": "integer", "product_data": PRODUCT}
INTENT: Shape = {
    "description": "text",
    "metadata": "metadata",
    "receipt_email": "text",
    "setup_future_usage": "text",
    "shipping": SHIPPING,
    "statement_descriptor": "text",
    "statement_descriptor_suffix": "text",
}
CREATE: Shape = {
    "billing_address_collection": "text",
    "cancel_url": "text",
    "client_reference_id": "text",
    "currency": "text",
    "customer": "text",
    "customer_creation": "text",
    "customer_email": "text",
    "expires_at": "integer",
    "line_items": [{"price_data": PRICE, "quantity": "integer"}],
    "locale": "text",
    "metadata": "metadata",
    "mode": "text",
    "payment_intent_data": INTENT,
    "payment_method_types": "texts",
    "setup_intent_data": {"description": "text", "metadata": "metadata"},
    "submit_type": "text",
    "success_url": "text",
    "ui_mode": "text",
}
COPIED = (
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_creation",
    "customer_email",
    "locale",
    "mode",
    "submit_type",
    "success_url",
)


def _check(params: Json) -> None:
    mode = params.get("mode")
    if mode not in ("setup", "payment"):
        raise invalid("The sandbox knows the modes setup and payment.", param="mode")
    if params.get("ui_mode") not in (None, "hosted_page"):
        raise invalid("The sandbox knows the ui_mode hosted_page only.", param="ui_mode")
    if not params.get("success_url"):
        _lacks("success_url")
    if params.get("customer") and params.get("customer_email"):
        raise invalid("You may only specify one of these parameters: customer, customer_email.")
    if mode == "payment" and not params.get("line_items"):
        _lacks("line_items")
    if mode == "setup":
        _check_setup(params)


def _check_setup(params: Json) -> None:
    for name in ("line_items", "payment_intent_data", "customer_creation"):
        if name in params:
            raise invalid(f"You can not pass `{name}` in `setup` mode.", param=name)
    if not params.get("currency") and not params.get("payment_method_types"):
        _lacks("currency")


def _lacks(name: str) -> None:
    message = f"Missing required param: {name}."
    raise invalid(message, code="parameter_missing", param=name)


def _expiry(now: int, wanted: int | None) -> int:
    if wanted is None:
        return now + DAY
    if not now + 1800 <= wanted <= now + DAY:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from now."
        raise invalid(message, param="expires_at")
    return wanted


def _items(params: Json) -> list[Json]:
    return [_item(given, at) for at, given in enumerate(params.get("line_items") or [])]


def _item(given: Json, at: int) -> Json:
    price, quantity = given.get("price_data") or {}, given.get("quantity", 1)
    product = price.get("product_data") or {}
    if "unit_amount" not in price or not product:
        _lacks(f"line_items[{at}][price_data]")
    if price["unit_amount"] < 0 or quantity < 1:
        raise invalid("Invalid positive integer", param=f"line_items[{at}]")
    total, currency = price["unit_amount"] * quantity, price["currency"].lower()
    return {
        "id": new_id("li_"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": currency,
        "description": product["name"],
        "price": {
            "id": new_id("price_"),
            "object": "price",
            "currency": currency,
            "type": "one_time",
            "unit_amount": price["unit_amount"],
        },
        "quantity": quantity,
    }


def _new_session(book: Book, params: Json, base_url: str) -> Json:
    wanted, items = new_id("cs_test_"), _items(params)
    total = sum(item["amount_total"] for item in items)
    setup = params["mode"] == "setup"
    currency = items[0]["currency"] if items else params.get("currency")
    session: Json = {
        "id": wanted,
        "object": "checkout.session",
        "amount_subtotal": None if setup else total,
        "amount_total": None if setup else total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "created": book.now(),
        "currency": currency,
        "customer_details": None,
        "expires_at": _expiry(book.now(), params.get("expires_at")),
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata") or {}),
        "payment_intent": None,
        "payment_method_types": params.get("payment_method_types") or ["card"],
        "payment_status": "no_payment_required" if setup else "unpaid",
        "setup_intent": None,
        "shipping_options": [],
        "status": "open",
        "total_details": None if setup else dict.fromkeys(TOTALS, 0),
        "ui_mode": "hosted_page",
        "url": f"{base_url}/pay/{wanted}",
        "_intent": params.get("payment_intent_data") or {},
        "_line_items": {
            "object": "list",
            "data": items,
            "has_more": False,
            "url": f"/v1/checkout/sessions/{wanted}/line_items",
        },
    }
    session.update({name: params.get(name) for name in COPIED})
    return session


TOTALS = ("amount_discount", "amount_shipping", "amount_tax")


def _create(call: Call) -> Json:
    book, params = call.book, call.params
    _check(params)
    if params.get("customer"):
        customers.existing(book, params["customer"], "customer")
    session = _new_session(book, params, call.base_url)
    if params["mode"] == "setup":
        wanted = params.get("setup_intent_data") or {}
        setup = setup_intents.new_setup(book, {**wanted, "customer": params.get("customer")})
        session["setup_intent"] = book.put(setup)["id"]
        events.emit(book, "setup_intent.created", setup)
    return book.put(session)


def submit(book: Book, session: Json, details: Json, base_url: str) -> str:
    """Use the card a person typed; return the address to send them to, or raise its refusal."""
    method = payment_methods.make(book, details)
    manner = Manner(base_url, return_url=f"{base_url}/pay/{session['id']}/return")
    _meet(book, session, details)
    chosen = {"payment_method": method["id"], "return_url": manner.return_url}
    if session["mode"] == "setup":
        setup = book.find("setup_intent", session["setup_intent"])
        intent = setup_intents.confirm(book, setup, chosen, manner)
    else:
        intent = payment_intents.confirm(book, _intent(book, session), chosen, base_url)
    if intent["status"] == "requires_action":
        return str(intent["next_action"]["redirect_to_url"]["url"])
    return finish(book, session)


def _meet(book: Book, session: Json, details: Json) -> None:
    """Note who is paying; make a customer of them when the session asks for one."""
    person = details["billing_details"]
    known = customers.existing(book, session["customer"]) if session["customer"] else {}
    email = known.get("email") or session["customer_email"] or person.get("email")
    session["customer_details"] = {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": person.get("name"),
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    wanted = session["customer_creation"] == "always" or session["_intent"].get(
        "setup_future_usage"
    )
    if wanted and not session["customer"]:
        customer = customers.new_customer(book, {"email": email, "name": person.get("name")})
        session["customer"] = book.put(customer)["id"]
        events.emit(book, "customer.created", customer)
    book.put(session)


def _intent(book: Book, session: Json) -> Json:
    if session["payment_intent"]:
        return book.find("payment_intent", session["payment_intent"])
    wanted: dict[str, Any] = {
        **session["_intent"],
        "amount": session["amount_total"],
        "currency": session["currency"],
        "customer": session["customer"],
    }
    intent = book.put(payment_intents.new_intent(book, wanted))
    events.emit(book, "payment_intent.created", intent)
    session["payment_intent"] = intent["id"]
    book.put(session)
    return intent


def finish(book: Book, session: Json) -> str:
    """Complete a session whose intent succeeded; return where the person goes next."""
    if session["status"] == "open":
        paid = "paid" if session["mode"] == "payment" else "no_payment_required"
        session.update(status="complete", payment_status=paid, url=None)
        book.put(session)
        events.emit(book, "checkout.session.completed", session)
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def intent_of(book: Book, session: Json) -> Json | None:
    """Return the setup or payment intent a session works on."""
    wanted = session["setup_intent"] or session["payment_intent"]
    return book.get(wanted) if wanted else None


def expire_old(book: Book) -> None:
    """Close sessions whose time has passed."""
    for wanted in book.linked("checkout.session", "status", "open").copy():
        session = book.find("checkout.session", wanted)
        if session["expires_at"] <= book.now():
            _close(book, session)


def _close(book: Book, session: Json) -> Json:
    session.update(status="expired", url=None)
    book.put(session)
    events.emit(book, "checkout.session.expired", session)
    for intent_id in filter(None, (session["setup_intent"], session["payment_intent"])):
        intent = book.get(intent_id)
        if intent is not None and intent["status"] in payment_intents.OPEN:
            book.put({**intent, "status": "canceled", "canceled_at": book.now()})
            events.emit(book, f"{intent['object']}.canceled", {**intent, "status": "canceled"})
    return session


def current(book: Book, wanted: str) -> Json:
    """Return a session as it stands now, expired if its time has passed."""
    session = book.find("checkout.session", wanted)
    if session["status"] == "open" and session["expires_at"] <= book.now():
        return _close(book, session)
    return session


def _retrieve(call: Call) -> Json:
    return current(call.book, call.ids["id"])


def _expire(call: Call) -> Json:
    session = current(call.book, call.ids["id"])
    if session["status"] != "open":
        message = 'Only Checkout Sessions with a status in ["open"] can be expired.'
        raise ApiError(400, "invalid_request_error", f"{message} It is {session['status']}.")
    return _close(call.book, session)


def _list_items(call: Call) -> Json:
    session = call.book.find("checkout.session", call.ids["id"])
    items: Json = session["_line_items"]
    return items


def _list(call: Call) -> Json:
    return listing(call, "checkout.session", ("customer", "payment_intent", "status"))


FILTERS: Shape = {**DATED, "customer": "text", "payment_intent": "text", "status": "text"}
ENDPOINTS = [
    Endpoint("POST", "/v1/checkout/sessions", CREATE, _create),
    Endpoint("GET", "/v1/checkout/sessions", FILTERS, _list),
    Endpoint("GET", "/v1/checkout/sessions/<id>", {}, _retrieve),
    Endpoint("GET", "/v1/checkout/sessions/<id>/line_items", {"limit": "integer"}, _list_items),
    Endpoint("POST", "/v1/checkout/sessions/<id>/expire", {}, _expire),
]

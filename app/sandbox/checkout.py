"""Checkout sessions: one visit to a hosted page, to save a card or to pay."""

from typing import Any

from app.sandbox import customers, events, payment_intents, payment_methods, setup_intents
from app.sandbox.attempts import Manner
from app.sandbox.checkout_sessions import CREATE, check, new_session
from app.sandbox.endpoints import DATED, Call, Endpoint, listing
from app.sandbox.errors import Json, invalid
from app.sandbox.params import Shape
from app.sandbox.state import Book


def _create(call: Call) -> Json:
    book, params = call.book, call.params
    check(params)
    if params.get("customer"):
        customers.existing(book, params["customer"], "customer")
    session = new_session(book, params, call.base_url)
    if params["mode"] == "setup":
        wanted = params.get("setup_intent_data") or {}
        setup = setup_intents.new_setup(book, {**wanted, "customer": params.get("customer")})
        session["setup_intent"] = book.put(setup)["id"]
        events.emit(book, "setup_intent.created", setup)
    return book.put(session)


def submit(book: Book, session: Json, details: Json, base_url: str) -> str:
    """Use the card a person typed; return the address to send them to, or raise its refusal."""
    if details["type"] not in session["payment_method_types"]:
        raise invalid("This page does not take bank accounts.", param="payment_method_types")
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
        raise invalid(f"{message} It is {session['status']}.")
    return _close(call.book, session)


def _list_items(call: Call) -> Json:
    session = call.book.find("checkout.session", call.ids["id"])
    items: Json = session["_line_items"]
    return items


def _list(call: Call) -> Json:
    return listing(call, "checkout.session", ("customer", "payment_intent", "status"))


FILTERS: Shape = {**DATED, "customer": "text", "payment_intent": "text", "status": "text"}
ENDPOINTS = [
    Endpoint("POST", "/v1/checkout/sessions", CREATE, _create, lists_types=True),
    Endpoint("GET", "/v1/checkout/sessions", FILTERS, _list),
    Endpoint("GET", "/v1/checkout/sessions/<id>", {}, _retrieve),
    Endpoint("GET", "/v1/checkout/sessions/<id>/line_items", {"limit": "integer"}, _list_items),
    Endpoint("POST", "/v1/checkout/sessions/<id>/expire", {}, _expire),
]

"""Billing portal sessions: a customer's own page to enter a new card."""

from app.sandbox import customers, payment_methods, setup_intents
from app.sandbox.attempts import Manner
from app.sandbox.endpoints import Call, Endpoint
from app.sandbox.errors import Json, invalid
from app.sandbox.params import Shape
from app.sandbox.state import Book, new_id

HOUR = 3600
AFTER: Shape = {"type": "text", "redirect": {"return_url": "text"}}
CREATE: Shape = {
    "customer": "text!",
    "return_url": "text",
    "locale": "text",
    "flow_data": {"type": "text", "after_completion": AFTER},
}


def _create(call: Call) -> Json:
    customers.existing(call.book, call.params["customer"], "customer")
    flow = call.params.get("flow_data")
    if flow and flow.get("type") != "payment_method_update":
        message = "The sandbox knows the flow payment_method_update only."
        raise invalid(message, param="flow_data[type]")
    wanted = new_id("bps_")
    return call.book.put(
        {
            "id": wanted,
            "object": "billing_portal.session",
            "configuration": "bpc_sandbox",
            "created": call.book.now(),
            "customer": call.params["customer"],
            "flow": flow and _flow(flow),
            "livemode": False,
            "locale": call.params.get("locale"),
            "on_behalf_of": None,
            "return_url": call.params.get("return_url"),
            "url": f"{call.base_url}/portal/{wanted}",
            "_setup": None,
        }
    )


def _flow(asked: Json) -> Json:
    after = {"hosted_confirmation": None, "redirect": None, "type": "portal_homepage"}
    others = ("subscription_cancel", "subscription_update", "subscription_update_confirm")
    return {
        **dict.fromkeys(others),
        "type": asked["type"],
        "after_completion": after | (asked.get("after_completion") or {}),
    }


def is_over(book: Book, session: Json) -> bool:
    """Tell whether the page no longer works: it lives for an hour."""
    return bool(session["created"] + HOUR < book.now())


def submit(book: Book, session: Json, details: Json, base_url: str) -> str:
    """Save the typed card as the default; return where to go, or raise the card's refusal."""
    method = payment_methods.make(book, details)
    setup = setup_intents.new_setup(book, {"customer": session["customer"]})
    book.put(setup)
    session["_setup"] = setup["id"]
    book.put(session)
    manner = Manner(base_url, return_url=f"{base_url}/portal/{session['id']}/return")
    setup = setup_intents.confirm(book, setup, {"payment_method": method["id"]}, manner)
    if setup["status"] == "requires_action":
        return str(setup["next_action"]["redirect_to_url"]["url"])
    return finish(book, session, setup)


def finish(book: Book, session: Json, setup: Json) -> str:
    """Make the saved card the customer's default; return where the person goes next."""
    customer = customers.existing(book, session["customer"])
    if customer["invoice_settings"]["default_payment_method"] != setup["payment_method"]:
        customers.prefer(book, customer, setup["payment_method"])
    after = (session["flow"] or {}).get("after_completion", {}).get("redirect") or {}
    return str(after.get("return_url") or session["return_url"] or f"/portal/{session['id']}")


ENDPOINTS = [Endpoint("POST", "/v1/billing_portal/sessions", CREATE, _create)]

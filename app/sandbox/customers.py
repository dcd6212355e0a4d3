"""Customers: who pays, and which card they would rather pay with."""

from app.sandbox import events, payment_methods
from app.sandbox.endpoints import (
    ADDRESS,
    DATED,
    SHIPPING,
    Call,
    Endpoint,
    address,
    listing,
    shipping,
)
from app.sandbox.errors import Json, missing
from app.sandbox.params import Shape, merge_metadata
from app.sandbox.state import Book, new_id, public

PLAIN = ("description", "email", "name", "phone", "preferred_locales", "tax_exempt")
SETTINGS: Shape = {
    "address": ADDRESS,
    "description": "text",
    "email": "text",
    "invoice_settings": {"default_payment_method": "text"},
    "metadata": "metadata",
    "name": "text",
    "phone": "text",
    "preferred_locales": "texts",
    "shipping": SHIPPING,
    "tax_exempt": "text",
}


def new_customer(book: Book, params: Json) -> Json:
    """Return a fresh customer that is not kept yet."""
    customer: Json = {
        "id": new_id("cus_"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": book.now(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "email": None,
        "invoice_prefix": new_id("")[:8].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    _apply(customer, params)
    return customer


def existing(book: Book, wanted: str, param: str | None = None) -> Json:
    """Return a customer that was not deleted, or raise `resource_missing`."""
    customer = book.find("customer", wanted, param)
    if customer.get("deleted"):
        raise missing("customer", wanted, param)
    return customer


def prefer(book: Book, customer: Json, method_id: str) -> None:
    """Make an attached card the customer's default."""
    before = public(customer)
    settings = customer["invoice_settings"]
    customer["invoice_settings"] = {**settings, "default_payment_method": method_id}
    book.put(customer)
    events.emit(book, "customer.updated", customer, events.changes(before, customer))


def _apply(customer: Json, params: Json) -> None:
    customer.update({name: params[name] for name in PLAIN if name in params})
    if "address" in params:
        customer["address"] = address(params["address"])
    if "shipping" in params:
        customer["shipping"] = shipping(params["shipping"])
    if "metadata" in params:
        customer["metadata"] = merge_metadata(customer["metadata"], params["metadata"])


def _apply_default(book: Book, customer: Json, params: Json) -> None:
    chosen = params.get("invoice_settings") or {}
    if "default_payment_method" not in chosen:
        return
    wanted, param = chosen["default_payment_method"], "invoice_settings[default_payment_method]"
    if wanted is not None:
        method = book.find("payment_method", wanted, param)
        if method["customer"] != customer["id"]:
            raise missing("payment_method", wanted, param)
    customer["invoice_settings"] = {
        **customer["invoice_settings"],
        "default_payment_method": wanted,
    }


def _create(call: Call) -> Json:
    customer = new_customer(call.book, call.params)
    method = None
    if call.params.get("payment_method"):
        method = payment_methods.resolve(call.book, call.params["payment_method"])
        payment_methods.check_attachable(call.book, method)
    call.book.put(customer)
    events.emit(call.book, "customer.created", customer)
    if method is not None:
        payment_methods.attach(call.book, method, customer["id"])
        _apply_default(call.book, customer, call.params)
        call.book.put(customer)
    return customer


def _retrieve(call: Call) -> Json:
    customer = call.book.find("customer", call.ids["id"])
    if customer.get("deleted"):
        return {"id": customer["id"], "object": "customer", "deleted": True}
    return customer


def _update(call: Call) -> Json:
    customer = existing(call.book, call.ids["id"])
    before = public(customer)
    _apply(customer, call.params)
    _apply_default(call.book, customer, call.params)
    call.book.put(customer)
    changed = events.changes(before, customer)
    if changed:
        events.emit(call.book, "customer.updated", customer, changed)
    return customer


def _delete(call: Call) -> Json:
    customer = existing(call.book, call.ids["id"])
    for method_id in list(call.book.linked("payment_method", "customer", customer["id"])):
        payment_methods.detach(call.book, call.book.find("payment_method", method_id))
    events.emit(call.book, "customer.deleted", customer)
    call.book.put({**customer, "email": None, "deleted": True})
    return {"id": customer["id"], "object": "customer", "deleted": True}


def _list(call: Call) -> Json:
    return listing(call, "customer", ("email",), lambda one: not one.get("deleted"))


ENDPOINTS = [
    Endpoint("POST", "/v1/customers", {**SETTINGS, "payment_method": "text"}, _create),
    Endpoint("GET", "/v1/customers", {**DATED, "email": "text"}, _list),
    Endpoint("GET", "/v1/customers/<id>", {}, _retrieve),
    Endpoint("POST", "/v1/customers/<id>", SETTINGS, _update),
    Endpoint("DELETE", "/v1/customers/<id>", {}, _delete),
]

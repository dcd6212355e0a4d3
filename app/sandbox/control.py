"""The levers of the stand-in, under `/_sandbox/`: time, faults, webhooks, disputes, seeding."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, cast

from flask import Blueprint, Response, request

from app.sandbox import (
    cards,
    checkout,
    customers,
    debits,
    disputes,
    export,
    payment_methods,
    payouts,
)
from app.sandbox import refunds as refunding
from app.sandbox.endpoints import billing
from app.sandbox.errors import Json, invalid
from app.sandbox.faults import KINDS, Fault, Faults
from app.sandbox.state import Book, dumps, public
from app.sandbox.webhooks import Courier, Manners


def control_pages(book: Book, courier: Courier, faults: Faults) -> Blueprint:
    """Build the blueprint with every control endpoint."""
    pages = Blueprint("control", __name__, url_prefix="/_sandbox")
    _time_and_health(pages, book)
    _deliveries(pages, book, courier)
    _trouble(pages, book, faults)
    _money(pages, book)
    _banks(pages, book)
    _people(pages, book)
    return pages


def _answer(content: Any) -> Response:
    return Response(dumps(content), content_type="application/json")


def _sent(*known: str) -> Json:
    """Return the JSON body; insist on the content type, which no foreign web form can send."""
    if not request.is_json:
        raise invalid("Send JSON, with the content type application/json.")
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object.")
    unknown = set(body) - set(known)
    if unknown:
        raise invalid(f"Unknown: {', '.join(sorted(unknown))}. Known: {', '.join(known)}.")
    return body


def _number(body: Json, name: str, fallback: Any = None) -> Any:
    value = body.get(name, fallback)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise invalid(f"{name} must be a number.", param=name)
    return value


def _matching(kind: type, body: Json) -> Json:
    """Return the body if every value has the type of the field it is meant for."""
    hints = {one.name: one.type for one in fields(kind)}
    for name, value in body.items():
        wanted = (int, float) if hints[name] is float else hints[name]
        if not isinstance(value, cast(Any, wanted)):
            raise invalid(f"{name} has the wrong type.", param=name)
    return body


def _time_and_health(pages: Blueprint, book: Book) -> None:
    @pages.get("/health")
    def health() -> Response:
        return _answer({"ok": True})

    @pages.get("/clock")
    def read_clock() -> Response:
        return _answer({"now": book.now(), "frozen": book.clock.frozen_at is not None})

    @pages.post("/clock")
    def set_clock() -> Response:
        now = _number(_sent("now"), "now")
        with book.work():
            book.clock.set(None if now is None else int(now))
            book.note("clock", book.clock.frozen_at)
            checkout.expire_old(book)
            debits.decide_due(book)
        return read_clock()

    @pages.get("/export")
    def everything() -> Response:
        with book.lock:
            return _answer(export.compact(book))


def _deliveries(pages: Blueprint, book: Book, courier: Courier) -> None:
    @pages.get("/webhooks")
    def state() -> Response:
        return _answer(courier.report())

    @pages.post("/webhooks")
    def behave() -> Response:
        wanted = _matching(Manners, _sent(*(one.name for one in fields(Manners))))
        courier.manners = Manners(**{**vars(courier.manners), **wanted})
        courier.wake()
        return state()

    @pages.post("/webhooks/flush")
    def flush() -> Response:
        return _answer(courier.flush())

    @pages.post("/webhooks/<event_id>/redeliver")
    def redeliver(event_id: str) -> Response:
        courier.redeliver(event_id)
        return state()

    @pages.post("/webhook_endpoint")
    def endpoint() -> Response:
        wanted = _sent("url", "secret", "api_version")
        with book.work():
            book.endpoint = {**book.endpoint, **wanted}
            book.note("endpoint", book.endpoint)
        courier.wake()
        return _answer({**book.endpoint, "secret": None})


def _trouble(pages: Blueprint, book: Book, faults: Faults) -> None:
    @pages.get("/faults")
    def coming() -> Response:
        return _answer({"faults": faults.listed()})

    @pages.post("/faults")
    def promise() -> Response:
        wanted = _matching(Fault, _sent(*(one.name for one in fields(Fault))))
        if wanted.get("kind") not in KINDS:
            raise invalid(f"kind must be one of {', '.join(KINDS)}.", param="kind")
        faults.add(Fault(**wanted))
        return coming()

    @pages.delete("/faults")
    def forget() -> Response:
        faults.clear()
        return coming()


def _changed(book: Book, change: Callable[[], Json]) -> Response:
    with book.work():
        return _answer(public(change()))


def _money(pages: Blueprint, book: Book) -> None:
    @pages.post("/disputes")
    def dispute() -> Response:
        body = _sent("payment_intent", "amount", "reason")
        intent, reason = str(body.get("payment_intent")), str(body.get("reason", "fraudulent"))
        amount = _number(body, "amount")
        return _changed(book, lambda: disputes.open_dispute(book, intent, amount, reason))

    @pages.post("/disputes/<dispute_id>/close")
    def close(dispute_id: str) -> Response:
        status = _sent("status").get("status")
        if status not in ("won", "lost"):
            raise invalid("status must be won or lost.", param="status")
        return _changed(book, lambda: disputes.close_dispute(book, dispute_id, status))

    @pages.post("/refunds/<refund_id>/fail")
    def bounce(refund_id: str) -> Response:
        return _changed(book, lambda: refunding.fail(book, refund_id))

    @pages.post("/payouts")
    def pay_out() -> Response:
        body = _sent("currency", "until")
        currency, until = body.get("currency", "usd"), _number(body, "until")
        return _changed(book, lambda: payouts.pay_out(book, currency, until))

    @pages.post("/payouts/<payout_id>/fail")
    def return_payout(payout_id: str) -> Response:
        return _changed(book, lambda: payouts.fail(book, payout_id))


def _banks(pages: Blueprint, book: Book) -> None:
    @pages.post("/payment_intents/<intent_id>/decide")
    def decide(intent_id: str) -> Response:
        failure = _sent("failure").get("failure")
        if failure is not None and not isinstance(failure, str):
            raise invalid("failure must be a failure code, or nothing.", param="failure")
        return _changed(book, lambda: debits.decide(book, intent_id, failure))


def _people(pages: Blueprint, book: Book) -> None:
    @pages.post("/customers/bulk")
    def seed() -> Response:
        rows = _sent("customers").get("customers")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise invalid("customers must be a list of objects.", param="customers")
        with book.work():
            return _answer({"customers": [_seed_one(book, row) for row in rows]})

    @pages.post("/payment_methods/<method_id>/card")
    def change_card(method_id: str) -> Response:
        number = _test_number(str(_sent("card").get("card")))
        return _changed(book, lambda: _change_card(book, method_id, number))


def _seed_one(book: Book, row: Json) -> Json:
    """Make a customer with a saved card, or bank account, that was good then; without events."""
    params = {name: row[name] for name in ("email", "name", "metadata") if row.get(name)}
    customer = customers.new_customer(book, params)
    if row.get("iban"):
        owner = billing({"name": row.get("name"), "email": row.get("email")})
        method = payment_methods.new_debit(book, debits.clean(row["iban"]), owner)
    else:
        number = _test_number(row.get("card", "4242424242424242"))
        method = payment_methods.new_method(book, number)
    method.update(customer=customer["id"], _known=bool(row.get("authenticated", False)))
    customer["invoice_settings"]["default_payment_method"] = method["id"]
    book.put(customer)
    book.put(method)
    return {
        "id_hint": row.get("id_hint"),
        "customer": customer["id"],
        "payment_method": method["id"],
    }


def _test_number(given: str) -> str:
    number = cards.number_of(given) or given.replace(" ", "")
    if number not in cards.TRAITS:
        raise invalid(f"{given} is no test card.", param="card")
    return number


def _change_card(book: Book, method_id: str, number: str) -> Json:
    """Let a saved card behave like another test number from now on; its face stays the same."""
    method = book.find("payment_method", method_id)
    method["_number"] = number
    return book.put(method)

"""Events: what happened, with the object as it was, ready to be delivered and listed."""

from fnmatch import fnmatchcase
from typing import Any

from app.sandbox.endpoints import DATED, Call, Endpoint, listing, page, retrieve
from app.sandbox.errors import Json, invalid
from app.sandbox.state import Book, new_id, public

API_VERSION = "2026-08-26.dahlia"


def emit(book: Book, kind: str, thing: Json, previous: Json | None = None) -> str:
    """Write an event down, promise its delivery, and return its id."""
    content: Json = {"object": public(thing)}
    if previous is not None:
        content["previous_attributes"] = previous
    event: Json = {
        "id": new_id("evt_"),
        "object": "event",
        "api_version": book.endpoint.get("api_version") or API_VERSION,
        "created": book.now(),
        "data": content,
        "livemode": False,
        "pending_webhooks": 1 if book.endpoint["url"] else 0,
        "request": dict(book.request),
        "type": kind,
    }
    book.put(event)
    book.announce(event["id"])
    return str(event["id"])


def changes(before: Json, after: Json) -> Json:
    """Return the former values of what differs, for `previous_attributes`."""
    return {name: value for name, value in public(before).items() if after.get(name) != value}


def _list(call: Call) -> Json:
    kinds, kind = call.params.get("types"), call.params.get("type")
    if kinds and kind:
        raise invalid("You may only specify one of these parameters: type, types.")

    def fits(event: Json) -> bool:
        if kinds and event["type"] not in kinds:
            return False
        if kind and not fnmatchcase(event["type"], kind):
            return False
        return _delivered_as_asked(call.book, event, call.params.get("delivery_success"))

    if call.params.get("delivery_success") is False:
        book = call.book
        waiting = sorted(book.undelivered, key=lambda one: book.position(book.ids("event"), one))
        return page(call, waiting, fits)
    by = () if kind is None or "*" in kind else ("type",)
    return listing(call, "event", by, fits)


def _delivered_as_asked(book: Book, event: Json, asked: Any) -> bool:
    return asked is None or asked is (event["id"] not in book.undelivered)


ENDPOINTS = [
    Endpoint(
        "GET",
        "/v1/events",
        {**DATED, "type": "text", "types": "texts", "delivery_success": "boolean"},
        _list,
    ),
    Endpoint("GET", "/v1/events/<id>", {}, retrieve("event")),
]

"""Replaces ids by the objects they name, as far as `expand` asks."""

from typing import Any

from app.sandbox import charging, taxes
from app.sandbox.errors import ApiError, Json, invalid
from app.sandbox.state import Book, public

NEVER = {"id", "client_secret", "fingerprint", "object"}


def expand(book: Book, answer: Json, paths: list[str]) -> Json:
    """Return the answer with every path expanded; at most four steps deep."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > 4:
            message = "You cannot expand more than 4 levels of a property."
            raise invalid(message, param="expand")
        _walk(book, answer, steps, path)
    return answer


def _walk(book: Book, here: Any, steps: list[str], path: str) -> None:
    if isinstance(here, list):
        for one in here:
            _walk(book, one, steps, path)
        return
    if not isinstance(here, dict):
        return
    step, rest = steps[0], steps[1:]
    here[step] = _open(book, here, step, path)
    if rest:
        _walk(book, here[step], rest, path)


def _open(book: Book, here: Json, step: str, path: str) -> Any:
    if step == "refunds" and here.get("object") == "charge":
        return charging.refunds_of(book, here["id"])
    if step == "line_items" and here.get("object") == "checkout.session":
        session = book.find("checkout.session", here["id"])
        return session["_line_items"]
    if step == "line_items" and here.get("object") in ("tax.calculation", "tax.transaction"):
        return taxes.lines_of(book, here)
    if step not in here or step in NEVER:
        raise _closed(path)
    value = here[step]
    if not isinstance(value, str):
        return value
    found = book.get(value)
    if found is None:
        raise _closed(path)
    if found["object"] == "balance_transaction":
        found = charging.settled(book, found)
    return public(found)


def _closed(path: str) -> ApiError:
    # By now the work is done, so an idempotency key must remember this answer too.
    return invalid(f"This property cannot be expanded ({path}).", param="expand")

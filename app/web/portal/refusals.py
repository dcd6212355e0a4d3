"""How the portal says no: in words, on a page from where one can go on."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.core.refusals import Refused
from app.web import words
from app.web.errors import refused_page


def back_to(endpoint: str) -> Callable[[Refused], ResponseReturnValue]:
    """Return a handler that says why not and leads back; what is unknown is not found."""

    def handle(error: Refused) -> ResponseReturnValue:
        if error.refusal.name.startswith("UNKNOWN"):
            return refused_page(error)
        flash(words.refused(error), "warn")
        return redirect(url_for(endpoint, **_there(error)), 303)

    return handle


def _there(error: Refused) -> dict[str, Any]:
    """Return the box that is offered instead, so that the next page shows it."""
    offered = getattr(error.offer, "box_id", None)
    return {"box_id": offered} if offered else {}

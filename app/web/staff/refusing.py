"""How the back office says no: in words, on the page where it was asked."""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.refusals import Refused
from app.fulfilment.rules import BatchRefusal
from app.web.errors import refused_page
from app.web.i18n import moment


def back_to(endpoint: str, *names: str) -> Callable[[Refused], ResponseReturnValue]:
    """Return a handler that says why not, on a page of the same thing; the unknown is not found."""

    def handle(error: Refused) -> ResponseReturnValue:
        if request.method == "GET" or error.refusal.name.startswith("UNKNOWN"):
            return refused_page(error)
        flash(sentence(error), "warn")
        given = request.view_args or {}
        return redirect(url_for(endpoint, **{name: given[name] for name in names}), 303)

    return handle


def sentence(error: Refused) -> str:
    """Return a refusal in words; a batch says when it locks."""
    said = gettext(error.refusal.value)
    if error.refusal is BatchRefusal.NOT_DUE and error.offer:
        when = gettext("It locks on %(moment)s.", moment=moment(error.offer))
        return f"{said} {when}"
    return str(said)

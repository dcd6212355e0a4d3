"""What people read when something goes wrong, in words and with a way on."""

import structlog
from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from app.core.refusals import Refused
from app.web import words
from app.web.doors import request_id

log = structlog.get_logger()


def init_errors(app: Flask) -> None:
    """Give `app` its error pages."""
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(RateLimitExceeded, too_often)
    app.register_error_handler(Refused, refused_page)
    app.register_error_handler(OperationalError, out_of_order)
    app.register_error_handler(HTTPException, other)
    app.register_error_handler(Exception, broken)


def page(code: int, title: str, sentence: str) -> ResponseReturnValue:
    """Return an error page."""
    return render_template("errors/error.html", code=code, title=title, sentence=sentence), code


def stale_form(error: CSRFError) -> ResponseReturnValue:
    """Answer a form whose proof of origin is missing or too old."""
    return page(
        400,
        gettext("This form has gone stale"),
        gettext("For your safety a form works for a limited time. Go back, reload, try again."),
    )


def too_often(error: RateLimitExceeded) -> ResponseReturnValue:
    """Answer somebody who tries too often."""
    return page(
        429,
        gettext("One moment, please"),
        gettext("There have been many tries from here. Please wait a few minutes."),
    )


def refused_page(error: Refused) -> ResponseReturnValue:
    """Answer a refusal that no page shows itself; unknown things are not found."""
    code = 404 if error.refusal.name.startswith("UNKNOWN") else 409
    return page(code, gettext("That is not possible"), words.refused(error))


def out_of_order(error: OperationalError) -> ResponseReturnValue:
    """Answer while the database cannot be reached."""
    log.error("database_unreachable", request_id=request_id(), exc_info=error)
    return page(
        503,
        gettext("We will be right back"),
        gettext("Our books cannot be reached just now. Nothing was changed. Please try again."),
    )


def other(error: HTTPException) -> ResponseReturnValue:
    """Answer the usual refusals of the web."""
    code = error.code or 500
    known = {
        403: (
            gettext("This door is not yours"),
            gettext("You are signed in, but this page is for somebody else."),
        ),
        404: (
            gettext("There is nothing here"),
            gettext("The page has moved, or the address has a slip in it."),
        ),
        405: (
            gettext("There is nothing here"),
            gettext("This address does not work that way."),
        ),
        413: (
            gettext("That is too much"),
            gettext("What you sent is larger than we take."),
        ),
    }
    title, sentence = known.get(
        code,
        (gettext("That did not work"), gettext("We could not make sense of this request.")),
    )
    return page(code, title, sentence)


def broken(error: Exception) -> ResponseReturnValue:
    """Answer when we made a mistake; the request's id helps us to find it."""
    log.error("request_failed", request_id=request_id(), exc_info=error)
    return page(
        500,
        gettext("Something broke on our side"),
        gettext("It was not your fault, and nothing was changed. Reference: %(id)s")
        % {"id": request_id()},
    )

"""The payment provider's doors: prove, store once, answer at once; what it means comes later.

Promises: 400 for what is not the provider's, 200 for what is stored (again or for the first
time), 5xx while the database is away, so that the provider sends it again. What is refused leaves
nothing behind but a number.

They are an application of their own beside the pages, since thousands of events may come at once:
nobody signs in here, so there are no sessions, languages or pages to be got ready for each.
"""

from dataclasses import replace

import structlog
from flask import Flask, Request, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.core.unit_of_work import Actor
from app.finance.event_shape import BadEvent
from app.finance.ports import VerifyEvent
from app.finance.services.store_event import store_event
from app.web.doors import public, request_id, tools
from app.web.limits import refused_webhook
from app.wiring.tools import Tools

PREFIX = "/webhooks"
# Somewhat more than an event can be, which is then refused in the usual words.
MOST_BYTES = 2 * 1024 * 1024
log = structlog.get_logger()


class SmallRequest(Request):
    """A request that is never read beyond what an event can be."""

    max_content_length = MOST_BYTES


def webhook_app(held: Tools) -> Flask:
    """Return the application that stands at `/webhooks`."""
    app = Flask("app.web.webhooks", static_folder=None)
    app.request_class = SmallRequest
    app.extensions["tools"] = held
    app.add_url_rule("/stripe", view_func=stripe, methods=["POST"])
    app.add_url_rule("/stripe/thin", view_func=stripe_thin, methods=["POST"])
    app.register_error_handler(SQLAlchemyError, away)
    return app


@public
def stripe() -> ResponseReturnValue:
    """Store one event of the provider, which tells the object as it was."""
    return _take_in(tools().verify_event)


@public
def stripe_thin() -> ResponseReturnValue:
    """Store one event of the provider that tells only which object it is about."""
    return _take_in(tools().verify_thin_event)


def away(problem: Exception) -> ResponseReturnValue:
    """Say that nothing could be stored, so that the provider comes again."""
    log.error("webhook_not_stored", exc_info=problem)
    return {"error": "not stored; please send it again"}, 503


def _take_in(verify: VerifyEvent) -> ResponseReturnValue:
    try:
        event = verify(request.get_data(cache=False), request.headers.get("Stripe-Signature"))
    except BadEvent:
        refused_webhook()
        return {"error": "not an event for this shop"}, 400
    # Nobody follows the table of events, so nobody need be told who writes it.
    units = replace(tools().units, signed=False)
    with units(Actor("provider", event.id, request_id())) as work:
        fresh = store_event(work, event)
    return {"stored": fresh}

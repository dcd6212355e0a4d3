"""The payment provider's doors: prove, store once, answer at once; what it means comes later.

Promises: 400 for what is not the provider's, 200 for what is stored (again or for the first
time), 5xx while the database is away, so that the provider sends it again. What is refused leaves
nothing behind but a number.
"""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core.unit_of_work import Actor
from app.finance.event_shape import BadEvent
from app.finance.ports import VerifyEvent
from app.finance.services.store_event import store_event
from app.web.doors import public, request_id, tools
from app.web.limits import WEBHOOKS, limiter, refused_webhook

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")


@bp.post("/stripe")
@limiter.limit(WEBHOOKS)
@public
def stripe() -> ResponseReturnValue:
    """Store one event of the provider, which tells the object as it was."""
    return _take_in(tools().verify_event)


@bp.post("/stripe/thin")
@limiter.limit(WEBHOOKS)
@public
def stripe_thin() -> ResponseReturnValue:
    """Store one event of the provider that tells only which object it is about."""
    return _take_in(tools().verify_thin_event)


def _take_in(verify: VerifyEvent) -> ResponseReturnValue:
    try:
        event = verify(request.get_data(), request.headers.get("Stripe-Signature"))
    except BadEvent:
        refused_webhook()
        return {"error": "not an event for this shop"}, 400
    with tools().units(Actor("provider", event.id, request_id())) as work:
        fresh = store_event(work, event)
    return {"stored": fresh}

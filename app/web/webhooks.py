"""The payment provider's door: prove, store once, answer at once; what it means comes later.

Promises: 400 for what is not the provider's, 200 for what is stored (again or for the first
time), 5xx while the database is away, so that the provider sends it again.
"""

import structlog
from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core.unit_of_work import Actor
from app.finance.event_shape import BadEvent
from app.finance.services.store_event import store_event
from app.web.doors import public, request_id, tools
from app.web.limits import WEBHOOKS, limiter

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")
log = structlog.get_logger()


@bp.post("/stripe")
@limiter.limit(WEBHOOKS)
@public
def stripe() -> ResponseReturnValue:
    """Store one event of the provider."""
    try:
        event = tools().verify_event(request.get_data(), request.headers.get("Stripe-Signature"))
    except BadEvent as bad:
        log.warning("webhook_refused", reason=str(bad), request_id=request_id())
        return {"error": "not an event for this shop"}, 400
    with tools().units(Actor("provider", event.id, request_id())) as work:
        fresh = store_event(work, event)
    return {"stored": fresh}

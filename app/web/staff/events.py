"""Events of the payment provider: what came, what could not be applied, and trying again."""

import json

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.refusals import Refused
from app.finance.queries import event_counts, event_payload, list_events
from app.finance.rules import EventStatus
from app.finance.services.replay_events import replay_events
from app.web.doors import open_work
from app.web.limits import refused_webhooks
from app.web.staff.paging import wanted_word
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed

bp = Blueprint("staff_events", __name__, url_prefix="/staff/events")
bp.register_error_handler(Refused, back_to("staff_events.index"))
STATES = tuple(status.value for status in EventStatus)


@bp.get("/")
@allowed("money")
def index() -> ResponseReturnValue:
    """List events, those that were given up where nothing else is asked for."""
    asked = wanted_word("state") or EventStatus.DEAD.value
    state = EventStatus(asked) if asked in STATES else None
    with open_work() as work:
        rows = list_events(work.session, state, wanted_word() or None)
        counts = event_counts(work.session)
    return render_template(
        "staff/events.html",
        rows=rows,
        counts=counts,
        state=asked,
        states=STATES,
        q=wanted_word(),
        refused=refused_webhooks(),
    )


@bp.get("/<event_id>")
@allowed("money")
def show(event_id: str) -> ResponseReturnValue:
    """Show one event as it came."""
    with open_work() as work:
        row, payload = event_payload(work.session, event_id)
    shown = json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    return render_template("staff/event.html", row=row, payload=shown)


@bp.post("/<event_id>/again")
@allowed("money")
def again(event_id: str) -> ResponseReturnValue:
    """Give one event back to be applied."""
    with open_work() as work:
        count = replay_events(work, ids=(event_id,))
    flash(gettext("Events given back to be applied: %(n)d.", n=count), "good")
    return redirect(url_for("staff_events.show", event_id=event_id), 303)

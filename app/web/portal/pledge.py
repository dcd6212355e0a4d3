"""What somebody pledges to pay for a box, within the range of their plan."""

import math
import uuid

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.clock import local_day
from app.core.refusals import Refused
from app.fulfilment.queries import upcoming_boxes
from app.fulfilment.round_queries import rounds_of
from app.subscriptions.pledge_queries import pledge_range
from app.subscriptions.pledge_rules import PledgeRange, PledgeRefusal
from app.subscriptions.queries import own_subscription
from app.subscriptions.rules import is_open
from app.subscriptions.services.change_pledge import change_pledge
from app.web.doors import open_work, subscriber_only
from app.web.i18n import money
from app.web.portal.refusals import back_to
from app.web.typed import Typed

bp = Blueprint("pledge", __name__, url_prefix="/plan/<uuid:subscription_id>/pledge")
bp.register_error_handler(Refused, back_to("plan.show"))
STEP = 50
# The nearest round may be closed already; then the one after it is shown.
NEAREST = 2


@bp.get("/")
@subscriber_only
def show(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Show the pledge, its range, and how far the next round is covered."""
    return page(subscription_id, Typed())


@bp.post("/")
@subscriber_only
def change(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Pledge another amount for the boxes that can still be changed."""
    typed = Typed(request.form)
    cents = typed.cents("pledge")
    if typed.ok:
        try:
            with open_work() as work:
                change_pledge(work, g.subscriber_id, subscription_id, cents)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return page(subscription_id, typed), 422
    flash(gettext("You now pay %(price)s for a box.", price=money(cents)), "good")
    return redirect(url_for("pledge.show", subscription_id=subscription_id), 303)


def slider_step(allowed: PledgeRange) -> int:
    """Return a step in cents by which a slider reaches both ends and what we suggest."""
    below = allowed.suggested_cents - allowed.floor_cents
    above = allowed.ceiling_cents - allowed.suggested_cents
    return math.gcd(STEP, below, above)


def page(subscription_id: uuid.UUID, typed: Typed) -> str:
    """Return the page with the pledge as typed."""
    with open_work() as work:
        subscription = own_subscription(work.session, g.subscriber_id, subscription_id)
        allowed = pledge_range(subscription.plan, subscription.size)
        if allowed is None:
            raise Refused(PledgeRefusal.NOT_TAKEN)
        today = local_day(work.now, work.shop.zone)
        boxes = [
            box
            for box in upcoming_boxes(work.session, subscription.subscriber_id, today)
            if box.subscription_id == subscription_id
            and box.status == "planned"
            and is_open(box.cutoff_at, work.now)
        ]
        rounds = rounds_of(work.session, subscription.plan, today, NEAREST)
        coming = next((each for each in rounds if is_open(each.cutoff_at, work.now)), None)
    return render_template(
        "portal/pledge.html",
        subscription=subscription,
        allowed=allowed,
        step=slider_step(allowed),
        following=boxes[0] if boxes else None,
        round=coming,
        typed=typed,
    )

"""The days of the boxes to come: another day, another rhythm, the next one at once."""

import uuid

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.clock import days_after, local_day
from app.core.refusals import Refused
from app.fulfilment.queries import upcoming_boxes
from app.fulfilment.services.change_rhythm import change_rhythm
from app.fulfilment.services.move_box import move_box
from app.fulfilment.services.ship_now import ship_now
from app.subscriptions.queries import own_subscription, rhythm_of
from app.subscriptions.rules import is_open
from app.web.doors import open_work, subscriber_only
from app.web.i18n import day
from app.web.portal.refusals import back_to
from app.web.typed import Typed

bp = Blueprint("days", __name__, url_prefix="/plan/<uuid:subscription_id>/days")
bp.register_error_handler(Refused, back_to("plan.show"))


@bp.get("/")
@subscriber_only
def show(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Show the days of the next boxes, each with what can be done about it."""
    with open_work() as work:
        subscription = own_subscription(work.session, g.subscriber_id, subscription_id)
        today = local_day(work.now, work.shop.zone)
        owner = subscription.subscriber_id
        boxes = [
            (box, box.status == "planned" and is_open(box.cutoff_at, work.now))
            for box in upcoming_boxes(work.session, owner, today)
            if box.subscription_id == subscription_id
        ]
        every = rhythm_of(subscription).every
    return render_template(
        "portal/days.html",
        subscription=subscription,
        boxes=boxes,
        every=every,
        rhythms=sorted({subscription.plan.every, *subscription.plan.rhythms}),
        tomorrow=days_after(today, 1),
    )


@bp.post("/<uuid:box_id>")
@subscriber_only
def move(subscription_id: uuid.UUID, box_id: uuid.UUID) -> ResponseReturnValue:
    """Let a box ship on another day."""
    typed = Typed(request.form)
    wanted = typed.day("day", required=True)
    if wanted is None:
        flash(typed.wrong["day"], "warn")
        return _back(subscription_id)
    with open_work() as work:
        subscription = own_subscription(work.session, g.subscriber_id, subscription_id)
        move_box(work, subscription.subscriber_id, box_id, wanted)
    flash(gettext("This box ships on %(day)s.", day=day(wanted)), "good")
    return _back(subscription_id)


@bp.post("/rhythm")
@subscriber_only
def rhythm(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Let boxes come more or less often."""
    every = Typed(request.form).number("every", 1, 52)
    with open_work() as work:
        change_rhythm(work, g.subscriber_id, subscription_id, every)
    flash(gettext("Your boxes come in the new rhythm. These are their days."), "good")
    return _back(subscription_id)


@bp.post("/now")
@subscriber_only
def now(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Send the next box at once; tapping twice sends one box."""
    with open_work() as work:
        box = ship_now(work, g.subscriber_id, subscription_id)
    flash(
        gettext("Your next box ships on %(day)s. The others follow it.", day=day(box.ships_on)),
        "good",
    )
    return _back(subscription_id)


def _back(subscription_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("days.show", subscription_id=subscription_id), 303)

"""What somebody adds to their boxes: one time or every time, with its price and what is left."""

import uuid

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.refusals import Refused
from app.fulfilment.add_on_queries import addable, wishes_of
from app.fulfilment.services.add_to_box import MOST_UNITS, add_to_box, take_off_box
from app.subscriptions.queries import own_subscription
from app.web.doors import open_work, subscriber_only
from app.web.portal.refusals import back_to
from app.web.typed import Typed

bp = Blueprint("extras", __name__, url_prefix="/plan")
bp.register_error_handler(Refused, back_to("plan.show"))


@bp.get("/<uuid:subscription_id>/extras")
@subscriber_only
def show(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Show what is added and what could be."""
    return page(subscription_id, Typed())


@bp.post("/<uuid:subscription_id>/extras")
@subscriber_only
def add(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Add something to the next box, or to every one."""
    typed = Typed(request.form)
    sku_id = typed.key("sku")
    units = typed.number("units", 1, MOST_UNITS)
    lasting = typed.choice("how", ("once", "always")) == "always"
    if typed.ok and sku_id:
        try:
            with open_work() as work:
                add_to_box(work, (g.subscriber_id, subscription_id), sku_id, units, lasting)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return page(subscription_id, typed), 422
    flash(
        gettext("It is in every box from the next one on.")
        if lasting
        else gettext("It comes with your next box."),
        "good",
    )
    return redirect(url_for("extras.show", subscription_id=subscription_id), 303)


@bp.post("/<uuid:subscription_id>/extras/<uuid:add_on_id>/drop")
@subscriber_only
def drop(subscription_id: uuid.UUID, add_on_id: uuid.UUID) -> ResponseReturnValue:
    """Take something out again."""
    with open_work() as work:
        take_off_box(work, g.subscriber_id, add_on_id)
    flash(gettext("It does not come any more."), "good")
    return redirect(url_for("extras.show", subscription_id=subscription_id), 303)


def page(subscription_id: uuid.UUID, typed: Typed) -> str:
    """Return the page with the form as typed."""
    with open_work() as work:
        subscription = own_subscription(work.session, g.subscriber_id, subscription_id)
        wishes = wishes_of(work.session, subscription_id)
        offered = addable(work.session, subscription)
    return render_template(
        "portal/extras.html",
        subscription=subscription,
        wishes=wishes,
        offered=offered,
        typed=typed,
        most=MOST_UNITS,
    )

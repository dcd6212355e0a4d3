"""Closed days: nothing ships on them, and boxes move to another day or fall out."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.clock import local_day
from app.core.refusals import Refused
from app.fulfilment.services.close_day import close_day
from app.subscriptions.calendar_queries import closed_days
from app.web.doors import open_work
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_calendar", __name__, url_prefix="/staff/closed-days")
bp.register_error_handler(Refused, back_to("staff_calendar.show"))
LOOK_BACK = timedelta(days=60)


@bp.get("/")
@allowed("calendar")
def show() -> ResponseReturnValue:
    """List the closed days and ask for another."""
    return page(Typed())


def page(typed: Typed) -> str:
    """Return the page with the form as typed."""
    with open_work() as work:
        today = local_day(work.now, work.shop.zone)
        days = closed_days(work.session, today - LOOK_BACK)
    return render_template("staff/calendar.html", days=days, typed=typed, today=today)


@bp.post("/")
@allowed("calendar")
def close() -> ResponseReturnValue:
    """Close a day; the people whose boxes that changes are told."""
    typed = Typed(request.form)
    day = typed.day("closes_on", required=True)
    moves = typed.choice("instead", ("move", "drop")) == "move"
    ships_on = typed.day("ships_on", required=True) if moves else None
    reason = typed.text("reason")
    with open_work() as work:
        today = local_day(work.now, work.shop.zone)
        if day and day <= today:
            typed.refuse("closes_on", gettext("This day must lie ahead."))
        if ships_on and ships_on <= today:
            typed.refuse("ships_on", gettext("This day must lie ahead."))
        if day and day == ships_on:
            typed.refuse("ships_on", gettext("This is the day that closes."))
        boxes = close_day(work, day, ships_on, reason) if typed.ok and day else 0
    if not typed.ok:
        return page(typed), 422
    told = gettext("Closed. Boxes changed: %(n)d. Their subscribers are told.", n=boxes)
    flash(told, "good")
    return redirect(url_for("staff_calendar.show"), 303)

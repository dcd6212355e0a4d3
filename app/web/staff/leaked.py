"""A code that was passed round: since when, who loses it, and the code in its place."""

import uuid
from datetime import date, time

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.billing.offer_queries import coupon_days, coupon_row
from app.billing.services.replace_leaked import replace_leaked
from app.core.clock import days_after, instant_of, local_day
from app.core.refusals import Refused
from app.web.doors import open_work, tools
from app.web.i18n import short_day
from app.web.staff.drawing import columns
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

SHORTEST, LONGEST = 14, 90
bp = Blueprint("staff_leaked", __name__, url_prefix="/staff/coupons")
bp.register_error_handler(Refused, back_to("staff_coupons.index"))


@bp.get("/<uuid:coupon_id>/leaked")
@allowed("prices")
def show(coupon_id: uuid.UUID) -> ResponseReturnValue:
    """Show on which days the code was taken, so that the day it leaked can be seen."""
    return page(coupon_id, Typed())


@bp.post("/<uuid:coupon_id>/leaked")
@allowed("prices")
def take_back(coupon_id: uuid.UUID) -> ResponseReturnValue:
    """End the code, take it back from those who took it since, make another one."""
    typed = Typed(request.form)
    day, code = typed.day("since", required=True), typed.text("code", longest=40)
    if typed.ok and day:
        since = instant_of(day, time(0), tools().units.shop.zone)
        try:
            with open_work() as work:
                leak = replace_leaked(work, coupon_id, since, code or None)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return page(coupon_id, typed), 422
    flash(
        gettext("The code has ended. Subscriptions that lost it: %(n)d.", n=leak.taken_back), "good"
    )
    return redirect(url_for("staff_coupons.index"), 303)


def page(coupon_id: uuid.UUID, typed: Typed) -> str:
    """Return the page with the form as typed."""
    with open_work() as work:
        row = coupon_row(work.session, coupon_id)
        taken = coupon_days(work.session, coupon_id, work.shop.zone)
        today = local_day(work.now, work.shop.zone)
    days = every_day(taken, today)
    picture = columns(
        [short_day(day) for day in days],
        [[("live", taken.get(day, 0), f"{short_day(day)}: {taken.get(day, 0)}")] for day in days],
    )
    return render_template(
        "staff/leaked.html", row=row, taken=taken, picture=picture, today=today, typed=typed
    )


def every_day(taken: dict[date, int], today: date) -> list[date]:
    """Return all days from the first one taken, two weeks at least; where many, those taken."""
    first = min([*taken, days_after(today, 1 - SHORTEST)])
    many = (today - first).days
    return list(taken) if many > LONGEST else [days_after(first, n) for n in range(many + 1)]

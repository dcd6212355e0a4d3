"""New prices for those who have a plan already: who is told, from when they hold."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.billing.offer_queries import new_prices
from app.billing.services.change_price import NOTICE_DAYS, announce_price, withdraw_price
from app.core.clock import days_after, local_day
from app.core.refusals import Refused
from app.subscriptions.queries import plan_of
from app.web.doors import open_work
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_new_prices", __name__, url_prefix="/staff/plans")
bp.register_error_handler(Refused, back_to("staff_plans.index"))


@bp.get("/<uuid:plan_id>/prices")
@allowed("plans")
def show(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Show the prices that were announced for a plan."""
    return page(plan_id, Typed())


@bp.post("/<uuid:plan_id>/prices")
@allowed("plans")
def announce(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Announce a new price to everybody who has this size."""
    typed = Typed(request.form)
    size, cents = typed.number("size", 1, 100_000), typed.cents("price")
    day = typed.day("effective_on", required=True)
    told = 0
    if typed.ok and day:
        try:
            with open_work() as work:
                told = announce_price(work, plan_id, size, cents, day)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return page(plan_id, typed), 422
    told_words = (
        gettext("%(n)d person is told.", n=told)
        if told == 1
        else gettext("%(n)d people are told.", n=told)
    )
    flash(told_words, "good")
    return redirect(url_for("staff_new_prices.show", plan_id=plan_id), 303)


@bp.post("/<uuid:plan_id>/prices/<uuid:change_id>/withdraw")
@allowed("plans")
def withdraw(plan_id: uuid.UUID, change_id: uuid.UUID) -> ResponseReturnValue:
    """Take an announced price back."""
    with open_work() as work:
        withdraw_price(work, change_id)
    flash(gettext("Taken back. Nobody's price changes."), "good")
    return redirect(url_for("staff_new_prices.show", plan_id=plan_id), 303)


def page(plan_id: uuid.UUID, typed: Typed) -> str:
    """Return the list and the form as typed."""
    with open_work() as work:
        plan = plan_of(work.session, plan_id)
        rows = new_prices(work.session, plan_id)
        first = days_after(local_day(work.now, work.shop.zone), NOTICE_DAYS)
    return render_template(
        "staff/new_prices.html", plan=plan, rows=rows, first=first, notice=NOTICE_DAYS, typed=typed
    )

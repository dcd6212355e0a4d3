"""How many boxes a cycle of a plan takes, what is taken of that, and who waits."""

import uuid
from decimal import Decimal, InvalidOperation

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.core.refusals import Refused
from app.subscriptions.place_queries import PlaceRow, in_line, place_rows
from app.subscriptions.place_rules import LONGEST_HOLD, Limit
from app.subscriptions.queries import plan_of
from app.subscriptions.rules import Pricing
from app.subscriptions.services.join_wait_list import leave_wait_list
from app.subscriptions.services.set_places import set_places
from app.web.doors import open_work
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_places", __name__, url_prefix="/staff/plans")
bp.register_error_handler(Refused, back_to("staff_plans.index"))
LARGEST_SUM = 2_000_000_000


@bp.get("/<uuid:plan_id>/places")
@allowed("plans")
def show(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Show a plan's limits, how full it is, and its wait-list."""
    return form(plan_id, None)


@bp.post("/<uuid:plan_id>/places")
@allowed("plans")
def save(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Set a plan's limits; what becomes free goes to those who wait."""
    typed = Typed(request.form)
    with open_work() as work:
        plan = plan_of(work.session, plan_id)
        sizes = [0, *(each.size for each in plan.sizes)]
    limits = [read_limit(typed, size) for size in sizes]
    hold_days = typed.number("hold_days", 1, LONGEST_HOLD)
    if typed.ok:
        try:
            with open_work() as work:
                set_places(work, plan.code, limits, hold_days)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return form(plan_id, typed), 422
    flash(gettext("Saved. Nobody who has a place loses it."), "good")
    return redirect(url_for("staff_places.show", plan_id=plan_id), 303)


@bp.post("/<uuid:plan_id>/places/<uuid:entry_id>/remove")
@allowed("plans")
def remove(plan_id: uuid.UUID, entry_id: uuid.UUID) -> ResponseReturnValue:
    """Take somebody off the wait-list, as they asked."""
    with open_work() as work:
        leave_wait_list(work, entry_id)
    flash(gettext("Taken off the wait-list."), "good")
    return redirect(url_for("staff_places.show", plan_id=plan_id), 303)


def form(plan_id: uuid.UUID, typed: Typed | None) -> str:
    """Return the form as typed (None: as stored), beside what is taken and who waits."""
    with open_work() as work:
        plan = plan_of(work.session, plan_id)
        rows = place_rows(work.session, plan, work.now)
        waiters = in_line(work.session, plan_id)
    return render_template(
        "staff/places.html",
        typed=typed or Typed(values_of(rows, plan.hold_days)),
        plan=plan,
        rows=rows,
        waiters=waiters,
        fixed=plan.pricing is Pricing.FIXED,
    )


def read_limit(typed: Typed, size: int) -> Limit:
    """Read the limits of a size; what is left empty is no limit."""
    places, turnover = f"places_{size}", f"turnover_{size}"
    return Limit(
        size,
        typed.number(places, 0, 1_000_000) if typed.text(places) else None,
        read_sum(typed, turnover) if typed.text(turnover) else None,
    )


def read_sum(typed: Typed, name: str) -> int:
    """Read a large amount with at most two decimals, as cents."""
    try:
        cents = Decimal(typed.text(name).replace(",", ".")) * 100
        if cents != cents.to_integral_value() or not 0 <= cents <= LARGEST_SUM:
            raise InvalidOperation
    except InvalidOperation:
        typed.refuse(name, gettext("Please give an amount such as 12.50."))
        return 0
    return int(cents)


def values_of(rows: list[PlaceRow], hold_days: int) -> MultiDict[str, str]:
    """Return stored limits as the form shows them."""
    found = {"hold_days": str(hold_days)}
    for row in rows:
        if row.places is not None:
            found[f"places_{row.size}"] = str(row.places)
        if row.turnover_cents is not None:
            found[f"turnover_{row.size}"] = f"{row.turnover_cents / 100:.2f}"
    return MultiDict(found)

"""Plans: the list, and the form that shows which dates its terms lead to."""

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.refusals import Refused
from app.subscriptions.queries import all_plans, cut_off_of, first_dates, plan_of
from app.subscriptions.rules import SubscriptionRefusal
from app.subscriptions.services.save_plan import PlanFields, save_plan
from app.web.doors import open_work
from app.web.staff.plan_form import plan_values, read_plan, weekdays
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_plans", __name__, url_prefix="/staff/plans")
bp.register_error_handler(Refused, back_to("staff_plans.index"))


@bp.get("/")
@allowed("plans")
def index() -> ResponseReturnValue:
    """List the plans with the first days of each."""
    with open_work() as work:
        rows = [
            (plan, first_dates(plan, work.now, work.shop.zone)) for plan in all_plans(work.session)
        ]
    return render_template("staff/plans.html", rows=rows)


@bp.get("/new")
@allowed("plans")
def new() -> ResponseReturnValue:
    """Ask for a new plan."""
    return form(Typed(plan_values(None)), None)


@bp.post("/new")
@allowed("plans")
def add() -> ResponseReturnValue:
    """Add a plan; a code that is in use is refused."""
    typed = Typed(request.form)
    fields = read_plan(typed)
    plan_id = save(typed, fields, new=True) if fields else None
    if plan_id is None:
        return form(typed, None), 422
    flash(gettext("Saved. These are the first dates it leads to."), "good")
    return redirect(url_for("staff_plans.edit", plan_id=plan_id), 303)


@bp.get("/<uuid:plan_id>")
@allowed("plans")
def edit(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Show a plan to be changed."""
    with open_work() as work:
        values = plan_values(plan_of(work.session, plan_id))
    return form(Typed(values), plan_id)


@bp.post("/<uuid:plan_id>")
@allowed("plans")
def change(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Change a plan; what was agreed with subscribers before stays as it is."""
    with open_work() as work:
        code = plan_of(work.session, plan_id).code
    typed = Typed(request.form)
    fields = read_plan(typed, code)
    if fields is None or save(typed, fields) is None:
        return form(typed, plan_id), 422
    flash(gettext("Saved. These are the first dates it leads to."), "good")
    return redirect(url_for("staff_plans.edit", plan_id=plan_id), 303)


def save(typed: Typed, fields: PlanFields, new: bool = False) -> uuid.UUID | None:
    """Save a plan; return None when it was refused."""
    try:
        with open_work() as work:
            if new and any(plan.code == fields.code for plan in all_plans(work.session)):
                raise Refused(SubscriptionRefusal.CODE_TAKEN, field="code")
            return save_plan(work, fields).id
    except Refused as refused:
        typed.refused(refused)
        return None


def form(typed: Typed, plan_id: uuid.UUID | None) -> str:
    """Return the form as typed, beside the dates of the plan as it is stored."""
    dates: list[Any] = []
    plan = None
    if plan_id:
        with open_work() as work:
            plan = plan_of(work.session, plan_id)
            cut_off = cut_off_of(plan, work.shop.zone)
            days = first_dates(plan, work.now, work.shop.zone)
            dates = [(day, cut_off.moment(day)) for day in days]
    return render_template(
        "staff/plan.html", typed=typed, plan=plan, dates=dates, weekdays=weekdays()
    )

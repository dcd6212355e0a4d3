"""What happens to a plan's unpaid boxes: when a charge is tried again, and what follows."""

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.billing.dunning_queries import collecting_days, has_own_terms, terms_of_plan
from app.billing.dunning_rules import DunningTerms, EndAction
from app.billing.services.save_dunning import save_dunning
from app.core.refusals import Refused
from app.subscriptions.queries import plan_of
from app.web.doors import open_work
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_unpaid", __name__, url_prefix="/staff/plans")
bp.register_error_handler(Refused, back_to("staff_plans.index"))


@bp.get("/<uuid:plan_id>/unpaid")
@allowed("plans")
def show(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Show a plan's terms for unpaid boxes, with the days that they lead to."""
    with open_work() as work:
        terms = terms_of_plan(work.session, work.shop, plan_id)
    return form(plan_id, Typed(values_of(terms)))


@bp.post("/<uuid:plan_id>/unpaid")
@allowed("plans")
def save(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Give a plan its own terms; they hold from the next decline on."""
    typed = Typed(request.form)
    terms = read_terms(typed)
    if typed.ok:
        try:
            with open_work() as work:
                save_dunning(work, plan_id, terms)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return form(plan_id, typed), 422
    flash(gettext("Saved. It holds from the next declined charge on."), "good")
    return redirect(url_for("staff_unpaid.show", plan_id=plan_id), 303)


def form(plan_id: uuid.UUID, typed: Typed) -> str:
    """Return the form as typed, beside the days of the terms as they are stored."""
    with open_work() as work:
        plan = plan_of(work.session, plan_id)
        terms = terms_of_plan(work.session, work.shop, plan_id)
        days = collecting_days(plan, terms, work.now, work.shop)
        own = has_own_terms(work.session, plan_id)
    return render_template("staff/unpaid.html", typed=typed, plan=plan, days=days, own=own)


def read_terms(typed: Typed) -> DunningTerms:
    """Read the terms of the form."""
    return DunningTerms(
        days=read_days(typed),
        end=EndAction(typed.choice("end", list(EndAction)) or EndAction.PAUSE),
        after_unpaid=typed.number("after_unpaid", 1, 12),
        cancel_after_days=read_optional(typed, "cancel_after_days", 1, 730),
        late_days=read_optional(typed, "late_days", 0, 60),
    )


def read_days(typed: Typed) -> tuple[int, ...]:
    """Read days typed as "1, 3, 7"; nothing at all means no further try."""
    words = typed.values.get("days", "").replace("，", ",").replace("、", ",").split(",")
    try:
        return tuple(int(word) for word in words if word.strip())
    except ValueError:
        typed.refuse("days", gettext("Please give days such as 1, 3, 7."))
        return ()


def read_optional(typed: Typed, name: str, low: int, high: int) -> int | None:
    """Read a number that may be left out."""
    if not typed.values.get(name, "").strip():
        return None
    return typed.number(name, low, high)


def values_of(terms: DunningTerms) -> MultiDict[str, str]:
    """Return stored terms as the form shows them."""
    found: dict[str, Any] = {
        "days": ", ".join(str(day) for day in terms.days),
        "end": terms.end.value,
        "after_unpaid": terms.after_unpaid,
        "cancel_after_days": terms.cancel_after_days,
        "late_days": terms.late_days,
    }
    return MultiDict({name: "" if each is None else str(each) for name, each in found.items()})

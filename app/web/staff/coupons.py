"""Codes that make boxes cheaper: the list with their use, a form for a new one, ending one."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.billing.coupon_rules import CouponTerms
from app.billing.offer_queries import coupons
from app.billing.services.save_coupon import end_coupon, make_coupon
from app.core.refusals import Refused
from app.subscriptions.queries import all_plans
from app.web.doors import open_work
from app.web.staff.paging import wanted_page
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_coupons", __name__, url_prefix="/staff/coupons")
bp.register_error_handler(Refused, back_to("staff_coupons.index"))
PERCENT, AMOUNT = "percent", "amount"


@bp.get("/")
@allowed("prices")
def index() -> ResponseReturnValue:
    """List the codes, the newest first."""
    return page(Typed())


@bp.post("/")
@allowed("prices")
def add() -> ResponseReturnValue:
    """Make a code."""
    typed = Typed(request.form)
    terms = read_terms(typed)
    if typed.ok:
        try:
            with open_work() as work:
                make_coupon(work, terms)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return page(typed), 422
    flash(gettext("The code %(code)s can be used now.", code=terms.code.upper()), "good")
    return redirect(url_for("staff_coupons.index"), 303)


@bp.post("/<uuid:coupon_id>/end")
@allowed("prices")
def end(coupon_id: uuid.UUID) -> ResponseReturnValue:
    """Give a code to nobody else."""
    with open_work() as work:
        end_coupon(work, coupon_id)
    flash(gettext("Nobody else gets this code. Who has it keeps it."), "good")
    return redirect(url_for("staff_coupons.index"), 303)


def read_terms(typed: Typed) -> CouponTerms:
    """Read what a code is to do."""
    kind = typed.choice("kind", (PERCENT, AMOUNT))
    off = typed.cents("off")
    plan_ids = tuple(uuid.UUID(each) for each in typed.many("plans", plan_keys()))
    return CouponTerms(
        code=typed.text("code", required=True, longest=40),
        off_bp=off if kind == PERCENT else 0,
        off_cents=off if kind == AMOUNT else 0,
        boxes=counted(typed, "boxes"),
        plan_ids=plan_ids,
        valid_from=typed.day("valid_from"),
        valid_to=typed.day("valid_to"),
        max_people=counted(typed, "max_people"),
    )


def counted(typed: Typed, name: str) -> int | None:
    """Return a number that may be left out."""
    return typed.number(name, 1, 1_000_000) if typed.text(name) else None


def plan_keys() -> list[str]:
    """Return the ids of all plans, as a form sends them."""
    with open_work() as work:
        return [str(plan.id) for plan in all_plans(work.session)]


def page(typed: Typed) -> str:
    """Return the list and the form as typed."""
    window = wanted_page(40)
    with open_work() as work:
        rows = window.page(coupons(work.session, window.limits))
        plans = all_plans(work.session)
        today = work.now.date()
    return render_template("staff/coupons.html", rows=rows, plans=plans, typed=typed, today=today)

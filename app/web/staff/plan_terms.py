"""A plan's terms: prices by number and contents, boxes paid ahead, rhythms, when it ends.

What a box then costs is shown before anything is saved.
"""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.billing.plan_cost_queries import plan_costs
from app.core.refusals import Refused
from app.subscriptions.price_term_rules import PriceTerms, read_back, refuse_price_terms
from app.subscriptions.queries import plan_of
from app.subscriptions.rules import Pricing
from app.subscriptions.services.offer_plan import offer_plan
from app.subscriptions.services.price_plan import price_plan
from app.subscriptions.services.save_plan import Selling, refuse_selling, selling_of
from app.web.doors import open_work
from app.web.staff.plan_terms_form import ROWS, read_prices, read_selling, values_of
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_plan_terms", __name__, url_prefix="/staff/plans")
bp.register_error_handler(Refused, back_to("staff_plans.index"))


@bp.get("/<uuid:plan_id>/terms")
@allowed("plans")
def show(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Show a plan's terms and what a box costs under them."""
    with open_work() as work:
        plan = plan_of(work.session, plan_id)
        prices, selling = read_back(plan.price_terms), selling_of(plan)
    return form(plan_id, Typed(values_of(prices, selling)), (prices, selling))


@bp.post("/<uuid:plan_id>/terms")
@allowed("plans")
def save(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Set a plan's terms, or only show what a box would cost under them."""
    typed = Typed(request.form)
    prices, selling = read_prices(typed), read_selling(typed)
    looking = request.form.get("act") == "preview"
    if typed.ok:
        try:
            keep(plan_id, prices, selling, looking)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return form(plan_id, typed, None), 422
    if looking:
        return form(plan_id, typed, (prices, selling))
    flash(gettext("Saved. This is what a box costs now."), "good")
    return redirect(url_for("staff_plan_terms.show", plan_id=plan_id), 303)


def keep(plan_id: uuid.UUID, prices: PriceTerms, selling: Selling, looking: bool) -> None:
    """Save both kinds of terms together, or only refuse what could not be saved."""
    with open_work() as work:
        plan = plan_of(work.session, plan_id)
        if looking:
            wrong = refuse_price_terms(plan.pricing, prices)
            if wrong:
                raise Refused(wrong[0], field=wrong[1])
            refuse_selling(plan.pricing, selling)
            return
        price_plan(work, plan.code, prices)
        offer_plan(work, plan.code, selling)


def form(plan_id: uuid.UUID, typed: Typed, terms: tuple[PriceTerms, Selling] | None) -> str:
    """Return the form as typed, beside what boxes cost under the terms (None: those stored)."""
    with open_work() as work:
        plan = plan_of(work.session, plan_id)
        prices, selling = terms or (read_back(plan.price_terms), selling_of(plan))
        costs = plan_costs(work.session, plan, prices, selling.prepaid)
        stored = (prices, selling) == (read_back(plan.price_terms), selling_of(plan))
    return render_template(
        "staff/plan_terms.html",
        typed=typed,
        plan=plan,
        costs=costs,
        by_contents=plan.pricing is Pricing.CONTENTS,
        stored=stored,
        rows=ROWS,
    )

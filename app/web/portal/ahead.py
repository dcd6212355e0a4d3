"""Paying boxes ahead, and changing the plan with its price shown before."""

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.refusals import Refused
from app.fulfilment.services.change_plan import change_plan
from app.fulfilment.services.preview_switch import SwitchPreview, preview_switch
from app.fulfilment.services.sell_term import sell_term, set_renewal
from app.fulfilment.term_queries import open_terms
from app.subscriptions.queries import own_subscription, plans_on_sale
from app.subscriptions.term_rules import term_price
from app.web import words
from app.web.doors import actor, open_work, subscriber_only, tools
from app.web.portal.refusals import back_to
from app.web.typed import Typed

bp = Blueprint("ahead", __name__, url_prefix="/plan/<uuid:subscription_id>")
bp.register_error_handler(Refused, back_to("plan.show"))


@dataclass(frozen=True)
class Offer:
    """So many boxes at once: what they cost together, and what that saves."""

    boxes: int
    price_cents: int
    saved_cents: int


@bp.get("/ahead")
@subscriber_only
def show(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Show what is paid ahead, or what could be."""
    with open_work() as work:
        subscription = own_subscription(work.session, g.subscriber_id, subscription_id)
        terms = open_terms(work.session, subscription_id)
        offers = [
            Offer(boxes, price, subscription.price_cents * boxes - price)
            for boxes, off in subscription.plan.prepaid
            for price in [term_price(subscription.price_cents, boxes, off)]
        ]
    return render_template(
        "portal/ahead.html", subscription=subscription, terms=terms, offers=offers, typed=Typed()
    )


@bp.post("/ahead")
@subscriber_only
def buy(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Order boxes ahead; they are charged to the card on file."""
    typed = Typed(request.form)
    boxes = typed.number("boxes", 2, 60)
    if not typed.ok:
        flash(gettext("Please choose how many boxes."), "warn")
        return redirect(url_for("ahead.show", subscription_id=subscription_id), 303)
    with open_work() as work:
        sell_term(work, g.subscriber_id, subscription_id, boxes, typed.ticked("renews"))
    flash(gettext("Thank you. %(n)d boxes are ordered and charged now.", n=boxes), "good")
    return redirect(url_for("ahead.show", subscription_id=subscription_id), 303)


@bp.post("/renewal")
@subscriber_only
def renewal(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Say whether boxes are ordered again after the last."""
    wanted = request.form.get("renews") == "yes"
    with open_work() as work:
        set_renewal(work, g.subscriber_id, subscription_id, wanted)
    flash(words.saved(), "good")
    return redirect(url_for("ahead.show", subscription_id=subscription_id), 303)


@bp.get("/switch")
@subscriber_only
def choose(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Show the plans and sizes; once one is chosen, what the change costs."""
    preview: SwitchPreview | None = None
    chosen = _chosen(request.args.get("to", ""))
    if chosen:
        with tools().units.rehearse(actor()) as work:
            preview = preview_switch(work, g.subscriber_id, subscription_id, *chosen)
    with open_work() as work:
        subscription = own_subscription(work.session, g.subscriber_id, subscription_id)
        options = _options(subscription, plans_on_sale(work.session))
    return render_template(
        "portal/switch.html",
        subscription=subscription,
        options=options,
        to=request.args.get("to", ""),
        preview=preview,
    )


@bp.post("/switch")
@subscriber_only
def switch(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Change the plan or the size."""
    chosen = _chosen(request.form.get("to", ""))
    if chosen is None:
        return redirect(url_for("ahead.choose", subscription_id=subscription_id), 303)
    with open_work() as work:
        change_plan(work, g.subscriber_id, subscription_id, *chosen)
    flash(gettext("Your plan is changed. We have sent you a receipt."), "good")
    return redirect(url_for("plan.show"), 303)


def _chosen(text: str) -> tuple[uuid.UUID, int] | None:
    """Return plan and size as one answer names them."""
    plan_id, _, size = text.partition(":")
    try:
        return uuid.UUID(plan_id), int(size)
    except ValueError:
        return None


def _options(subscription: Any, plans: list[Any]) -> list[dict[str, Any]]:
    """Return every plan and size but the one that somebody has."""
    return [
        {"to": f"{plan.id}:{size.size}", "plan": plan, "size": size}
        for plan in plans
        for size in plan.sizes
        if (plan.id, size.size) != (subscription.plan_id, subscription.size)
    ]

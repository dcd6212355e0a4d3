"""The group of a subscription: start one, invite others, join by a code, leave."""

import uuid

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.refusals import Refused
from app.subscriptions.group_queries import group_with
from app.subscriptions.group_rules import LONGEST_NAME
from app.subscriptions.price_term_rules import read_back
from app.subscriptions.queries import own_subscription
from app.subscriptions.services.join_group import join_group, leave_group, start_group
from app.web.doors import open_work, subscriber_only
from app.web.limits import SIGN_UP, limiter
from app.web.portal.refusals import back_to
from app.web.typed import Typed

bp = Blueprint("group", __name__, url_prefix="/plan/<uuid:subscription_id>/group")
bp.register_error_handler(Refused, back_to("plan.show"))


@bp.get("/")
@subscriber_only
def show(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Show who is in the group and whether its discount holds, or how to start or join one."""
    return page(subscription_id, Typed())


@bp.post("/")
@subscriber_only
def start(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Start a group with oneself in it."""
    typed = Typed(request.form)
    name = typed.text("name", required=True, longest=LONGEST_NAME)
    if typed.ok:
        try:
            with open_work() as work:
                start_group(work, g.subscriber_id, subscription_id, name)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return page(subscription_id, typed), 422
    flash(gettext("Your group is there. Now invite the others."), "good")
    return back(subscription_id)


@bp.post("/join")
@subscriber_only
@limiter.limit(SIGN_UP)
def join(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Join the group of a code."""
    typed = Typed(request.form)
    code = typed.text("group", required=True, longest=40)
    if typed.ok:
        try:
            with open_work() as work:
                join_group(work, g.subscriber_id, subscription_id, code)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return page(subscription_id, typed), 422
    flash(gettext("You are in the group."), "good")
    return back(subscription_id)


@bp.post("/leave")
@subscriber_only
def leave(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Leave the group; open boxes cost the whole price again."""
    with open_work() as work:
        leave_group(work, g.subscriber_id, subscription_id)
    flash(gettext("You have left the group. Your open boxes cost the whole price."), "good")
    return back(subscription_id)


def back(subscription_id: uuid.UUID) -> ResponseReturnValue:
    """Return to the page."""
    return redirect(url_for("group.show", subscription_id=subscription_id), 303)


def page(subscription_id: uuid.UUID, typed: Typed) -> str:
    """Return the page with the forms as typed."""
    with open_work() as work:
        subscription = own_subscription(work.session, g.subscriber_id, subscription_id)
        group = group_with(work.session, subscription_id, work.now)
        terms = read_back(subscription.plan.price_terms).group
    return render_template(
        "portal/group.html", subscription=subscription, group=group, terms=terms, typed=typed
    )

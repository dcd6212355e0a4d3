"""The wait-list of a plan that is full: joining it, seeing one's turn, taking the place, leaving.

Nobody needs an account for it: the letters carry a signed link to one's own turn.
"""

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from app.core.links import WAIT, WAIT_LASTS, read_link
from app.core.refusals import Refused
from app.subscriptions.place_queries import Waiter, full_sizes, waiter_of
from app.subscriptions.place_rules import PlaceRefusal
from app.subscriptions.queries import first_dates, plan_of
from app.subscriptions.services.join_wait_list import (
    WaitWish,
    join_wait_list,
    leave_wait_list,
)
from app.subscriptions.services.sign_up import price_of
from app.web.doors import open_work, public, tools
from app.web.i18n import language
from app.web.limits import SIGN_UP, limiter
from app.web.portal.refusals import back_to
from app.web.typed import Typed

bp = Blueprint("waiting", __name__)
bp.register_error_handler(Refused, back_to("front.home"))


@bp.get("/sign-up/<uuid:plan_id>/wait")
@public
def ask(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Say sorry that a plan is full, and offer the wait-list."""
    return form(plan_id, Typed())


@bp.post("/sign-up/<uuid:plan_id>/wait")
@limiter.limit(SIGN_UP)
@public
def join(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Put somebody in line; what is told does not depend on whether they were in it before."""
    typed, size = Typed(request.form), asked_size()
    email = typed.text("email", required=True, longest=320)
    name = typed.text("name", required=True)
    if not typed.ok:
        return form(plan_id, typed), 422
    try:
        with open_work() as work:
            wish = WaitWish(plan_id, size, email, name, language())
            entry = waiter_of(work.session, join_wait_list(work, wish).id)
            hold_days = plan_of(work.session, plan_id).hold_days
    except Refused as refused:
        if refused.refusal is PlaceRefusal.NOT_FULL:
            flash(gettext(refused.refusal.value), "good")
            return redirect(url_for("sign_up.choose", plan_id=plan_id), 303)
        typed.refused(refused)
        return form(plan_id, typed), 422
    return render_template("portal/wait_joined.html", entry=entry, hold_days=hold_days)


def form(plan_id: uuid.UUID, typed: Typed) -> str:
    """Return the form as typed, with the day of the cycle that is full."""
    size = asked_size()
    with open_work() as work:
        plan = plan_of(work.session, plan_id)
        price_of(plan, size)
        waiting = full_sizes(work.session, plan, work.now).get(size, 0)
        day, *_ = first_dates(plan, work.now, work.shop.zone)
    return render_template(
        "portal/wait.html", typed=typed, plan=plan, size=size, waiting=waiting, day=day, **known()
    )


def known() -> dict[str, Any]:
    """Return what we know of somebody who is signed in."""
    signed_in = current_user.is_authenticated
    return {
        "email": current_user.email if signed_in else "",
        "name": current_user.name if signed_in else "",
    }


def asked_size() -> int:
    """Return the size that the address of the page names."""
    return Typed(request.args).number("size", 1, 100_000)


@bp.get("/wait-list/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Show somebody's turn, or the place that is kept for them."""
    entry = kept_for(token)
    return render_template("portal/waiting.html", entry=entry, token=token)


@bp.post("/wait-list/<token>/leave")
@public
def leave(token: str) -> ResponseReturnValue:
    """Take somebody off the list."""
    entry = kept_for(token)
    with open_work() as work:
        leave_wait_list(work, entry.id)
    flash(gettext("You are not on the wait-list any more."), "good")
    return redirect(url_for("waiting.show", token=token), 303)


def say_lost() -> None:
    """Say sorry to whoever gave their card after the last place was taken."""
    sentence = gettext(
        "We are sorry: while you gave your card, the last place was taken. Nothing is charged. You"
        " are on the wait-list, and we write to you when it is your turn."
    )
    flash(sentence, "warn")


def kept_for(token: str) -> Waiter:
    """Return whose turn a link is; refuse a forged one."""
    named = read_link(tools().settings.secret_key.get_secret_value(), WAIT, token, WAIT_LASTS)
    if named is None:
        raise Refused(PlaceRefusal.UNKNOWN_ENTRY)
    with open_work() as work:
        return waiter_of(work.session, uuid.UUID(named))

"""The shop's front: the landing page, choosing a language, the way in, and a sign of life."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import text

from app.people.services.change_language import change_language
from app.subscriptions.place_queries import full_plans
from app.subscriptions.place_rules import WHOLE
from app.subscriptions.queries import plans_on_sale
from app.web.doors import open_work, own_path, public, tools
from app.web.i18n import COOKIE, LANGUAGES

front = Blueprint("front", __name__)
STAFF_HOME = "staff_today.show"


@front.get("/")
@public
def home() -> ResponseReturnValue:
    """Show the shop and its plans."""
    with open_work() as work:
        plans = plans_on_sale(work.session)
        full = {row.plan_id for row in full_plans(work.session) if row.size == WHOLE}
    return render_template("portal/home.html", plans=plans, full=full)


@front.get("/enter")
@public
def enter() -> ResponseReturnValue:
    """Send people who have just signed in to where they work or read."""
    if current_user.is_authenticated and current_user.is_staff:
        known = STAFF_HOME in current_app.view_functions
        return redirect(url_for(STAFF_HOME) if known else "/staff/")
    return redirect(url_for("box.show"))


@front.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """Remember a language on this device, and return to the page."""
    answer = redirect(own_path(request.form.get("back", "")), 303)
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        answer.set_cookie(
            COOKIE,
            chosen,
            max_age=365 * 24 * 3600,
            samesite="Lax",
            httponly=True,
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
        if current_user.is_authenticated:
            with open_work() as work:
                change_language(work, current_user.id, chosen)
    return answer


@front.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Say whether this process can reach its database."""
    with tools().sessions() as session:
        session.execute(text("SELECT 1"))
    return {"status": "ok"}

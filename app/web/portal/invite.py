"""What somebody sees who was invited into a group: what it is, and the ways in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_security import current_user

from app.core.refusals import Refused
from app.subscriptions.group_queries import group_by_code, group_with
from app.subscriptions.queries import plan_of, subscriptions_of
from app.subscriptions.rules import OVER
from app.web.doors import open_work, public
from app.web.limits import SIGN_UP, limiter
from app.web.portal.refusals import back_to

bp = Blueprint("invite", __name__, url_prefix="/group")
bp.register_error_handler(Refused, back_to("front.home"))


@bp.get("/<code>")
@limiter.limit(SIGN_UP)
@public
def show(code: str) -> ResponseReturnValue:
    """Show a group by its code; who has the plan can join, others sign up for it."""
    with open_work() as work:
        group = group_by_code(work.session, code, work.now)
        plan = plan_of(work.session, group.plan_id)
        mine = []
        if current_user.is_authenticated:
            mine = [
                each
                for each in subscriptions_of(work.session, current_user.id)
                if each.plan_id == plan.id
                and each.payer_id is None
                and each.status not in OVER
                and group_with(work.session, each.id, work.now) is None
            ]
    return render_template("portal/invite.html", group=group, plan=plan, mine=mine)

"""The groups of a plan, and whether pledges cover its coming rounds: both drawn."""

import uuid
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.clock import local_day
from app.core.refusals import Refused
from app.fulfilment.round_queries import DatedRound, rounds_of
from app.fulfilment.services.ask_pledges import ask_pledges
from app.subscriptions.group_queries import groups_of_plan
from app.subscriptions.pledge_rules import spread_of
from app.subscriptions.price_term_rules import read_back
from app.subscriptions.queries import plan_of
from app.subscriptions.rules import is_open
from app.web.doors import open_work
from app.web.i18n import money, number
from app.web.staff.drawing import Columns, columns
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed

bp = Blueprint("staff_sharing", __name__, url_prefix="/staff/plans/<uuid:plan_id>/sharing")
bp.register_error_handler(Refused, back_to("staff_plans.index"))
STEPS = 8


@dataclass(frozen=True)
class DrawnRound:
    """A round, whether it can still change, and a picture of what is pledged for its boxes."""

    row: DatedRound
    open: bool
    spread: list[tuple[int, int, int]]
    picture: Columns


@bp.get("/")
@allowed("plans")
def show(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Show the groups and the rounds of a plan."""
    with open_work() as work:
        plan = plan_of(work.session, plan_id)
        terms = read_back(plan.price_terms)
        groups = groups_of_plan(work.session, plan_id, work.now)
        rows = rounds_of(work.session, plan, local_day(work.now, work.shop.zone))
        rounds = [draw(each, is_open(each.cutoff_at, work.now)) for each in rows]
    coming = next((each for each in rounds if each.open), None)
    return render_template(
        "staff/sharing.html",
        plan=plan,
        terms=terms,
        groups=groups,
        rounds=rounds,
        asking=coming if coming and coming.row.stands.short_cents else None,
    )


@bp.post("/ask")
@allowed("plans")
def ask(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Ask everybody in the next open round to look at their pledge again."""
    with open_work() as work:
        asked = ask_pledges(work, plan_id)
    flash(gettext("A letter goes to %(n)d people.", n=asked), "good")
    return redirect(url_for("staff_sharing.show", plan_id=plan_id), 303)


def draw(row: DatedRound, still_open: bool) -> DrawnRound:
    """Draw how many people pledge how much."""
    spread = spread_of(row.stands.pledges, STEPS)
    labels = [number(start / 100) for start, _, _ in spread]
    bars = [[("live", count, f"{money(start)}: {count}")] for start, _, count in spread]
    return DrawnRound(row, still_open, spread, columns(labels, bars))

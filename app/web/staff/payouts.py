"""Payouts beside the diary: what matches nothing stands on top."""

import uuid

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from app.finance.payout_queries import payout_lines, payout_named, payouts_of, unmatched_lines
from app.finance.period_rules import written
from app.web.doors import open_work
from app.web.staff.finance_frame import send, shown_month, wanted_file
from app.web.staff.finance_sheets import payout_lines_sheet, payouts_sheet
from app.web.staff.rights import allowed

bp = Blueprint("staff_payouts", __name__, url_prefix="/staff/finance/payouts")


@bp.get("/")
@allowed("money")
def index() -> ResponseReturnValue:
    """Show what matches nothing, and the payouts of a month."""
    with open_work() as work:
        shown = shown_month(work)
        zone = work.shop.zone
        rows = payouts_of(work.session, shown.month, zone)
        unmatched = unmatched_lines(work.session)
    kind = wanted_file()
    if kind:
        return send(payouts_sheet(rows, zone), kind, f"payouts-{written(shown.month)}")
    return render_template("staff/payouts.html", shown=shown, rows=rows, unmatched=unmatched)


@bp.get("/<uuid:payout_id>")
@allowed("money")
def show(payout_id: uuid.UUID) -> ResponseReturnValue:
    """Show one payout, line by line, each with the entry that it stands for."""
    with open_work() as work:
        zone = work.shop.zone
        row = payout_named(work.session, payout_id, zone)
        lines = payout_lines(work.session, payout_id)
    if row is None:
        abort(404)
    kind = wanted_file()
    if kind:
        return send(payout_lines_sheet(lines, zone), kind, f"payout-{row.provider_id}")
    return render_template("staff/payout.html", row=row, lines=lines)

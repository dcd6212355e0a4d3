"""Disputes: which are open, what speaks for us, and what we say to each."""

import uuid

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.refusals import Refused
from app.finance.dispute_queries import dispute_row, list_disputes, proof_for
from app.finance.services.write_evidence import let_boxes_go, write_evidence
from app.web.doors import open_work
from app.web.staff.paging import wanted_page
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed

bp = Blueprint("staff_disputes", __name__, url_prefix="/staff/disputes")
bp.register_error_handler(Refused, back_to("staff_disputes.index"))


@bp.get("/")
@allowed("invoices")
def index() -> ResponseReturnValue:
    """List disputes, those first whose evidence is due first."""
    window = wanted_page(50)
    with open_work() as work:
        rows = window.page(list_disputes(work.session, window.limits))
    return render_template("staff/disputes.html", rows=rows)


@bp.get("/<uuid:dispute_id>")
@allowed("invoices")
def show(dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Show one dispute with all that speaks for us."""
    with open_work() as work:
        row = dispute_row(work.session, dispute_id)
        proof = proof_for(work.session, row)
    return render_template("staff/dispute.html", row=row, proof=proof)


@bp.post("/<uuid:dispute_id>/evidence")
@allowed("refunds")
def answer(dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the text with which the shop answers."""
    words = request.form.get("evidence", "").replace("\x00", "").strip()
    with open_work() as work:
        write_evidence(work, dispute_id, words, g.staff_id)
    flash(gettext("The evidence is kept."), "good")
    return redirect(url_for("staff_disputes.show", dispute_id=dispute_id), 303)


@bp.post("/<uuid:dispute_id>/boxes")
@allowed("refunds")
def let_go(dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Let the boxes go that the dispute holds."""
    with open_work() as work:
        let_boxes_go(work, dispute_id)
    flash(gettext("The boxes of this subscription go out again."), "good")
    return redirect(url_for("staff_disputes.show", dispute_id=dispute_id), 303)

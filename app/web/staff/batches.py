"""Batches: the list, and one batch with its figures, its boxes and what can be done with it."""

import uuid
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.clock import local_day
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.batch_queries import (
    NeedRow,
    RunRow,
    batch_page,
    batches_ahead,
    batches_before,
    last_run,
    needs_of,
    units_wanted,
)
from app.fulfilment.box_queries import BoxInBatch, Charging, boxes_in_batch, charging
from app.fulfilment.export_queries import ExportRow, list_exports
from app.fulfilment.queries import BatchRow
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.ask_run import ask_run
from app.fulfilment.services.try_held import try_held
from app.jobs.batches import dry_run
from app.jobs.exporting import export
from app.web.doors import actor, open_work, tools
from app.web.staff.paging import Page, wanted_page, wanted_word
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed

bp = Blueprint("staff_batches", __name__, url_prefix="/staff/batches")
bp.register_error_handler(Refused, back_to("staff_batches.show", "batch_id"))
STATES = tuple(status.value for status in BoxStatus)


@dataclass(frozen=True)
class BatchPage:
    """Everything that the page of a batch shows."""

    row: BatchRow
    wanted: int
    charging: Charging
    real: RunRow | None
    dry: RunRow | None
    needs: list[NeedRow]
    exports: tuple[ExportRow, ...]
    boxes: Page[BoxInBatch]


@bp.get("/")
@allowed("batches")
def index() -> ResponseReturnValue:
    """List the batches: those ahead, and those that have shipped."""
    window = wanted_page(20)
    with open_work() as work:
        today = local_day(work.now, work.shop.zone)
        ahead = batches_ahead(work.session, today, 30) if window.number == 1 else []
        before = window.page(batches_before(work.session, today, *window.limits))
        now = work.now
    return render_template("staff/batches.html", ahead=ahead, before=before, now=now, today=today)


@bp.get("/<uuid:batch_id>")
@allowed("batches")
def show(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Show one batch."""
    word, state = wanted_word(), wanted_word("state")
    with open_work() as work:
        page = read_batch(work, batch_id, word, state if state in STATES else "")
        now = work.now
    return render_template(
        "staff/batch.html", page=page, now=now, q=word, state=state, states=STATES
    )


def read_batch(work: UnitOfWork, batch_id: uuid.UUID, word: str, state: str) -> BatchPage:
    """Read everything that the page of a batch shows."""
    session, window = work.session, wanted_page(50)
    row = batch_page(session, batch_id)
    real, dry = last_run(session, batch_id, "real"), last_run(session, batch_id, "dry")
    run = real or dry
    return BatchPage(
        row=row,
        wanted=units_wanted(session, batch_id),
        charging=charging(session, batch_id),
        real=real,
        dry=dry,
        needs=needs_of(session, run) if run else [],
        exports=list_exports(session, batch_id),
        boxes=window.page(boxes_in_batch(session, batch_id, state, word, window.limits)),
    )


@bp.post("/<uuid:batch_id>/rehearse")
@allowed("batch_deeds")
def rehearse(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Rehearse a batch; its outcome is noted and shown, everything else is thrown away."""
    composed = dry_run(tools(), batch_id)
    if composed is None:
        flash(gettext("This batch was composed for real already."), "warn")
    else:
        told = gettext("Rehearsed. Nothing was changed, nobody was charged or told.")
        flash(told, "good")
    return redirect(url_for("staff_batches.show", batch_id=batch_id) + "#composition", 303)


@bp.post("/<uuid:batch_id>/run")
@allowed("batch_deeds")
def run(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for a batch whose time has come to be locked and composed."""
    with open_work() as work:
        asked = ask_run(work, batch_id)
    if asked:
        flash(gettext("The batch is being composed. Reload this page in a moment."), "good")
    else:
        flash(gettext("This batch was composed for real already."), "warn")
    return redirect(url_for("staff_batches.show", batch_id=batch_id), 303)


@bp.post("/<uuid:batch_id>/try-held")
@allowed("batch_deeds")
def try_again(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Try to fill the held boxes of a batch."""
    with open_work() as work:
        filled = try_held(work, batch_id)
    if filled:
        flash(gettext("Held boxes that are filled now: %(n)d.", n=filled), "good")
    else:
        flash(gettext("There is still nothing on sale that fits the held boxes."), "warn")
    return redirect(url_for("staff_batches.show", batch_id=batch_id), 303)


@bp.post("/<uuid:batch_id>/export")
@allowed("batch_deeds")
def make_export(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Export the paid boxes; the same again makes no new version."""
    receipt = export(tools(), actor(), batch_id)
    if receipt.new:
        told = gettext(
            "Version %(n)d is ready: %(orders)d orders.", n=receipt.version, orders=receipt.orders
        )
    else:
        told = gettext("Nothing has changed since version %(n)d.", n=receipt.version)
    flash(told, "good")
    return redirect(url_for("staff_batches.show", batch_id=batch_id) + "#exports", 303)

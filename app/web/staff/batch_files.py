"""What leaves a batch as files, and the list by which it is picked."""

import uuid

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from app.core.refusals import Refused
from app.fulfilment.batch_queries import batch_page
from app.fulfilment.composition_queries import theme_of
from app.fulfilment.export_queries import export_files, pick_list
from app.fulfilment.slip_queries import packing_slips
from app.web.doors import open_work
from app.web.staff.paging import wanted_page
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed

bp = Blueprint("staff_batch_files", __name__, url_prefix="/staff/batches/<uuid:batch_id>")
bp.register_error_handler(Refused, back_to("staff_batches.show", "batch_id"))
KINDS = ("orders", "changes", "manifest")
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@bp.get("/exports/<int:version>/<kind>")
@allowed("batch_deeds")
def download(batch_id: uuid.UUID, version: int, kind: str) -> ResponseReturnValue:
    """Send one file of a stored version, byte for byte as it was stored."""
    if kind not in KINDS:
        abort(404)
    with open_work() as work:
        files = export_files(work.session, batch_id, version)
    if files is None:
        abort(404)
    name, content = list(files.named().items())[KINDS.index(kind)]
    answer = Response(content, content_type=TYPES[name.rpartition(".")[2]])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.get("/pick-list")
@allowed("batch_deeds")
def picking(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Show what is to be taken from the shelves."""
    with open_work() as work:
        row = batch_page(work.session, batch_id)
        lines = pick_list(work.session, batch_id)
    return render_template("staff/pick_list.html", row=row, lines=lines)


@bp.get("/packing-slips")
@allowed("batch_deeds")
def slips(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Show a sheet of slips, to be printed and laid into the boxes."""
    window = wanted_page(100)
    with open_work() as work:
        row = batch_page(work.session, batch_id)
        page = window.page(packing_slips(work.session, batch_id, *window.limits))
        theme = theme_of(work.session, batch_id)
    return render_template("staff/packing_slips.html", row=row, page=page, theme=theme)

"""How good a composition is: its proof, who got least and why, what ran out, what boxes cost."""

import uuid

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.catalog.queries import products
from app.core.refusals import Refused
from app.fulfilment.batch_queries import batch_page
from app.fulfilment.composition_queries import composition_page
from app.web.doors import open_work
from app.web.staff.paging import wanted_word
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed

bp = Blueprint("staff_composition", __name__, url_prefix="/staff/batches/<uuid:batch_id>")
bp.register_error_handler(Refused, back_to("staff_composition.show", "batch_id"))
CASE = 12


@bp.get("/composition")
@allowed("composition")
def show(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Show how a batch was composed, or what its last rehearsal came to."""
    with open_work() as work:
        row = batch_page(work.session, batch_id)
        real = composition_page(work.session, batch_id, "real")
        dry = composition_page(work.session, batch_id, "dry")
        coffees = {str(each.id): each.name for each in products(work.session)}
    kind = "dry" if real is None or (dry and wanted_word("run") == "dry") else "real"
    return render_template(
        "staff/composition.html",
        row=row,
        page=dry if kind == "dry" else real,
        kind=kind,
        both=bool(real and dry),
        coffees=coffees,
        case=CASE,
    )

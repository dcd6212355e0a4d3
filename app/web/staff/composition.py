"""How good a composition is: its proof, who got least and why, what ran out, what boxes cost."""

import uuid
from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.catalog.queries import products
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.batch_queries import batch_page
from app.fulfilment.composition_queries import CompositionPage, composition_page
from app.fulfilment.services.curve_of_batch import curve_of_batch
from app.personalization.services.draw_kinds import KindsCurve
from app.web.doors import open_work
from app.web.staff.paging import wanted_word
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed

bp = Blueprint("staff_composition", __name__, url_prefix="/staff/batches/<uuid:batch_id>")
bp.register_error_handler(Refused, back_to("staff_composition.show", "batch_id"))
CASE = 12
WIDTHS = (1, 2, 5, 10)
MOST_COLUMNS = 20


@dataclass(frozen=True)
class Column:
    """How many boxes have a satisfaction from `low` to `high` per cent."""

    low: int
    high: int
    boxes: int


def columns_of(page: CompositionPage | None) -> list[Column]:
    """Return the distribution of satisfaction from its lowest box on, in at most 20 columns."""
    bins: list[int] = (page.report.get("satisfaction") or {}).get("bins", []) if page else []
    if not any(bins):
        return []
    first = next(at for at, count in enumerate(bins) if count)
    wide = next(each for each in WIDTHS if -(-(100 - first) // each) <= MOST_COLUMNS)
    start = min(first // wide * wide, 100 - 5 * wide)
    return [Column(low, low + wide, sum(bins[low : low + wide])) for low in range(start, 100, wide)]


def drawn_curve(work: UnitOfWork, batch_id: uuid.UUID) -> KindsCurve | None:
    """Return what fewer different boxes would cost, or None where nothing was kept of the batch."""
    try:
        return curve_of_batch(work, batch_id)
    except Refused:
        return None


@bp.get("/composition")
@allowed("composition")
def show(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Show how a batch was composed, or what its last rehearsal came to."""
    with open_work() as work:
        row = batch_page(work.session, batch_id)
        real = composition_page(work.session, batch_id, "real")
        dry = composition_page(work.session, batch_id, "dry")
        coffees = {str(each.id): each.name for each in products(work.session)}
        curve = drawn_curve(work, batch_id) if real and wanted_word("kinds") else None
    kind = "dry" if real is None or (dry and wanted_word("run") == "dry") else "real"
    return render_template(
        "staff/composition.html",
        row=row,
        page=dry if kind == "dry" else real,
        columns=columns_of(dry if kind == "dry" else real),
        curve=curve,
        kind=kind,
        both=bool(real and dry),
        coffees=coffees,
        case=CASE,
    )

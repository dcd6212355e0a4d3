"""What if there were less of a coffee, or more: the next batch rehearsed with another stock."""

import uuid

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.catalog.queries import SkuRow, sku_rows
from app.core.clock import local_day
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.batch_queries import batches_ahead
from app.fulfilment.queries import BatchRow
from app.fulfilment.services.what_if import WhatIf, what_if
from app.web.doors import actor, open_work, tools
from app.web.i18n import named
from app.web.staff.paging import wanted_word
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import FORM, Typed

bp = Blueprint("staff_what_if", __name__, url_prefix="/staff/what-if")
bp.register_error_handler(Refused, back_to("staff_what_if.show"))
USUAL = "-20%"


@bp.get("/")
@allowed("what_if")
def show() -> ResponseReturnValue:
    """Ask which stock would be different, and say what it would change."""
    word = {name: wanted_word(name) for name in ("batch", "sku", "change")}
    with open_work() as work:
        ahead = open_batches(work)
        skus = [row for row in sku_rows(work.session) if row.status == "on_sale"]
    typed = Typed()
    chosen = next((row for row in ahead if str(row.id) == word["batch"]), None)
    found = rehearsed(typed, chosen.id, word) if chosen and word["sku"] else None
    return render_template(
        "staff/what_if.html",
        typed=typed,
        ahead=ahead,
        offered=sorted(((row.code, label(row)) for row in skus), key=lambda pair: pair[1]),
        names={row.code: named(row.name) for row in skus},
        chosen=chosen or (ahead[0] if ahead else None),
        sku=word["sku"],
        change=word["change"] or USUAL,
        found=found,
    ), 200 if typed.ok else 422


def open_batches(work: UnitOfWork) -> list[BatchRow]:
    """Return the batches with boxes that are not composed yet."""
    today = local_day(work.now, work.shop.zone)
    rows = batches_ahead(work.session, today, 60)
    return [row for row in rows if row.status != "composed" and row.boxes]


def label(row: SkuRow) -> str:
    """Return a bag as the list offers it."""
    free = gettext("%(n)s free", n=row.on_hand)
    return f"{named(row.name)}, {row.grams} g ({free})"


def rehearsed(typed: Typed, batch_id: uuid.UUID, word: dict[str, str]) -> WhatIf | None:
    """Rehearse with the other stock, and throw everything away but what was found."""
    try:
        with tools().units.rehearse(actor()) as work:
            return what_if(work, batch_id, {word["sku"]: word["change"] or USUAL})
    except Refused as refused:
        typed.refused(refused)
        typed.wrong.setdefault(FORM, next(iter(typed.wrong.values())))
        return None

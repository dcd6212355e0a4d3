"""Stock: what is free and reserved of each bag, against what batches take; receive, write off."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.catalog.queries import SkuRow, sku_rows
from app.catalog.services.move_stock import count_stock
from app.catalog.stock_queries import counts_of, last_counts, sku_row
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.batch_queries import last_run, next_batches, units_taken_since
from app.web.doors import open_work
from app.web.i18n import named
from app.web.staff.paging import wanted_page, wanted_word
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_stock", __name__, url_prefix="/staff/stock")
bp.register_error_handler(Refused, back_to("staff_stock.index"))
FIVE_WEEKS = timedelta(weeks=5)
MOST = 1_000_000


@dataclass(frozen=True)
class ShelfRow:
    """A bag with what the next batch takes of it, and what the last five weeks took."""

    sku: SkuRow
    next_need: int
    taken: int

    @property
    def low(self) -> bool:
        """Say whether what is free does not last for the next batch, or for five weeks more."""
        on_sale = self.sku.status == "on_sale"
        return on_sale and self.sku.on_hand < max(self.next_need, self.taken)


@bp.get("/")
@allowed("stock")
def index() -> ResponseReturnValue:
    """List all bags, the scarce ones first."""
    word, low = wanted_word(), wanted_word("show") == "low"
    with open_work() as work:
        rows = read_shelf(work)
        counts = last_counts(work.session)
    found = [row for row in rows if fits(row, word) and (row.low or not low)]
    return render_template(
        "staff/stock.html",
        rows=wanted_page(50).slice(found),
        most=max((row.sku.on_hand + row.sku.reserved for row in rows), default=1),
        low_count=sum(row.low for row in rows),
        counts=counts,
        q=word,
        low=low,
    )


def read_shelf(work: UnitOfWork) -> list[ShelfRow]:
    """Return every bag with what is taken of it."""
    coming = next_batches(work.session, work.now, 1)
    run = last_run(work.session, coming[0].id, "dry") if coming else None
    needs = run.needs if run else {}
    taken = units_taken_since(work.session, work.now - FIVE_WEEKS)
    rows = [
        ShelfRow(row, needs.get(str(row.id), 0), taken.get(row.id, 0))
        for row in sku_rows(work.session)
    ]
    return sorted(rows, key=lambda row: (not row.low, row.sku.status != "on_sale", row.sku.code))


def fits(row: ShelfRow, word: str) -> bool:
    """Say whether a bag is meant by a search."""
    texts = (row.sku.code, row.sku.product_code, named(row.sku.name), *row.sku.name.values())
    return any(word.casefold() in text.casefold() for text in texts)


@bp.get("/<uuid:sku_id>")
@allowed("stock")
def show(sku_id: uuid.UUID) -> ResponseReturnValue:
    """Show one bag and what was counted of it."""
    return page(sku_id, Typed())


def page(sku_id: uuid.UUID, typed: Typed) -> str:
    """Return the page of a bag, with the form as typed."""
    window = wanted_page(20)
    with open_work() as work:
        sku = sku_row(work.session, sku_id)
        counts = window.page(counts_of(work.session, sku_id, *window.limits))
    return render_template("staff/sku.html", sku=sku, counts=counts, typed=typed)


@bp.post("/<uuid:sku_id>")
@allowed("stock")
def count(sku_id: uuid.UUID) -> ResponseReturnValue:
    """Book goods in, or write them off; the same reference is booked once."""
    typed = Typed(request.form)
    sign = -1 if typed.choice("what", ("receive", "write_off")) == "write_off" else 1
    quantity = sign * typed.number("quantity", 1, MOST)
    reason = typed.text("reason", required=True)
    reference = typed.text("reference", required=True)
    booked = False
    if typed.ok:
        try:
            with open_work() as work:
                sku_row(work.session, sku_id)
                booked = count_stock(work, sku_id, quantity, reason, reference)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return page(sku_id, typed), 422
    if booked:
        flash(gettext("Booked."), "good")
    else:
        flash(gettext("This reference was booked before; nothing was changed."), "warn")
    return redirect(url_for("staff_stock.show", sku_id=sku_id), 303)

"""Curations: what is settled by hand for the boxes of some days, on a calendar and in a form."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.catalog.queries import products
from app.catalog.rules import SaleStatus
from app.core.clock import local_day
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.batch_queries import batches_ahead
from app.fulfilment.queries import BatchRow
from app.personalization.curation_queries import CurationPage, curation_page, curations
from app.personalization.services.save_curation import forget_curation, save_curation
from app.web.doors import open_work
from app.web.i18n import named
from app.web.staff.curation_form import curation_values, read_curation, shown_rows
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_curation", __name__, url_prefix="/staff/curation")
bp.register_error_handler(Refused, back_to("staff_curation.index"))
LOOK_BACK = timedelta(days=60)
MONTHS = 6


@dataclass(frozen=True)
class Strip:
    """Some months ahead, on which days lie from 0 to 100."""

    months: tuple[date, ...]
    end: date

    def at(self, day: date) -> float:
        """Return where a day begins."""
        start = self.months[0]
        share = (day - start).days / (self.end - start).days
        return round(min(max(100 * share, 0.0), 100.0), 2)


@dataclass(frozen=True)
class Listed:
    """A curation in the list, with the batches that it covers."""

    page: CurationPage
    batches: tuple[BatchRow, ...]


@bp.get("/")
@allowed("curation")
def index() -> ResponseReturnValue:
    """Show the calendar of curations, and each in words."""
    with open_work() as work:
        today = local_day(work.now, work.shop.zone)
        found = curations(work.session, today - LOOK_BACK)
        ahead = batches_ahead(work.session, today, 120)
        names = product_names(work)
    rows = [Listed(each, covered(each, ahead)) for each in found]
    return render_template(
        "staff/curations.html",
        now=[row for row in rows if row.page.ends_on >= today],
        past=[row for row in reversed(rows) if row.page.ends_on < today],
        strip=strip_from(today),
        today=today,
        names=names,
    )


def covered(page: CurationPage, ahead: list[BatchRow]) -> tuple[BatchRow, ...]:
    """Return the batches ahead that ship on a curation's days."""
    return tuple(row for row in ahead if page.starts_on <= row.ships_on <= page.ends_on)


def strip_from(today: date) -> Strip:
    """Return the months that the calendar shows."""
    first = today.replace(day=1)
    months = tuple(first + relativedelta(months=n) for n in range(MONTHS))
    return Strip(months, first + relativedelta(months=MONTHS))


def product_names(work: UnitOfWork) -> dict[uuid.UUID, dict[str, str]]:
    """Return every product's name by its id."""
    return {each.id: each.name for each in products(work.session)}


@bp.get("/new")
@allowed("curation")
def new() -> ResponseReturnValue:
    """Ask for a new curation."""
    return form(None, None)


@bp.post("/new")
@allowed("curation")
def add() -> ResponseReturnValue:
    """Add a curation; what contradicts itself is refused in words."""
    return keep(None)


@bp.get("/<uuid:curation_id>")
@allowed("curation")
def edit(curation_id: uuid.UUID) -> ResponseReturnValue:
    """Show a curation to be changed."""
    return form(None, curation_id)


@bp.post("/<uuid:curation_id>")
@allowed("curation")
def change(curation_id: uuid.UUID) -> ResponseReturnValue:
    """Change a curation; boxes that are composed already stay as they are."""
    return keep(curation_id)


@bp.post("/<uuid:curation_id>/forget")
@allowed("curation")
def forget(curation_id: uuid.UUID) -> ResponseReturnValue:
    """Take a curation back."""
    with open_work() as work:
        forget_curation(work, curation_id)
    flash(gettext("Taken back. Boxes that are still open are composed by taste again."), "good")
    return redirect(url_for("staff_curation.index"), 303)


def keep(curation_id: uuid.UUID | None) -> ResponseReturnValue:
    """Save what was typed, or show it again with what is wrong."""
    typed = Typed(request.form)
    fields = read_curation(typed)
    if fields:
        try:
            with open_work() as work:
                save_curation(work, fields, curation_id)
        except Refused as refused:
            if refused.refusal.name.startswith("UNKNOWN"):
                raise
            typed.refused(refused)
    if not typed.ok:
        return form(typed, curation_id), 422
    flash(gettext("Saved. A rehearsal of a batch shows what it comes to."), "good")
    return redirect(url_for("staff_curation.index"), 303)


def form(typed: Typed | None, curation_id: uuid.UUID | None) -> str:
    """Return the form as typed, or as stored."""
    with open_work() as work:
        today = local_day(work.now, work.shop.zone)
        page = curation_page(work.session, curation_id) if curation_id else None
        offered = [
            (str(each.id), named(each.name))
            for each in products(work.session)
            if each.status is not SaleStatus.RETIRED
        ]
    shown = typed or Typed(curation_values(page, today))
    return render_template(
        "staff/curation.html",
        typed=shown,
        page=page,
        rows=shown_rows(shown),
        offered=sorted(offered, key=lambda pair: pair[1]),
        today=today,
    )

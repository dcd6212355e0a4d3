"""Reports of one month: tax, what was given back, what is owed and dunned."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.refusals import Refused
from app.finance.period_rules import written
from app.finance.register_queries import register_of
from app.finance.services.sell_on_account import write_off_invoice
from app.finance.tax_queries import tax_of
from app.finance.unpaid_queries import ageing, dunning_funnel, owed
from app.finance.unpaid_rules import AGES
from app.web.doors import open_work
from app.web.staff.finance_frame import send, shown_month, wanted_file
from app.web.staff.finance_sheets import (
    ageing_sheet,
    funnel_sheet,
    register_sheet,
    tax_sheet,
)
from app.web.staff.paging import wanted_page, wanted_word
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed

taxes = Blueprint("staff_tax_report", __name__, url_prefix="/staff/finance/tax")
given_back = Blueprint("staff_given_back", __name__, url_prefix="/staff/finance/given-back")
owing = Blueprint("staff_owing", __name__, url_prefix="/staff/finance/unpaid")
owing.register_error_handler(Refused, back_to("staff_owing.unpaid"))


@taxes.get("/")
@allowed("money")
def tax() -> ResponseReturnValue:
    """Show the tax of a month by where boxes go and at which rate."""
    with open_work() as work:
        shown = shown_month(work)
        found = tax_of(work.session, shown.month)
    kind = wanted_file()
    if kind:
        return send(tax_sheet(found), kind, f"tax-{written(shown.month)}")
    return render_template("staff/tax_report.html", shown=shown, found=found)


@given_back.get("/")
@allowed("money")
def register() -> ResponseReturnValue:
    """Show the refunds and disputes of a month."""
    with open_work() as work:
        shown = shown_month(work)
        zone = work.shop.zone
        found = register_of(work.session, shown.month, zone)
    kind = wanted_file()
    if kind:
        return send(register_sheet(found, zone), kind, f"given-back-{written(shown.month)}")
    return render_template("staff/given_back.html", shown=shown, found=found)


@owing.get("/")
@allowed("money")
def unpaid() -> ResponseReturnValue:
    """Show what is owed by its age, and what became of the payments declined in a month."""
    typed, window = wanted_word("age"), wanted_page(50)
    low = next((low for low, _ in AGES if str(low) == typed), None)
    with open_work() as work:
        shown = shown_month(work)
        ages = ageing(work.session, work.now)
        found = dunning_funnel(work.session, shown.month, work.shop.zone, shown.currency)
        rows = owed(work.session, work.now, low, window.limits) if low is not None else ()
    kind = wanted_file()
    if kind and wanted_word("table") == "ageing":
        return send(ageing_sheet(ages), kind, "ageing")
    if kind:
        sheet = funnel_sheet(found, shown.currency)
        return send(sheet, kind, f"dunning-{written(shown.month)}")
    return render_template(
        "staff/owing.html",
        shown=shown,
        ages=ages,
        funnel=found,
        low=low,
        rows=window.page(rows),
    )


@owing.post("/<uuid:invoice_id>/write-off")
@allowed("money")
def write_off(invoice_id: UUID) -> ResponseReturnValue:
    """Give up what is owed for a box that has left."""
    with open_work() as work:
        write_off_invoice(work, invoice_id)
    flash(gettext("Given up. The loss is in the books once the provider has closed the payment."))
    return redirect(url_for("staff_owing.unpaid"), 303)

"""Vouchers: how much is out, making new ones whose codes are shown once, giving money back."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.billing.offer_queries import voucher_sums, vouchers
from app.core.clock import local_day
from app.core.refusals import Refused
from app.finance.services.make_vouchers import make_vouchers, settle_voucher
from app.web.doors import open_work
from app.web.staff.paging import wanted_page
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_vouchers", __name__, url_prefix="/staff/vouchers")
bp.register_error_handler(Refused, back_to("staff_vouchers.index"))


@bp.get("/")
@allowed("vouchers")
def index() -> ResponseReturnValue:
    """List the vouchers, the newest first."""
    return page(Typed())


@bp.post("/")
@allowed("vouchers")
def make() -> ResponseReturnValue:
    """Make vouchers and show their codes, this once."""
    typed = Typed(request.form)
    cents, count = typed.cents("amount"), typed.number("count", 1, 500)
    sold = typed.choice("sold", ("sold", "given")) == "sold"
    end = (typed.day("valid_to"), typed.text("note"))
    codes: list[str] = []
    if typed.ok:
        try:
            with open_work() as work:
                codes = make_vouchers(work, cents, count, sold, end)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return page(typed), 422
    return page(Typed(), codes)


@bp.post("/<uuid:voucher_id>/settle")
@allowed("vouchers")
def settle(voucher_id: uuid.UUID) -> ResponseReturnValue:
    """Note that the money of an unused voucher went back."""
    with open_work() as work:
        settle_voucher(work, voucher_id)
    flash(gettext("Noted: its money went back."), "good")
    return redirect(url_for("staff_vouchers.index"), 303)


def page(typed: Typed, codes: list[str] | None = None) -> str:
    """Return the list and the form as typed, with new codes on top."""
    window = wanted_page(40)
    with open_work() as work:
        rows = window.page(vouchers(work.session, window.limits))
        sums = voucher_sums(work.session)
        today = local_day(work.now, work.shop.zone)
    return render_template(
        "staff/vouchers.html", rows=rows, sums=sums, today=today, typed=typed, codes=codes
    )

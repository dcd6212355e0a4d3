"""Invoices for finance and support: the list, with what is owed, declined and given back."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.billing.rules import InvoiceStatus
from app.core.refusals import Refused
from app.finance.queries import trial_balance
from app.fulfilment.invoice_queries import billed_boxes, declined_sum
from app.web.doors import open_work
from app.web.staff.paging import wanted_page, wanted_word
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed, may

bp = Blueprint("staff_invoices", __name__, url_prefix="/staff/invoices")
bp.register_error_handler(Refused, back_to("staff_invoices.index"))
STATES = (*(status.value for status in InvoiceStatus), "declined")


@bp.get("/")
@allowed("invoices")
def index() -> ResponseReturnValue:
    """List invoices, the newest first."""
    word, state, window = wanted_word(), wanted_word("state"), wanted_page(50)
    wanted = state if state in STATES else ""
    with open_work() as work:
        rows = window.page(billed_boxes(work.session, wanted, word, window.limits))
        owed = declined_sum(work.session)
        accounts = trial_balance(work.session) if may("money") and not (word or wanted) else ()
    return render_template(
        "staff/invoices.html",
        rows=rows,
        owed=owed,
        accounts=accounts,
        q=word,
        state=wanted,
        states=STATES,
    )

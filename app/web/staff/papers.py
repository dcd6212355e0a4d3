"""Numbered invoices and credit notes, for finance and support: found, and shown as PDF."""

import uuid

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.core.refusals import Refused
from app.finance.document_queries import documents, printed_from
from app.finance.document_rules import DocumentKind
from app.web.doors import open_work
from app.web.papers import sent
from app.web.staff.paging import wanted_page, wanted_word
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed

bp = Blueprint("staff_papers", __name__, url_prefix="/staff/papers")
bp.register_error_handler(Refused, back_to("staff_papers.index"))
KINDS = tuple(kind.value for kind in DocumentKind)


@bp.get("/")
@allowed("invoices")
def index() -> ResponseReturnValue:
    """List papers, the newest first."""
    word, kind, window = wanted_word(), wanted_word("kind"), wanted_page(50)
    wanted = kind if kind in KINDS else ""
    with open_work() as work:
        rows = window.page(documents(work.session, wanted, word, window.limits))
    return render_template("staff/papers.html", rows=rows, q=word, kind=wanted)


@bp.get("/<uuid:document_id>.pdf")
@allowed("invoices")
def show(document_id: uuid.UUID) -> ResponseReturnValue:
    """Show one paper."""
    with open_work() as work:
        paper = printed_from(work.session, document_id)
    return sent(paper)

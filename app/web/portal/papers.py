"""A subscriber's invoices and credit notes as PDF."""

import uuid

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from app.core.refusals import Refused
from app.finance.document_queries import owner_of, printed_from
from app.finance.document_rules import DocumentRefusal
from app.web.doors import open_work, subscriber_only
from app.web.papers import sent
from app.web.portal.refusals import back_to

bp = Blueprint("papers", __name__, url_prefix="/papers")
bp.register_error_handler(Refused, back_to("invoices.show"))


@bp.get("/<uuid:document_id>.pdf")
@subscriber_only
def show(document_id: uuid.UUID) -> ResponseReturnValue:
    """Show one paper; a foreign one is as unknown as none."""
    with open_work() as work:
        if owner_of(work.session, document_id) != g.subscriber_id:
            raise Refused(DocumentRefusal.UNKNOWN)
        paper = printed_from(work.session, document_id)
    return sent(paper)

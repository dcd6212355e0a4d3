"""Sends a paper as PDF."""

from flask import Response

from app.finance.document_queries import PrintedFrom
from app.web.doors import tools


def sent(paper: PrintedFrom) -> Response:
    """Return the answer that shows a paper in the browser, or saves it under its number."""
    answer = Response(
        tools().printer.print_paper(paper.content, paper.issued_at), content_type="application/pdf"
    )
    answer.headers["Content-Disposition"] = f'inline; filename="{paper.number}.pdf"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer

"""Gives paid invoices and settled refunds their papers, in order, until none is missing."""

from app.core.unit_of_work import Actor
from app.finance.services.issue_documents import issue_documents
from app.wiring.tools import Tools

ACTOR = Actor("job", "issue_documents")


def issue_missing(tools: Tools) -> int:
    """Write every paper that is missing; return how many."""
    written = 0
    while True:
        with tools.units(ACTOR) as work:
            count = issue_documents(work)
        if not count:
            return written
        written += count

"""Keep what the shop says to a dispute, and let go of the boxes that it holds."""

import uuid

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.finance.dispute_rules import DECIDED, LONGEST_EVIDENCE, DisputeRefusal
from app.finance.models import Dispute
from app.finance.services.settle_dispute import CAUSE
from app.fulfilment.services.keep_back import Cause, let_go


def write_evidence(work: UnitOfWork, dispute_id: uuid.UUID, words: str, by: uuid.UUID) -> None:
    """Keep the text with which the shop answers; a decided dispute keeps its own."""
    row = _dispute(work, dispute_id)
    if row.status in DECIDED:
        raise Refused(DisputeRefusal.CLOSED)
    if len(words) > LONGEST_EVIDENCE:
        raise Refused(DisputeRefusal.TOO_LONG)
    row.evidence, row.evidence_at, row.evidence_by = words, work.now, by
    work.session.flush()


def let_boxes_go(work: UnitOfWork, dispute_id: uuid.UUID) -> bool:
    """Let the boxes go that a dispute holds, whatever came of it; False if it holds none."""
    return let_go(work, Cause(CAUSE, _dispute(work, dispute_id).provider_id))


def _dispute(work: UnitOfWork, dispute_id: uuid.UUID) -> Dispute:
    row = work.session.get(Dispute, dispute_id, with_for_update=True)
    if row is None:
        raise Refused(DisputeRefusal.UNKNOWN)
    return row

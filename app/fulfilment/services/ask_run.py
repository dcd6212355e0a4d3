"""Asks for a batch to be locked and composed now, once its time has come."""

import uuid

from app.core.job_names import Job
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.queries import batch_of
from app.fulfilment.rules import BatchRefusal, BatchStatus


def ask_run(work: UnitOfWork, batch_id: uuid.UUID) -> bool:
    """Ring for a batch that is due; return False when it has been composed already."""
    batch = batch_of(work.session, batch_id)
    if batch.status is BatchStatus.COMPOSED:
        return False
    if work.now < batch.locks_at:
        raise Refused(BatchRefusal.NOT_DUE, offer=batch.locks_at)
    work.after_commit(Job.RUN_BATCH, batch_id)
    return True

"""Draws what packing fewer different boxes would cost a batch that was composed."""

import uuid

from sqlalchemy import select

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import ComposeRun
from app.fulfilment.rules import IN_SHARDS, BatchRefusal
from app.personalization.services.draw_kinds import KindsCurve, draw_kinds


def curve_of_batch(work: UnitOfWork, batch_id: uuid.UUID) -> KindsCurve:
    """Return the curve of a composed batch; refuse one of which nothing was kept."""
    kept = work.session.execute(
        select(ComposeRun.snapshot_sha, ComposeRun.method).where(
            ComposeRun.batch_id == batch_id, ComposeRun.kind == "real"
        )
    ).one_or_none()
    if kept is None or kept.snapshot_sha is None:
        raise Refused(BatchRefusal.NOT_KEPT)
    return draw_kinds(work.session, kept.snapshot_sha, kept.method == IN_SHARDS)

"""Rehearses a batch: the real steps, whose writes the caller throws away."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import ComposeRun
from app.fulfilment.queries import batch_of
from app.fulfilment.rules import BatchStatus
from app.fulfilment.services.compose_batch import Composed, compose_batch
from app.fulfilment.services.finish_shards import compose_in_shards_here
from app.fulfilment.services.lock_batch import freeze_batch


@dataclass(frozen=True)
class Rehearsal:
    """What a batch would come to, and the run to be noted as a dry one."""

    composed: Composed
    run: dict[str, object]


def rehearse_batch(work: UnitOfWork, batch_id: uuid.UUID) -> Rehearsal | None:
    """Lock and compose a batch inside a unit of work that is thrown away afterwards.

    A batch may be rehearsed before its cut-off; return None when it was composed for real.
    """
    batch = batch_of(work.session, batch_id, lock=True)
    if batch.status is BatchStatus.COMPOSED:
        return None
    if batch.status is BatchStatus.PLANNED:
        freeze_batch(work, batch)
    composed = compose_in_shards_here(work, batch_id, "dry")
    composed = composed or compose_batch(work, batch_id, kind="dry")
    assert composed is not None
    work.session.flush()
    run = work.session.scalars(
        select(ComposeRun)
        .where(ComposeRun.batch_id == batch_id, ComposeRun.kind == "dry")
        .order_by(ComposeRun.created_at.desc())
        .limit(1)
    ).one()
    columns = [column.name for column in ComposeRun.__table__.columns if column.name != "id"]
    return Rehearsal(composed, {name: getattr(run, name) for name in columns})


def note_rehearsal(work: UnitOfWork, rehearsal: Rehearsal) -> None:
    """Write down the outcome of a rehearsal, so that the real run can be held against it."""
    work.session.execute(insert(ComposeRun).values(**rehearsal.run))

"""Keeps the boxes of a subscription from leaving while something is unsettled, and lets go."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Batch, Box, BoxHold
from app.fulfilment.rules import BatchStatus, BoxStatus

# A box that would be locked now is held instead: nobody composes or charges it.
HOLD_LOCKED = text("""
UPDATE box SET status = 'held', reason = hold.reason
FROM (SELECT DISTINCT ON (subscription_id) subscription_id, reason FROM box_hold
      WHERE ended_at IS NULL ORDER BY subscription_id, since) AS hold
WHERE box.batch_id = :batch AND box.status = 'locked'
  AND hold.subscription_id = box.subscription_id
""")


@dataclass(frozen=True)
class Cause:
    """Why boxes are kept back: a word for the kind of thing, and which one it is."""

    kind: str
    reference: str


def keep_back(work: UnitOfWork, subscription_id: uuid.UUID, cause: Cause, reason: str) -> bool:
    """Keep all boxes of a subscription that have not left; False when this was known.

    Boxes that are paid already stay out of the warehouse's files; those whose batch locks from
    now on are held, and neither composed nor charged.
    """
    fresh = work.session.execute(
        insert(BoxHold)
        .values(
            subscription_id=subscription_id,
            cause=cause.kind,
            reference=cause.reference,
            reason=reason,
            since=work.now,
        )
        .on_conflict_do_nothing()
        .returning(BoxHold.id)
    ).all()
    return bool(fresh)


def let_go(work: UnitOfWork, cause: Cause) -> bool:
    """End a hold; False when there is none. Held boxes are tried again at once."""
    ended = work.session.execute(
        update(BoxHold)
        .where(
            BoxHold.cause == cause.kind,
            BoxHold.reference == cause.reference,
            BoxHold.ended_at.is_(None),
        )
        .values(ended_at=work.now)
        .returning(BoxHold.subscription_id)
    ).all()
    for (subscription_id,) in ended:
        _try_again(work, subscription_id)
    return bool(ended)


def hold_locked(work: UnitOfWork, batch_id: uuid.UUID) -> None:
    """Hold those boxes of a batch just locked whose subscription is kept back."""
    work.session.execute(HOLD_LOCKED, {"batch": batch_id})


def _try_again(work: UnitOfWork, subscription_id: uuid.UUID) -> None:
    batches = work.session.scalars(
        select(Batch.id)
        .join(Box, Box.batch_id == Batch.id)
        .where(
            Box.subscription_id == subscription_id,
            Box.status == BoxStatus.HELD,
            Batch.status == BatchStatus.COMPOSED,
        )
        .distinct()
    )
    for batch_id in batches:
        work.after_commit(Job.TRY_HELD, batch_id)

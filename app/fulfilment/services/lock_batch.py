"""Freezes a batch: from here on, address, price, tax, note and size of its boxes stand still."""

import uuid

from sqlalchemy import exists, select, text

from app.billing.models import Payment
from app.billing.rules import PaymentStatus
from app.core.fail_points import reach
from app.core.job_names import Job
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.due_queries import UNPAID
from app.fulfilment.models import Batch, Box
from app.fulfilment.queries import batch_of
from app.fulfilment.rules import BatchRefusal, BatchStatus, BoxStatus
from app.fulfilment.services.cover_boxes import cover_boxes
from app.fulfilment.services.end_unpaid import end_unpaid
from app.fulfilment.services.give_boxes import tell_homeless
from app.fulfilment.services.give_up_held import give_up
from app.fulfilment.services.hold_add_ons import hold_for_batch
from app.fulfilment.services.keep_back import hold_locked
from app.fulfilment.services.void_box import void_boxes

# Whether a box ships is its own status: a pause leaves the boxes planned that it does not reach.
FREEZE = text("""
UPDATE box SET status = 'locked', locked_at = :now, size = subscription.size,
  price_cents = coalesce((SELECT pledge.cents FROM pledge
    WHERE pledge.subscription_id = subscription.id AND pledge.ended_at IS NULL
      AND pledge.pledged_at <= box.cutoff_at ORDER BY pledge.id DESC LIMIT 1),
    subscription.price_cents), tax_bp = :tax_bp, note = subscription.note,
  address = coalesce(box.address, jsonb_build_object('name', address.name, 'line1', address.line1,
    'line2', address.line2, 'city', address.city, 'region', address.region,
    'postcode', address.postcode, 'country', address.country))
FROM subscription JOIN address ON address.id = subscription.address_id
WHERE box.batch_id = :batch AND box.status = 'planned'
  AND subscription.id = box.subscription_id AND subscription.status IN ('active', 'paused')
""")

# A cycle that was overtaken by the next one while the shop stood still is not sold any more.
OVERTAKEN = text("""
UPDATE box SET status = 'missed', reason = 'overtaken by the next cycle'
WHERE box.batch_id = :batch AND box.status = 'planned' AND EXISTS (
  SELECT 1 FROM box AS later JOIN batch ON batch.id = later.batch_id
  WHERE later.subscription_id = box.subscription_id AND later.cycle > box.cycle
    AND later.status = 'planned' AND batch.locks_at <= :now)
""")


def lock_batch(work: UnitOfWork, batch_id: uuid.UUID) -> bool:
    """Lock a batch whose time has come; return False when it was locked before."""
    batch = batch_of(work.session, batch_id, lock=True)
    if batch.status is not BatchStatus.PLANNED:
        return False
    if work.now < batch.locks_at:
        raise Refused(BatchRefusal.NOT_DUE, offer=batch.locks_at)
    freeze_batch(work, batch)
    work.after_commit(Job.RUN_BATCH, batch_id)
    reach("lock.before_commit")
    return True


def freeze_batch(work: UnitOfWork, batch: Batch) -> None:
    """Freeze the boxes of a batch that is held under lock by the caller."""
    unpaid = void_unpaid_before(work, batch.id)
    end_unpaid(work, unpaid, locking=batch.id)
    work.session.execute(OVERTAKEN, {"batch": batch.id, "now": work.now})
    work.session.execute(FREEZE, {"batch": batch.id, "now": work.now, "tax_bp": work.shop.tax_bp})
    work.session.flush()
    cover_boxes(work, batch.id)
    hold_locked(work, batch.id)
    tell_homeless(work, batch.id)
    hold_for_batch(work, batch.id)
    reach("lock.boxes_locked")
    batch.status, batch.locked_at = BatchStatus.LOCKED, work.now
    work.session.flush()


def void_unpaid_before(work: UnitOfWork, batch_id: uuid.UUID) -> list[Box]:
    """Give up earlier boxes that are still not paid: nobody pays for two boxes at once.

    Those that are still on hold are given up too; one that a slow bank is paying is not. Return
    the unpaid ones.
    """
    coming = select(Box.subscription_id).where(
        Box.batch_id == batch_id, Box.status == BoxStatus.PLANNED
    )
    left = work.session.scalars(
        select(Box)
        .where(
            Box.subscription_id.in_(coming),
            Box.batch_id != batch_id,
            Box.status.in_([BoxStatus.COMPOSED, BoxStatus.HELD]),
            ~exists().where(
                Payment.invoice_id == Box.invoice_id, Payment.status == PaymentStatus.PROCESSING
            ),
        )
        .order_by(Box.number)
        .with_for_update()
    ).all()
    unpaid = [box for box in left if box.status is BoxStatus.COMPOSED]
    held = [box for box in left if box.status is BoxStatus.HELD]
    void_boxes(work, unpaid, BoxStatus.VOIDED, UNPAID)
    give_up(work, held, "overtaken by the next cycle")
    return unpaid

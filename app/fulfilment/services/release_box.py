"""Releases boxes that are paid: from here on they may be packed."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.billing.models import Invoice
from app.billing.rules import InvoiceStatus
from app.core.database import among
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box, Parcel
from app.fulfilment.rules import BoxStatus, ParcelStatus, order_number
from app.fulfilment.services.credit_missing import credit_late
from app.fulfilment.services.credit_prepaid import credit_prepaid
from app.fulfilment.services.follow_payment import follow_payment
from app.fulfilment.services.tell_boxes import tell_released
from app.fulfilment.term_queries import unpaid_term
from app.subscriptions.models import Subscription

WAITING = (BoxStatus.PLANNED, BoxStatus.LOCKED, BoxStatus.HELD)
DONE = (BoxStatus.RELEASED, BoxStatus.SHIPPED)


def release_box(work: UnitOfWork, invoice_id: uuid.UUID) -> bool:
    """Release the box of a paid invoice; return False when that box is gone.

    A box that was paid ahead waits for its batch and counts as there.
    """
    box = work.session.scalar(
        select(Box)
        .where(Box.invoice_id == invoice_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if box is None:
        return False
    if box.status is BoxStatus.COMPOSED:
        waits = select(Box.id).where(Box.id == box.id, unpaid_term())
        if work.session.scalar(waits) is None:
            _release(work, [box])
            credit_late(work, box)
        return True
    return box.status in (*WAITING, *DONE)


def release_term(work: UnitOfWork, term_id: uuid.UUID) -> int:
    """Release the boxes that waited for a term to be paid; return how many."""
    waiting = work.session.scalars(
        select(Box.id).where(Box.term_id == term_id, Box.status == BoxStatus.COMPOSED)
    ).all()
    return release_paid(work, waiting)


def release_paid(work: UnitOfWork, box_ids: Sequence[uuid.UUID]) -> int:
    """Release those of these composed boxes whose invoice is paid already."""
    boxes = work.session.scalars(
        select(Box)
        .join(Invoice, Invoice.id == Box.invoice_id)
        .where(
            among(Box.id, box_ids),
            Box.status == BoxStatus.COMPOSED,
            Invoice.status == InvoiceStatus.PAID,
            ~unpaid_term(),
        )
        .order_by(Box.number)
        .execution_options(populate_existing=True)
    ).all()
    _release(work, boxes)
    return len(boxes)


def _release(work: UnitOfWork, boxes: Sequence[Box]) -> None:
    for box in boxes:
        box.status = BoxStatus.RELEASED
        number = work.session.scalar(
            select(Subscription.number).where(Subscription.id == box.subscription_id)
        )
        assert number is not None
        work.session.execute(
            insert(Parcel)
            .values(
                box_id=box.id,
                order_number=order_number(number, box.cycle),
                status=ParcelStatus.READY,
                released_at=work.now,
            )
            .on_conflict_do_nothing()
        )
    work.session.flush()
    for box in boxes:
        follow_payment(work, box)
    credit_prepaid(work, boxes)
    tell_released(work, boxes)

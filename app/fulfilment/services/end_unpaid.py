"""Ends a row of unpaid boxes as their plan says: with a pause, a cancellation, or only letters."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select, update

from app.billing.dunning_queries import terms_of_plan
from app.billing.dunning_rules import EndAction
from app.billing.models import Invoice
from app.billing.services.payment_letters import promise_invoice_letter
from app.core.database import among
from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.due_queries import UNPAID
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.cancel_subscription import cancel_unpaid
from app.fulfilment.services.pause_subscription import start_pause
from app.subscriptions.models import Subscription
from app.subscriptions.rules import SubscriptionStatus

NOT_COUNTED = (BoxStatus.PLANNED, BoxStatus.SKIPPED, BoxStatus.PAUSED, BoxStatus.MISSED)
GOES_ON = "then_next"


def end_unpaid(work: UnitOfWork, boxes: Sequence[Box], locking: uuid.UUID | None = None) -> None:
    """Do what the plans of these boxes say, which were just called off, and tell everybody.

    `locking` is the batch that locks right now: of whoever pauses nothing in it is packed.
    """
    ids = sorted({box.subscription_id for box in boxes})
    # Somebody who changes their subscription at this very moment is left in peace until next time.
    found = {
        subscription.id: subscription
        for subscription in work.session.scalars(
            select(Subscription)
            .where(among(Subscription.id, ids), Subscription.status == SubscriptionStatus.ACTIVE)
            .order_by(Subscription.number)
            .with_for_update(of=Subscription, skip_locked=True)
        )
    }
    for box in boxes:
        active = found.get(box.subscription_id)
        follows = _follow(work, active, box, locking) if active else GOES_ON
        _tell_subscriber(work, box, follows)
        _tell_staff(work, box, follows)


def _follow(
    work: UnitOfWork, subscription: Subscription, box: Box, locking: uuid.UUID | None
) -> str:
    """Pause or cancel if the row of unpaid boxes is full; return the word for what follows."""
    terms = terms_of_plan(work.session, work.shop, subscription.plan_id)
    if terms.end in (EndAction.SKIP, EndAction.NOTHING):
        return GOES_ON
    if not _row_is_full(work, box, terms.after_unpaid):
        return GOES_ON
    if terms.end is EndAction.PAUSE:
        start_pause(work, subscription, None, UNPAID)
        _set_aside(work, subscription, locking)
    else:
        cancel_unpaid(work, subscription, quietly=terms.end is EndAction.QUIETLY)
    return f"then_{terms.end.value}"


def _set_aside(work: UnitOfWork, subscription: Subscription, locking: uuid.UUID | None) -> None:
    """Leave the next box out as well, whose cut-off has passed and whose batch is locking."""
    if locking is None:
        return
    work.session.execute(
        update(Box)
        .where(
            Box.batch_id == locking,
            Box.subscription_id == subscription.id,
            Box.status == BoxStatus.PLANNED,
            Box.invoice_id.is_(None),
        )
        .values(status=BoxStatus.PAUSED)
    )


def _row_is_full(work: UnitOfWork, box: Box, longest: int) -> bool:
    """Say whether as many boxes in a row as the plan allows ended unpaid, this one the last."""
    last = work.session.execute(
        select(Box.status, Box.reason)
        .where(
            Box.subscription_id == box.subscription_id,
            Box.cycle <= box.cycle,
            Box.status.not_in(NOT_COUNTED),
        )
        .order_by(Box.cycle.desc())
        .limit(longest)
    ).all()
    ended = [row.status is BoxStatus.VOIDED and row.reason == UNPAID for row in last]
    return len(ended) == longest and all(ended)


def _tell_subscriber(work: UnitOfWork, box: Box, follows: str) -> None:
    """Promise the subscriber one letter about a box that was called off, and what follows."""
    invoice = work.session.get(Invoice, box.invoice_id) if box.invoice_id else None
    if invoice is None or follows == f"then_{EndAction.QUIETLY.value}":
        return
    upcoming = work.session.scalar(
        select(Box.ships_on)
        .where(
            Box.subscription_id == box.subscription_id,
            Box.cycle > box.cycle,
            Box.status == BoxStatus.PLANNED,
        )
        .order_by(Box.cycle)
        .limit(1)
    )
    promise_invoice_letter(
        work,
        invoice,
        "box_unpaid",
        str(box.id),
        reason=UNPAID,
        follows=follows,
        next_ships_on=upcoming.isoformat() if upcoming and follows == GOES_ON else None,
    )


def _tell_staff(work: UnitOfWork, box: Box, follows: str) -> None:
    """Promise the staff one letter for a box that was called off unpaid."""
    subscription = work.session.get_one(Subscription, box.subscription_id)
    promise_letter(
        work,
        "box_unpaid",
        f"{box.id}:staff",
        None,
        plan=subscription.plan.name,
        subscription_number=subscription.number,
        ships_on=box.ships_on.isoformat(),
        reason=UNPAID,
        follows=follows,
    )

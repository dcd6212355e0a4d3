"""Skips a dated box, and takes a skip back, until its cut-off."""

import uuid
from dataclasses import dataclass
from datetime import date

from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.queries import next_open_of, own_box
from app.fulfilment.rules import BoxRefusal, BoxStatus
from app.fulfilment.services.propose_box import propose
from app.fulfilment.services.void_box import stop_money
from app.personalization.rules import TasteEventKind
from app.personalization.services.note_taste import Deed, Detail, note_deeds
from app.subscriptions.models import Subscription
from app.subscriptions.queries import own_subscription
from app.subscriptions.rules import Pricing, is_open


@dataclass(frozen=True)
class Skipped:
    """The receipt of a skip: what it saves before tax, and which box comes next."""

    box_id: uuid.UUID
    ships_on: date
    saved_cents: int
    next_box_id: uuid.UUID | None
    next_ships_on: date | None


def skip_box(work: UnitOfWork, subscriber_id: uuid.UUID, box_id: uuid.UUID) -> Skipped:
    """Skip one box: no order, no charge. Skipping it again changes nothing."""
    box = own_box(work.session, subscriber_id, box_id, lock=True)
    subscription = own_subscription(work.session, subscriber_id, box.subscription_id)
    if box.status is BoxStatus.SKIPPED:  # the second half of a double tap
        return _receipt(work, box, subscription)
    refuse_late(work, box)
    _note(work, box, skipped=True)
    box.status = BoxStatus.SKIPPED
    box.reason = "skipped by the subscriber"
    if box.invoice_id:
        stop_money(work, box, "skipped")
    work.session.flush()
    receipt = _receipt(work, box, subscription)
    _tell(work, "box_skipped", box, subscription, receipt)
    return receipt


def unskip_box(work: UnitOfWork, subscriber_id: uuid.UUID, box_id: uuid.UUID) -> Skipped:
    """Take a skip back before the cut-off; the box and its charge are on again."""
    box = own_box(work.session, subscriber_id, box_id, lock=True)
    subscription = own_subscription(work.session, subscriber_id, box.subscription_id)
    if box.status is BoxStatus.PLANNED:
        return _receipt(work, box, subscription)
    if box.status is not BoxStatus.SKIPPED:
        raise Refused(BoxRefusal.NOT_SKIPPED, offer=next_open_of(work.session, subscriber_id))
    if box.invoice_id:
        # What was paid ahead has been given back; a new box would need a new invoice.
        raise Refused(BoxRefusal.REFUNDED, offer=next_open_of(work.session, subscriber_id))
    refuse_late(work, box)
    box.status = BoxStatus.PLANNED
    box.reason = ""
    work.session.flush()
    _note(work, box, skipped=False)
    receipt = _receipt(work, box, subscription)
    _tell(work, "box_unskipped", box, subscription, receipt)
    return receipt


def refuse_late(work: UnitOfWork, box: Box) -> None:
    """Refuse a change of a box that is no longer open; offer the next one that is."""
    offer = next_open_of(work.session, box.subscriber_id, after=box.ships_on)
    if box.status in (BoxStatus.CANCELLED, BoxStatus.VOIDED, BoxStatus.MISSED):
        raise Refused(BoxRefusal.ENDED, offer=offer)
    changeable = box.status in (BoxStatus.PLANNED, BoxStatus.SKIPPED)
    if not changeable or not is_open(box.cutoff_at, work.now):
        raise Refused(BoxRefusal.TOO_LATE, offer=offer)


def _receipt(work: UnitOfWork, box: Box, subscription: Subscription) -> Skipped:
    following = next_open_of(work.session, box.subscriber_id, after=box.ships_on)
    return Skipped(
        box_id=box.id,
        ships_on=box.ships_on,
        saved_cents=_saved(work, box, subscription),
        next_box_id=following.box_id if following else None,
        next_ships_on=following.ships_on if following else None,
    )


def _note(work: UnitOfWork, box: Box, skipped: bool) -> None:
    """Write into the diary of taste which coffees were skipped with the box, or not after all."""
    detail = Detail(int(skipped))
    note_deeds(
        work,
        [
            Deed(box.subscriber_id, product_id, TasteEventKind.SKIP, detail)
            for product_id in sorted({line.product_id for line in propose(work, box).lines})
        ],
    )


def _saved(work: UnitOfWork, box: Box, subscription: Subscription) -> int:
    """Return what the box would have cost: its price, or that of what would be in it now."""
    if subscription.plan.pricing is Pricing.CONTENTS:
        return propose(work, box).price_cents
    return subscription.price_cents


def _tell(
    work: UnitOfWork, kind: str, box: Box, subscription: Subscription, receipt: Skipped
) -> None:
    promise_letter(
        work,
        kind,
        f"{box.id}:{work.actor.request_id}",
        box.subscriber_id,
        plan=subscription.plan.name,
        ships_on=box.ships_on.isoformat(),
        amount_cents=receipt.saved_cents,
        currency=work.shop.currency,
        cutoff_at=box.cutoff_at.isoformat(),
        next_ships_on=receipt.next_ships_on.isoformat() if receipt.next_ships_on else None,
    )

"""Takes places under a plan's limits: at sign-up, with the first card, and at a change of plan.

Whoever takes one locks the limits, so that two never get the last place.
"""

import uuid
from datetime import datetime

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.place_models import WaitEntry
from app.subscriptions.place_queries import limits_of, prices_of, taken_of
from app.subscriptions.place_rules import (
    WHILE_SIGNING_UP,
    PlaceRefusal,
    WaitStatus,
    fits,
)
from app.subscriptions.services.offer_places import note_full, offer_places


def take_place(
    work: UnitOfWork, plan: Plan, size: int, price_cents: int, entry_id: uuid.UUID | None = None
) -> datetime | None:
    """Find a place for a sign-up; return until when it is kept, None where nothing is limited.

    `price_cents` is what was agreed for each box.

    Those who wait come first: `entry_id` names whose turn it is.

    Raises:
        Refused: Nothing is free, or the place is not kept for this entry any more.
    """
    until = work.now + WHILE_SIGNING_UP
    held = _take_kept(work, plan, size, entry_id) if entry_id else None
    if not limits_of(work.session, plan.id):
        return None
    if held is not None:
        return max(held, until)
    _refuse_full(work, plan, size, price_cents)
    return until


def _take_kept(work: UnitOfWork, plan: Plan, size: int, entry_id: uuid.UUID) -> datetime:
    """Use a place up that is kept for somebody; return until when it is."""
    limits_of(work.session, plan.id, lock=True)
    entry = work.session.get(WaitEntry, entry_id, with_for_update=True, populate_existing=True)
    if entry is None or (entry.plan_id, entry.size) != (plan.id, size):
        raise Refused(PlaceRefusal.UNKNOWN_ENTRY)
    held = entry.held_until
    if entry.status is not WaitStatus.OFFERED or held is None or held < work.now:
        raise Refused(PlaceRefusal.NOT_KEPT)
    entry.status = WaitStatus.TAKEN
    work.session.flush()
    return held


def _refuse_full(
    work: UnitOfWork, plan: Plan, size: int, price_cents: int, but: uuid.UUID | None = None
) -> None:
    offer_places(work, plan.id)
    limits = [each.limit() for each in limits_of(work.session, plan.id)]
    if not fits(limits, taken_of(work.session, plan.id, work.now, but), size, price_cents):
        raise Refused(PlaceRefusal.FULL, field="size")


def note_taken(work: UnitOfWork, plan: Plan) -> None:
    """Note what is full now that a place was taken."""
    note_full(work, plan, limits_of(work.session, plan.id))


def keep_place(work: UnitOfWork, subscription: Subscription) -> bool:
    """Take the place of a sign-up for good, now that its card is there; False if all are taken.

    One whose hour is over gets a place if one is free. Who signed up before there was a limit, or
    was brought over, needs none.
    """
    plan, kept = subscription.plan, subscription.place_until
    limits = [each.limit() for each in limits_of(work.session, plan.id, lock=True)]
    if not limits or kept is None:
        return True
    if kept <= work.now:
        offer_places(work, plan.id)
    taken = taken_of(work.session, plan.id, work.now, subscription.id)
    if not fits(limits, taken, subscription.size, subscription.price_cents):
        return False
    subscription.place_until = max(kept, work.now)
    return True


def change_place(work: UnitOfWork, subscription: Subscription, plan: Plan, size: int) -> None:
    """Find a place under another plan, or in another size; what is left gets free."""
    if limits_of(work.session, plan.id):
        _refuse_full(work, plan, size, prices_of(plan).get(size, 0), subscription.id)
        subscription.place_until = work.now

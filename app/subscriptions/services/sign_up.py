"""Signs somebody up for a plan; the subscription waits for a card."""

import uuid
from dataclasses import dataclass

from app.catalog.rules import Grind, SaleStatus
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.people.queries import address_of
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.queries import plan_of
from app.subscriptions.rules import SubscriptionRefusal, SubscriptionStatus
from app.subscriptions.services.change_pledge import first_pledge, refuse_pledge
from app.subscriptions.services.order_term import order_term
from app.subscriptions.services.take_place import note_taken, take_place


@dataclass(frozen=True)
class SignUp:
    """What somebody subscribes to; `boxes_ahead` are paid at once, and again if that `renews`.

    `wait_entry_id` is their turn where a place is kept for them.
    `pledge_cents` is what they pledge for each box where the plan takes pledges.
    """

    subscriber_id: uuid.UUID
    plan_id: uuid.UUID
    size: int
    address_id: uuid.UUID
    grind: Grind = Grind.WHOLE
    note: str = ""
    boxes_ahead: int | None = None
    renews: bool = True
    wait_entry_id: uuid.UUID | None = None
    pledge_cents: int | None = None


def sign_up(work: UnitOfWork, wish: SignUp) -> Subscription:
    """Store the wish at today's price; nothing ships or costs before a card is there."""
    plan = plan_of(work.session, wish.plan_id)
    if plan.status is not SaleStatus.ON_SALE:
        raise Refused(SubscriptionRefusal.UNKNOWN_PLAN, field="plan")
    if len(wish.note) > 1000:
        raise Refused(SubscriptionRefusal.NOTE_TOO_LONG, field="note")
    if address_of(work.session, wish.address_id).person_id != wish.subscriber_id:
        raise Refused(SubscriptionRefusal.UNKNOWN_ADDRESS, field="address")
    price_cents = _agreed(plan, wish)
    place_until = take_place(work, plan, wish.size, price_cents, wish.wait_entry_id)
    subscription = Subscription(
        id=uuid.uuid4(),
        subscriber_id=wish.subscriber_id,
        plan_id=plan.id,
        address_id=wish.address_id,
        size=wish.size,
        price_cents=price_cents,
        grind=wish.grind,
        note=wish.note.strip(),
        status=SubscriptionStatus.PENDING,
        ends_after=plan.ends_after,
        ends_on=plan.ends_on,
        created_at=work.now,
        place_until=place_until,
    )
    work.session.add(subscription)
    work.session.flush()
    work.session.refresh(subscription)
    if place_until is not None:
        note_taken(work, plan)
    if wish.pledge_cents is not None:
        first_pledge(work, subscription)
    boxes = wish.boxes_ahead or (plan.charge_every if plan.charge_every > 1 else None)
    if boxes:
        order_term(work, subscription, boxes, wish.renews)
    return subscription


def _agreed(plan: Plan, wish: SignUp) -> int:
    """Return what a box costs: what was pledged, or the price."""
    price_cents = price_of(plan, wish.size)
    if wish.pledge_cents is None:
        return price_cents
    refuse_pledge(plan, wish.size, wish.pledge_cents)
    return wish.pledge_cents


def price_of(plan: Plan, size: int) -> int:
    """Return the price of a size in cents; refuse a size that the plan does not come in."""
    for each in plan.sizes:
        if each.size == size:
            return each.price_cents
    raise Refused(SubscriptionRefusal.UNKNOWN_SIZE, field="size")

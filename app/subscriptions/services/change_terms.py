"""Changes what a subscription carries from box to box: address, note, grind, plan."""

import uuid

from app.catalog.rules import Grind
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.people.queries import address_of
from app.subscriptions.models import Subscription
from app.subscriptions.queries import own_subscription
from app.subscriptions.rules import SubscriptionRefusal, SubscriptionStatus


def change_address(
    work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID, address_id: uuid.UUID
) -> Subscription:
    """Send all boxes that are not locked yet to another address of the same person."""
    subscription = _living(work, subscriber_id, subscription_id)
    if address_of(work.session, address_id).person_id != subscriber_id:
        raise Refused(SubscriptionRefusal.UNKNOWN)
    subscription.address_id = address_id
    return subscription


def change_note(
    work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID, note: str
) -> Subscription:
    """Change the note that is packed with each box."""
    if len(note) > 1000:
        raise Refused(SubscriptionRefusal.NOTE_TOO_LONG, field="note")
    subscription = _living(work, subscriber_id, subscription_id)
    subscription.note = note.strip()
    return subscription


def change_grind(
    work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID, grind: Grind
) -> Subscription:
    """Change how the coffee is ground from the next open box on."""
    subscription = _living(work, subscriber_id, subscription_id)
    subscription.grind = grind
    return subscription


def _living(work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID) -> Subscription:
    subscription = own_subscription(work.session, subscriber_id, subscription_id, lock=True)
    if subscription.status is SubscriptionStatus.CANCELLED:
        raise Refused(SubscriptionRefusal.CANCELLED)
    return subscription

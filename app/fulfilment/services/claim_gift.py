"""Lets somebody who got a gift say where it goes and what must never come."""

import uuid

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.services.give_boxes import send_gift_to
from app.people.models import Person
from app.people.rules import AddressFields
from app.personalization.rules import Exclusion
from app.personalization.services.set_exclusions import set_exclusions
from app.subscriptions.gift_rules import GiftRefusal
from app.subscriptions.models import Gift, Subscription
from app.subscriptions.rules import OVER


def claim_gift(
    work: UnitOfWork,
    subscription_id: uuid.UUID,
    fields: AddressFields,
    exclusions: tuple[Exclusion, ...] = (),
) -> None:
    """Keep address and exclusions for all boxes that are not packed yet; again is fine."""
    gift = work.session.get(Gift, subscription_id, with_for_update=True)
    if gift is None or gift.revealed_at is None:
        raise Refused(GiftRefusal.UNKNOWN_LINK)
    subscription = work.session.get_one(Subscription, subscription_id, with_for_update=True)
    if subscription.status in OVER:
        raise Refused(GiftRefusal.OVER)
    send_gift_to(work, subscription, fields)
    set_exclusions(work, gift.recipient_id, exclusions)
    work.session.get_one(Person, gift.recipient_id).name = fields.name.strip()
    gift.claimed_at = gift.claimed_at or work.now

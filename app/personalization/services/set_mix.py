"""Stores a subscription's own mix: so many units of these coffees in every box, none of those."""

import uuid
from collections.abc import Mapping

from sqlalchemy import delete

from app.catalog.queries import products_by_id
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization.models import MixEntry
from app.personalization.queries import exclusions, facts_of
from app.personalization.rules import TasteEventKind, TasteRefusal, is_excluded
from app.personalization.services.note_taste import Deed, Detail, note_deeds
from app.subscriptions.models import Subscription
from app.subscriptions.queries import own_subscription
from app.subscriptions.rules import SizeKind


def set_mix(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    subscription_id: uuid.UUID,
    units: Mapping[uuid.UUID, int],
) -> None:
    """Replace a subscription's mix; units count bags or portions, 0 bans a coffee."""
    subscription = own_subscription(work.session, subscriber_id, subscription_id, lock=True)
    _refuse_misfit(work, subscription, units)
    work.session.execute(delete(MixEntry).where(MixEntry.subscription_id == subscription_id))
    for product_id, count in sorted(units.items()):
        work.session.add(
            MixEntry(subscription_id=subscription_id, product_id=product_id, units=count)
        )
    work.session.flush()
    note_deeds(
        work,
        [
            Deed(subscriber_id, product_id, _deed(count), Detail(count))
            for product_id, count in sorted(units.items())
        ],
    )


def _deed(units: int) -> TasteEventKind:
    return TasteEventKind.PIN if units else TasteEventKind.BAN


def slots_of(subscription: Subscription) -> int:
    """Return how many bags or portions a box of this subscription holds."""
    plan = subscription.plan
    if plan.size_kind is SizeKind.UNITS:
        return subscription.size
    return subscription.size // plan.portion_grams


def _refuse_misfit(
    work: UnitOfWork, subscription: Subscription, units: Mapping[uuid.UUID, int]
) -> None:
    if any(count < 0 for count in units.values()) or sum(units.values()) > slots_of(subscription):
        raise Refused(TasteRefusal.MIX_TOO_LARGE, offer=slots_of(subscription))
    if any(count > subscription.plan.max_per_item for count in units.values()):
        raise Refused(TasteRefusal.TOO_MANY_OF_ONE, offer=subscription.plan.max_per_item)
    known = products_by_id(work.session, units)
    owner = subscription.subscriber_id
    ruled_out = exclusions(work.session, [owner]).get(owner, ())
    for product_id, count in units.items():
        if product_id not in known:
            raise Refused(TasteRefusal.MIX_NOT_OFFERED)
        if count and is_excluded(ruled_out, facts_of(known[product_id])):
            raise Refused(TasteRefusal.MIX_EXCLUDED, offer=product_id)

"""Adds something to the next box, or to every box, and takes it out again."""

import uuid

from sqlalchemy import select

from app.catalog.models import Product, Sku, Stock
from app.catalog.rules import CatalogRefusal, SaleStatus
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.add_on_models import AddOn
from app.fulfilment.rules import AddOnRefusal
from app.personalization.queries import exclusions, facts_of
from app.personalization.rules import is_excluded
from app.subscriptions.models import Subscription
from app.subscriptions.queries import own_subscription
from app.subscriptions.rules import SubscriptionRefusal, SubscriptionStatus

MOST_UNITS = 20


def add_to_box(
    work: UnitOfWork,
    whose: tuple[uuid.UUID, uuid.UUID],
    sku_id: uuid.UUID,
    units: int,
    lasting: bool = False,
) -> AddOn:
    """Add units of a SKU for `whose` (person, subscription); again changes how many.

    Stock is taken when the box locks. Nobody waits for what is not there by then.
    """
    subscription = own_subscription(work.session, *whose, lock=True)
    if subscription.status is SubscriptionStatus.CANCELLED:
        raise Refused(SubscriptionRefusal.CANCELLED)
    if isinstance(units, bool) or not 1 <= units <= MOST_UNITS:
        raise Refused(AddOnRefusal.BAD_UNITS, field="units")
    _refuse_sku(work, subscription, sku_id, units)
    wish = _wish(work, subscription, sku_id, lasting)
    if wish is None:
        wish = AddOn(
            subscription_id=subscription.id, sku_id=sku_id, lasting=lasting, added_at=work.now
        )
        work.session.add(wish)
    wish.units = units
    work.session.flush()
    return wish


def take_off_box(work: UnitOfWork, subscriber_id: uuid.UUID, add_on_id: uuid.UUID) -> None:
    """End a wish; boxes that are locked keep what they have. Twice is once."""
    wish = work.session.get(AddOn, add_on_id, with_for_update=True)
    if wish is None:
        raise Refused(AddOnRefusal.UNKNOWN)
    own_subscription(work.session, subscriber_id, wish.subscription_id)
    wish.ended_at = wish.ended_at or work.now
    work.session.flush()


def _refuse_sku(
    work: UnitOfWork, subscription: Subscription, sku_id: uuid.UUID, units: int
) -> None:
    row = work.session.execute(
        select(Sku.status, Product, Stock.on_hand)
        .join(Product, Product.id == Sku.product_id)
        .outerjoin(Stock, Stock.sku_id == Sku.id)
        .where(Sku.id == sku_id)
    ).one_or_none()
    if row is None or (row[0], row[1].status) != (SaleStatus.ON_SALE, SaleStatus.ON_SALE):
        raise Refused(AddOnRefusal.NOT_ON_SALE, field="sku")
    ruled_out = exclusions(work.session, [subscription.subscriber_id])
    if is_excluded(ruled_out.get(subscription.subscriber_id, ()), facts_of(row[1])):
        raise Refused(AddOnRefusal.EXCLUDED, field="sku")
    if (row[2] or 0) < units:
        raise Refused(CatalogRefusal.NOT_ENOUGH, field="units")


def _wish(
    work: UnitOfWork, subscription: Subscription, sku_id: uuid.UUID, lasting: bool
) -> AddOn | None:
    return work.session.scalars(
        select(AddOn).where(
            AddOn.subscription_id == subscription.id,
            AddOn.sku_id == sku_id,
            AddOn.lasting.is_(lasting),
            AddOn.ended_at.is_(None),
        )
    ).one_or_none()

"""A new price for those who subscribe already: announced with a letter, due on a day, once each.

Without an announcement nobody's price changes: a plan's price is for new subscribers.
"""

import uuid
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.billing.price_list_queries import announced_prices, price_on
from app.billing.price_models import PriceChange, PriceNotice
from app.billing.rules import BillingRefusal, PriceRefusal
from app.core.clock import days_after, local_day
from app.core.database import among
from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.models import Subscription
from app.subscriptions.queries import plan_of
from app.subscriptions.rules import SubscriptionStatus

NOTICE_DAYS = 14


def announce_price(
    work: UnitOfWork, plan_id: uuid.UUID, size: int, cents: int, effective_on: date
) -> int:
    """Announce a new price of a size; return how many people are told. Twice is once.

    A price that rises needs notice; one that falls may hold from tomorrow.
    """
    plan = plan_of(work.session, plan_id)
    if isinstance(cents, bool) or not 0 <= cents <= 100_000_00:
        raise Refused(BillingRefusal.BAD_AMOUNT, field="price")
    if plan.price_terms.get("pledge"):
        raise Refused(PriceRefusal.PLEDGED, field="price")
    affected = _affected(work, (plan.id, size), (cents, effective_on))
    dearer = any(before < cents for _, before in affected)
    first = days_after(local_day(work.now, work.shop.zone), NOTICE_DAYS if dearer else 1)
    if effective_on < first:
        raise Refused(PriceRefusal.TOO_SOON, offer=first, field="effective_on")
    change_id = work.session.scalar(
        insert(PriceChange)
        .values(
            plan_id=plan.id,
            size=size,
            price_cents=cents,
            effective_on=effective_on,
            announced_at=work.now,
        )
        .on_conflict_do_nothing()
        .returning(PriceChange.id)
    )
    if change_id is None:
        raise Refused(PriceRefusal.ANNOUNCED, field="effective_on")
    for each, before in affected:
        _notify(work, change_id, (each, before), (cents, effective_on))
    work.session.flush()
    return len(affected)


def _affected(
    work: UnitOfWork, which: tuple[uuid.UUID, int], new: tuple[int, date]
) -> list[tuple[Subscription, int]]:
    """Return whose price changes, and what it will be by then: one may be announced before it."""
    rows = work.session.scalars(
        select(Subscription)
        .where(
            Subscription.plan_id == which[0],
            Subscription.size == which[1],
            Subscription.status != SubscriptionStatus.CANCELLED,
        )
        .order_by(Subscription.number)
    ).all()
    coming = announced_prices(work.session, [each.id for each in rows])
    found = [(each, price_on(each.price_cents, coming.get(each.id, ()), new[1])) for each in rows]
    return [(each, before) for each, before in found if before != new[0]]


def withdraw_price(work: UnitOfWork, change_id: uuid.UUID) -> None:
    """Take an announced price back before its day; twice is once."""
    change = work.session.get(PriceChange, change_id, with_for_update=True)
    if change is None:
        raise Refused(PriceRefusal.UNKNOWN)
    if change.applied_at is not None:
        raise Refused(PriceRefusal.HOLDS)
    change.withdrawn_at = change.withdrawn_at or work.now


def apply_prices(work: UnitOfWork) -> int:
    """Let announced prices hold whose day has come; return for how many subscriptions.

    Boxes that are locked keep the price they were locked with. Whoever changed plan or size since
    has another price already.
    """
    today = local_day(work.now, work.shop.zone)
    due = work.session.scalars(
        select(PriceChange)
        .where(
            PriceChange.effective_on <= today,
            PriceChange.applied_at.is_(None),
            PriceChange.withdrawn_at.is_(None),
        )
        .order_by(PriceChange.effective_on, PriceChange.announced_at)
        .with_for_update(skip_locked=True)
    ).all()
    return sum(_apply(work, change) for change in due)


def _apply(work: UnitOfWork, change: PriceChange) -> int:
    changed = work.session.scalars(
        update(Subscription)
        .where(
            PriceNotice.price_change_id == change.id,
            PriceNotice.subscription_id == Subscription.id,
            Subscription.plan_id == change.plan_id,
            Subscription.size == change.size,
            Subscription.price_cents == PriceNotice.old_cents,
        )
        .values(price_cents=change.price_cents)
        .returning(Subscription.id)
        .execution_options(synchronize_session=False)
    ).all()
    work.session.execute(
        update(PriceNotice)
        .where(
            PriceNotice.price_change_id == change.id, among(PriceNotice.subscription_id, changed)
        )
        .values(applied_at=work.now)
    )
    change.applied_at = work.now
    work.session.flush()
    return len(changed)


def _notify(
    work: UnitOfWork,
    change_id: uuid.UUID,
    whose: tuple[Subscription, int],
    new: tuple[int, date],
) -> None:
    subscription, before = whose
    work.session.add(
        PriceNotice(
            price_change_id=change_id,
            subscription_id=subscription.id,
            old_cents=before,
            new_cents=new[0],
            told_at=work.now,
        )
    )
    promise_letter(
        work,
        "price_change",
        f"{change_id}:{subscription.id}",
        subscription.subscriber_id,
        plan=subscription.plan.name,
        subscription_number=subscription.number,
        effective_on=new[1].isoformat(),
        old_cents=before,
        new_cents=new[0],
        currency=work.shop.currency,
    )

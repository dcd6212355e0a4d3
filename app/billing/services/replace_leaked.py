"""Ends a code that was passed round, takes it back from those who took it since, makes a new one.

What is invoiced already keeps its price: only boxes to come lose the reduction.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from app.billing.coupon_rules import CouponRefusal
from app.billing.price_list_queries import uses_of
from app.billing.price_models import Coupon, Discount
from app.billing.services.save_coupon import make_coupon
from app.billing.services.take_coupon import coupon_terms
from app.core.database import among
from app.core.outbox import promise_letter
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.models import Subscription
from app.subscriptions.rules import OVER


@dataclass(frozen=True)
class Leak:
    """From how many subscriptions a code was taken, how many had used it, and the new one's id."""

    taken_back: int
    had_used: int
    coupon_id: uuid.UUID | None


def replace_leaked(
    work: UnitOfWork, coupon_id: uuid.UUID, since: datetime, code: str | None = None
) -> Leak:
    """End a code for everybody who took it at `since` (UTC) or later; the others keep it.

    Done again it takes back what was missed, and makes no second code. Whoever loses it is told.
    """
    coupon = work.session.scalars(
        select(Coupon).where(Coupon.id == coupon_id).with_for_update()
    ).one_or_none()
    if coupon is None:
        raise Refused(CouponRefusal.UNKNOWN)
    if since > work.now:
        raise Refused(CouponRefusal.LEAK_AHEAD, field="since")
    terms = replace(coupon_terms(coupon), code=code.strip(), ended=False) if code else None
    coupon.ended_at = coupon.ended_at or work.now
    rows = work.session.scalars(
        select(Discount)
        .where(
            Discount.coupon_id == coupon.id,
            Discount.granted_at >= since,
            Discount.ended_at.is_(None),
        )
        .order_by(Discount.id)
        .with_for_update()
    ).all()
    used = uses_of(work.session, [row.id for row in rows])
    for row in rows:
        row.ended_at = work.now
    work.session.flush()
    _tell(work, coupon.code, rows)
    return Leak(len(rows), len(used), make_coupon(work, terms) if terms else None)


def _tell(work: UnitOfWork, code: str, rows: Sequence[Discount]) -> None:
    """Promise a letter to everybody who still has boxes to come."""
    owners = work.session.scalars(
        select(Subscription).where(
            among(Subscription.id, [row.subscription_id for row in rows]),
            Subscription.status.not_in(OVER),
        )
    )
    discounts = {row.subscription_id: row.id for row in rows}
    for each in owners:
        promise_letter(
            work,
            "coupon_ended",
            str(discounts[each.id]),
            each.paid_by,
            plan=each.plan.name,
            subscription_number=each.number,
            code=code,
        )

"""Let a subscription have a coupon, a discount of the shop's, or neither any more."""

import uuid

from sqlalchemy import exists, func, select

from app.billing.coupon_rules import CouponRefusal, CouponTerms, boxes_left, refuse_coupon
from app.billing.models import Invoice
from app.billing.price_list_queries import counts, uses_of
from app.billing.price_models import Coupon, Discount, DiscountUse
from app.core.clock import local_day
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.models import Subscription, Term
from app.subscriptions.queries import own_subscription
from app.subscriptions.rules import SubscriptionStatus
from app.subscriptions.term_rules import TermStatus


def take_coupon(
    work: UnitOfWork, subscriber_id: uuid.UUID, subscription_id: uuid.UUID, code: str
) -> Discount:
    """Give somebody's subscription a coupon from its next invoice on; twice is once.

    How often it is used counts by invoices that are open or paid: a failed payment returns it.
    """
    subscription = own_subscription(work.session, subscriber_id, subscription_id, lock=True)
    if subscription.status is SubscriptionStatus.CANCELLED:
        raise Refused(CouponRefusal.ENDED, field="coupon")
    coupon = work.session.scalars(
        select(Coupon).where(Coupon.code == code.strip().upper()).with_for_update()
    ).one_or_none()
    if coupon is None:
        raise Refused(CouponRefusal.UNKNOWN, field="coupon")
    known = _free_place(work, subscription, coupon)
    if known is not None:
        return known
    _refuse(work, subscription, coupon)
    found = Discount(
        subscription_id=subscription.id,
        coupon_id=coupon.id,
        text=f"Code {coupon.code}",
        off_bp=coupon.off_bp,
        off_cents=coupon.off_cents,
        boxes=coupon.boxes,
        granted_at=work.now,
    )
    work.session.add(found)
    work.session.flush()
    return found


def grant_discount(work: UnitOfWork, subscription_id: uuid.UUID, off_bp: int, text: str) -> None:
    """Give a subscription a lasting discount, instead of the one it had from the shop."""
    if not 0 <= off_bp <= 10_000:
        raise Refused(CouponRefusal.BAD_OFF, field="off")
    before = work.session.scalars(
        select(Discount)
        .where(
            Discount.subscription_id == subscription_id,
            Discount.coupon_id.is_(None),
            Discount.ended_at.is_(None),
        )
        .with_for_update()
    )
    for each in before:
        each.ended_at = work.now
    if off_bp:
        work.session.add(
            Discount(
                subscription_id=subscription_id,
                text=text,
                off_bp=off_bp,
                granted_at=work.now,
            )
        )
    work.session.flush()


def coupon_terms(coupon: Coupon) -> CouponTerms:
    """Return a coupon as a value."""
    return CouponTerms(
        code=coupon.code,
        off_bp=coupon.off_bp,
        off_cents=coupon.off_cents,
        boxes=coupon.boxes,
        plan_ids=tuple(coupon.plan_ids),
        valid_from=coupon.valid_from,
        valid_to=coupon.valid_to,
        max_people=coupon.max_people,
        ended=coupon.ended_at is not None,
    )


def _free_place(work: UnitOfWork, subscription: Subscription, coupon: Coupon) -> Discount | None:
    """Return the same coupon if it is there already; end one that is used up; refuse another."""
    rows = work.session.scalars(
        select(Discount)
        .where(Discount.subscription_id == subscription.id, Discount.coupon_id.is_not(None))
        .with_for_update()
    ).all()
    used = uses_of(work.session, [row.id for row in rows])
    for row in rows:
        if row.ended_at is None and boxes_left(row.boxes, used.get(row.id, 0)):
            if row.coupon_id == coupon.id:
                return row
            raise Refused(CouponRefusal.TAKEN, field="coupon")
        row.ended_at = row.ended_at or work.now
    if any(row.coupon_id == coupon.id and used.get(row.id) for row in rows):
        raise Refused(CouponRefusal.HAD_IT, field="coupon")
    work.session.flush()
    return None


def _refuse(work: UnitOfWork, subscription: Subscription, coupon: Coupon) -> None:
    ahead = select(Term.id).where(
        Term.subscription_id == subscription.id,
        Term.status.in_([TermStatus.DUE, TermStatus.PAID]),
    )
    if work.session.scalar(select(exists(ahead))):
        raise Refused(CouponRefusal.PREPAID, field="coupon")
    today = local_day(work.now, work.shop.zone)
    refusal = refuse_coupon(
        coupon_terms(coupon), subscription.plan_id, people_with(work, coupon.id), today
    )
    if refusal:
        raise Refused(refusal, field="coupon")


def people_with(work: UnitOfWork, coupon_id: uuid.UUID) -> int:
    """Return how many subscriptions have a coupon or used it; who left without using it does not
    count."""
    used = (
        select(DiscountUse.discount_id)
        .join(Invoice, Invoice.id == DiscountUse.invoice_id)
        .where(DiscountUse.discount_id == Discount.id, counts())
        .exists()
    )
    still = Discount.ended_at.is_(None) & (Subscription.status != SubscriptionStatus.CANCELLED)
    return (
        work.session.scalar(
            select(func.count())
            .select_from(Discount)
            .join(Subscription, Subscription.id == Discount.subscription_id)
            .where(Discount.coupon_id == coupon_id, still | used)
        )
        or 0
    )

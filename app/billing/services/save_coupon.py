"""Make a coupon, and end one: those who have it keep it, nobody else gets it."""

import uuid

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.billing.coupon_rules import CouponRefusal, CouponTerms, refuse_terms
from app.billing.price_models import Coupon
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork


def make_coupon(work: UnitOfWork, terms: CouponTerms) -> uuid.UUID:
    """Make a coupon; its code is told apart without regard to capitals. Return its id."""
    wrong = refuse_terms(terms)
    if wrong:
        raise Refused(wrong[1], field=wrong[0])
    made: uuid.UUID | None = work.session.scalar(
        insert(Coupon)
        .values(
            code=terms.code.upper(),
            off_bp=terms.off_bp,
            off_cents=terms.off_cents,
            boxes=terms.boxes,
            plan_ids=list(terms.plan_ids),
            valid_from=terms.valid_from,
            valid_to=terms.valid_to,
            max_people=terms.max_people,
            made_at=work.now,
        )
        .on_conflict_do_nothing()
        .returning(Coupon.id)
    )
    if made is None:
        raise Refused(CouponRefusal.CODE_TAKEN, field="code")
    return made


def end_coupon(work: UnitOfWork, coupon_id: uuid.UUID) -> None:
    """Let nobody else have a coupon; ending it again changes nothing."""
    coupon = work.session.scalars(
        select(Coupon).where(Coupon.id == coupon_id).with_for_update()
    ).one_or_none()
    if coupon is None:
        raise Refused(CouponRefusal.UNKNOWN)
    coupon.ended_at = coupon.ended_at or work.now

"""Reads for the staff's pages about prices: coupons with their use, vouchers, announced prices."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.billing.coupon_rules import CouponRefusal
from app.billing.models import Invoice
from app.billing.price_list_queries import counts
from app.billing.price_models import (
    Coupon,
    Discount,
    DiscountUse,
    PriceChange,
    PriceNotice,
    Voucher,
)
from app.billing.voucher_rules import VoucherRefusal
from app.core.refusals import Refused

DAYS = 60


@dataclass(frozen=True)
class CouponRow:
    """A coupon, how many subscriptions have had it, and for how many invoices it counts."""

    id: uuid.UUID
    code: str
    off_bp: int
    off_cents: int
    boxes: int | None
    plan_ids: tuple[uuid.UUID, ...]
    valid_from: date | None
    valid_to: date | None
    max_people: int | None
    ended_at: datetime | None
    people: int
    uses: int


@dataclass(frozen=True)
class VoucherRow:
    """A voucher as staff see it; never its code."""

    id: uuid.UUID
    ending: str
    value_cents: int
    left_cents: int
    sold: bool
    note: str
    valid_to: date | None
    made_at: datetime
    expired_at: datetime | None

    def goes_back(self, today: date) -> bool:
        """Say whether it ended unused and its money is to be given back."""
        over = self.valid_to is not None and self.valid_to < today and self.expired_at is None
        return self.sold and over and self.left_cents == self.value_cents


@dataclass(frozen=True)
class NewPriceRow:
    """An announced price: how many were told, and for how many it holds."""

    id: uuid.UUID
    size: int
    price_cents: int
    effective_on: date
    announced_at: datetime
    applied_at: datetime | None
    withdrawn_at: datetime | None
    told: int
    applied: int


def coupons(session: Session, limits: tuple[int, int]) -> list[CouponRow]:
    """Return coupons, the newest first; `limits` is (limit, offset)."""
    newest = _coupons().order_by(Coupon.made_at.desc(), Coupon.code)
    return _coupon_rows(session, newest.limit(limits[0]).offset(limits[1]))


def coupon_row(session: Session, coupon_id: uuid.UUID) -> CouponRow:
    """Return one coupon; refuse an unknown one."""
    found = _coupon_rows(session, _coupons().where(Coupon.id == coupon_id))
    if not found:
        raise Refused(CouponRefusal.UNKNOWN)
    return found[0]


def coupon_days(session: Session, coupon_id: uuid.UUID, zone: ZoneInfo) -> dict[date, int]:
    """Return how many subscriptions took a coupon on each day, in the shop's zone, by day."""
    day = func.date(func.timezone(str(zone), Discount.granted_at))
    rows = session.execute(
        select(day, func.count())
        .where(Discount.coupon_id == coupon_id)
        .group_by(day)
        .order_by(day.desc())
        .limit(DAYS)
    )
    return dict(sorted((row[0], row[1]) for row in rows))


def _coupons() -> Select[Coupon, int, int]:
    """Return the question for coupons, how many had each, and how many invoices it counts for."""
    people = select(func.count()).where(Discount.coupon_id == Coupon.id).scalar_subquery()
    uses = (
        select(func.count())
        .select_from(Discount)
        .join(DiscountUse, DiscountUse.discount_id == Discount.id)
        .join(Invoice, Invoice.id == DiscountUse.invoice_id)
        .where(Discount.coupon_id == Coupon.id, counts())
        .scalar_subquery()
    )
    return select(Coupon, people, uses)


def _coupon_rows(session: Session, wanted: Select[Coupon, int, int]) -> list[CouponRow]:
    return [
        CouponRow(
            id=row.id,
            code=row.code,
            off_bp=row.off_bp,
            off_cents=row.off_cents,
            boxes=row.boxes,
            plan_ids=tuple(row.plan_ids),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            max_people=row.max_people,
            ended_at=row.ended_at,
            people=had,
            uses=used,
        )
        for row, had, used in session.execute(wanted)
    ]


def vouchers(session: Session, limits: tuple[int, int]) -> list[VoucherRow]:
    """Return vouchers, the newest first; `limits` is (limit, offset)."""
    newest = select(Voucher).order_by(Voucher.made_at.desc(), Voucher.id)
    found = session.scalars(newest.limit(limits[0]).offset(limits[1]))
    return [_voucher_row(each) for each in found]


def voucher_row(session: Session, voucher_id: uuid.UUID) -> VoucherRow:
    """Return one voucher; refuse an unknown one."""
    found = session.get(Voucher, voucher_id)
    if found is None:
        raise Refused(VoucherRefusal.UNKNOWN)
    return _voucher_row(found)


def _voucher_row(row: Voucher) -> VoucherRow:
    return VoucherRow(
        id=row.id,
        ending=row.ending,
        value_cents=row.value_cents,
        left_cents=row.left_cents,
        sold=row.sold,
        note=row.note,
        valid_to=row.valid_to,
        made_at=row.made_at,
        expired_at=row.expired_at,
    )


def voucher_sums(session: Session) -> tuple[int, int]:
    """Return how many vouchers still hold something, and how many cents that is."""
    count, cents = session.execute(
        select(func.count(), func.coalesce(func.sum(Voucher.left_cents), 0)).where(
            Voucher.expired_at.is_(None), Voucher.left_cents > 0
        )
    ).one()
    return count, int(cents)


def new_prices(session: Session, plan_id: uuid.UUID) -> list[NewPriceRow]:
    """Return the prices that were announced for a plan, the latest day first."""
    told = func.count(PriceNotice.subscription_id)
    rows = session.execute(
        select(
            PriceChange.id,
            PriceChange.size,
            PriceChange.price_cents,
            PriceChange.effective_on,
            PriceChange.announced_at,
            PriceChange.applied_at,
            PriceChange.withdrawn_at,
            told,
            func.count(PriceNotice.applied_at),
        )
        .outerjoin(PriceNotice, PriceNotice.price_change_id == PriceChange.id)
        .where(PriceChange.plan_id == plan_id)
        .group_by(PriceChange.id)
        .order_by(PriceChange.effective_on.desc(), PriceChange.size)
    )
    return [NewPriceRow(*row) for row in rows]

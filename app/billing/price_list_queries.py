"""Reads tax rates, shipping prices, discounts and credit: what prices are made of."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.billing.models import Invoice
from app.billing.price_models import (
    CreditBalance,
    CreditEntry,
    Discount,
    DiscountUse,
    PriceChange,
    PriceNotice,
    ShippingRate,
    TaxExemption,
    TaxRate,
)
from app.billing.rules import InvoiceStatus
from app.billing.shipping_rules import ShippingPrice
from app.billing.tax_rules import Rate
from app.core.database import among
from app.subscriptions.models import Subscription

LIVE = (InvoiceStatus.OPEN, InvoiceStatus.PAID)


@dataclass(frozen=True)
class DiscountRow:
    """A discount that a subscription has, and for how many boxes it was used so far."""

    id: uuid.UUID
    subscription_id: uuid.UUID
    text: str
    off_bp: int
    off_cents: int
    boxes: int | None
    by_coupon: bool
    used: int


@dataclass(frozen=True)
class CreditRow:
    """A line of somebody's credit: given (positive) or used (negative)."""

    at: datetime
    amount_cents: int
    reason: str
    note: str
    invoice_id: uuid.UUID | None


def tax_rates(session: Session) -> tuple[Rate, ...]:
    """Return all rates, those of a country together, the latest first."""
    row = TaxRate
    found = session.execute(
        select(
            row.country,
            row.region,
            row.category,
            row.rate_bp,
            row.valid_from,
            row.valid_to,
            row.inclusive,
            row.label,
        ).order_by(row.country, row.region, row.category, row.valid_from.desc())
    )
    return tuple(Rate(*each) for each in found)


def exempt_people(session: Session, people: Collection[uuid.UUID], day: date) -> set[uuid.UUID]:
    """Return which of these people pay no tax on a day."""
    row = TaxExemption
    return set(
        session.scalars(
            select(row.subscriber_id).where(
                among(row.subscriber_id, people),
                row.valid_from <= day,
                row.valid_to.is_(None) | (row.valid_to >= day),
            )
        )
    )


def shipping_prices(session: Session) -> tuple[ShippingPrice, ...]:
    """Return all prices of sending, zone by zone, the lightest first."""
    row = ShippingRate
    found = session.execute(
        select(
            row.zone,
            row.country,
            row.region,
            row.up_to_grams,
            row.price_cents,
            row.free_from_cents,
        ).order_by(row.country, row.region, func.nullif(row.up_to_grams, 0).nulls_last())
    )
    return tuple(ShippingPrice(*each) for each in found)


@dataclass(frozen=True)
class Announced:
    """A price that somebody was told of and that does not hold yet, in cents."""

    effective_on: date
    old_cents: int
    new_cents: int


def announced_prices(
    session: Session, subscriptions: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[Announced]]:
    """Return the prices to come of the plan and size that each subscription has, by their days."""
    rows = session.execute(
        select(
            PriceNotice.subscription_id,
            PriceChange.effective_on,
            PriceNotice.old_cents,
            PriceNotice.new_cents,
        )
        .join(PriceChange, PriceChange.id == PriceNotice.price_change_id)
        .join(Subscription, Subscription.id == PriceNotice.subscription_id)
        .where(
            PriceChange.applied_at.is_(None),
            PriceChange.withdrawn_at.is_(None),
            PriceChange.plan_id == Subscription.plan_id,
            PriceChange.size == Subscription.size,
            among(PriceNotice.subscription_id, subscriptions),
        )
        .order_by(PriceChange.effective_on, PriceChange.announced_at)
    )
    found: dict[uuid.UUID, list[Announced]] = {}
    for row in rows:
        coming = Announced(row.effective_on, row.old_cents, row.new_cents)
        found.setdefault(row.subscription_id, []).append(coming)
    return found


def price_on(own_cents: int, announced: Sequence[Announced], day: date) -> int:
    """Return what a price will be on a day; a change that it does not begin from passes it by."""
    for each in announced:
        if each.effective_on <= day and each.old_cents == own_cents:
            own_cents = each.new_cents
    return own_cents


def discounts_of(
    session: Session, subscriptions: Collection[uuid.UUID], lock: bool = False
) -> dict[uuid.UUID, list[DiscountRow]]:
    """Return the discounts that subscriptions have now, those of staff before coupons.

    `lock` keeps others from using them meanwhile; uses are counted after that.
    """
    wanted = (
        select(Discount)
        .where(among(Discount.subscription_id, subscriptions), Discount.ended_at.is_(None))
        .order_by(Discount.coupon_id.is_not(None), Discount.granted_at, Discount.id)
    )
    rows = session.scalars(wanted.with_for_update() if lock else wanted).all()
    used = uses_of(session, [row.id for row in rows])
    found: dict[uuid.UUID, list[DiscountRow]] = {}
    for row in rows:
        found.setdefault(row.subscription_id, []).append(
            DiscountRow(
                id=row.id,
                subscription_id=row.subscription_id,
                text=row.text,
                off_bp=row.off_bp,
                off_cents=row.off_cents,
                boxes=row.boxes,
                by_coupon=row.coupon_id is not None,
                used=used.get(row.id, 0),
            )
        )
    return found


def uses_of(session: Session, discounts: Iterable[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return how many invoices that are open or paid each discount was used for.

    An invoice that was called off or given back whole does not count: its use comes back by itself.
    """
    rows = session.execute(
        select(DiscountUse.discount_id, func.count())
        .join(Invoice, Invoice.id == DiscountUse.invoice_id)
        .where(among(DiscountUse.discount_id, discounts), counts())
        .group_by(DiscountUse.discount_id)
    )
    return {row[0]: row[1] for row in rows}


def counts() -> ColumnElement[bool]:
    """Say, in SQL, that a use for this invoice counts."""
    return Invoice.status.in_(LIVE)


def credit_of(
    session: Session, people: Collection[uuid.UUID], lock: bool = False
) -> dict[uuid.UUID, int]:
    """Return what people have in credit, in cents; whoever has none is left out."""
    wanted = (
        select(CreditBalance)
        .where(among(CreditBalance.subscriber_id, people), CreditBalance.balance_cents > 0)
        .order_by(CreditBalance.subscriber_id)
        .execution_options(populate_existing=True)
    )
    rows = session.scalars(wanted.with_for_update() if lock else wanted)
    return {row.subscriber_id: row.balance_cents for row in rows}


def credit_story(session: Session, subscriber_id: uuid.UUID, limit: int) -> list[CreditRow]:
    """Return the lines of somebody's credit, the newest first."""
    row = CreditEntry
    found = session.execute(
        select(row.at, row.amount_cents, row.reason, row.note, row.invoice_id)
        .where(row.subscriber_id == subscriber_id)
        .order_by(row.id.desc())
        .limit(limit)
    )
    return [CreditRow(*each) for each in found]


@dataclass(frozen=True)
class ExemptionRow:
    """The paper by which somebody pays no tax, and the days it is for."""

    certificate: str
    valid_from: date
    valid_to: date | None


def exemption_of(session: Session, person_id: uuid.UUID) -> ExemptionRow | None:
    """Return somebody's paper, whether it holds today or not."""
    row = session.get(TaxExemption, person_id)
    if row is None:
        return None
    return ExemptionRow(row.certificate, row.valid_from, row.valid_to)

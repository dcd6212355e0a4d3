"""Tables of what decides about prices: tax, shipping, discounts, credit, vouchers, new prices."""

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Instant, Key, Serial


class TaxRate(Base):
    """A rate of tax where boxes go, from a day on; empty region or category means all of them.

    Of the rows that fit, the one with the later `valid_from` counts. `inclusive` says that the
    shop's prices hold this tax already. `label` is what invoices call it.
    """

    __tablename__ = "tax_rate"
    __table_args__ = (
        UniqueConstraint("country", "region", "category", "valid_from"),
        CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="days"),
    )

    id: Mapped[Serial]
    country: Mapped[str]
    region: Mapped[str] = mapped_column(default="", server_default="")
    category: Mapped[str] = mapped_column(default="", server_default="")
    rate_bp: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    inclusive: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    label: Mapped[str] = mapped_column(default="Tax", server_default="Tax")


class TaxExemption(Base):
    """Somebody who pays no tax between two days, and the paper that says so."""

    __tablename__ = "tax_exemption"

    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    certificate: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class ShippingRate(Base):
    """What sending up to so many grams to a zone costs; empty country or region means all.

    `up_to_grams` 0 has no limit. From `free_from_cents` worth of goods on it costs nothing.
    """

    __tablename__ = "shipping_rate"
    __table_args__ = (
        UniqueConstraint("country", "region", "up_to_grams"),
        CheckConstraint("price_cents >= 0", name="price"),
        CheckConstraint("up_to_grams >= 0", name="grams"),
    )

    id: Mapped[Serial]
    zone: Mapped[str]
    country: Mapped[str] = mapped_column(default="", server_default="")
    region: Mapped[str] = mapped_column(default="", server_default="")
    up_to_grams: Mapped[int] = mapped_column(default=0, server_default="0")
    price_cents: Mapped[int]
    free_from_cents: Mapped[int | None]


class Coupon(Base):
    """A code that makes boxes cheaper, by basis points or by an amount.

    `boxes` is how many boxes of a subscription it is for (None: all of them), `max_people` how
    many subscriptions may have it. No plans means every plan. `code` is stored in capitals.
    """

    __tablename__ = "coupon"
    __table_args__ = (
        CheckConstraint("(off_bp > 0) <> (off_cents > 0)", name="one_kind"),
        CheckConstraint("off_bp BETWEEN 0 AND 10000 AND off_cents >= 0", name="off"),
        CheckConstraint("boxes > 0", name="boxes"),
        CheckConstraint("max_people > 0", name="people"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    off_bp: Mapped[int] = mapped_column(default=0, server_default="0")
    off_cents: Mapped[int] = mapped_column(default=0, server_default="0")
    boxes: Mapped[int | None]
    plan_ids: Mapped[list[uuid.UUID]] = mapped_column(
        ARRAY(UUID(as_uuid=True)), default=list, server_default="{}"
    )
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    max_people: Mapped[int | None]
    made_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class Discount(Base):
    """What makes the boxes of one subscription cheaper: a coupon, or something staff granted.

    `boxes` None lasts for ever. What it was used for is told by `discount_use` alone, so that
    nothing has to be counted back.
    """

    __tablename__ = "discount"
    __table_args__ = (
        Index(
            "uq_discount_coupon",
            "subscription_id",
            unique=True,
            postgresql_where=text("coupon_id IS NOT NULL AND ended_at IS NULL"),
        ),
        Index("ix_discount_coupon_id", "coupon_id"),
        Index("ix_discount_subscription_id", "subscription_id"),
    )

    id: Mapped[Key]
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscription.id"))
    coupon_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("coupon.id"))
    text: Mapped[str]
    off_bp: Mapped[int] = mapped_column(default=0, server_default="0")
    off_cents: Mapped[int] = mapped_column(default=0, server_default="0")
    boxes: Mapped[int | None]
    granted_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class DiscountUse(Base):
    """An invoice that a discount made cheaper. It counts while that invoice is open or paid."""

    __tablename__ = "discount_use"

    discount_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("discount.id"), primary_key=True)
    invoice_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("invoice.id"), primary_key=True, index=True
    )


class CreditBalance(Base):
    """What somebody has in credit; the sum of their entries. Its row is the lock."""

    __tablename__ = "credit_balance"
    __table_args__ = (CheckConstraint("balance_cents >= 0", name="balance"),)

    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    balance_cents: Mapped[int] = mapped_column(default=0, server_default="0")


class CreditEntry(Base):
    """Credit given (positive) or used (negative), once per reference; never changed.

    `tax_cents` is the tax in what was given back of an invoice.
    """

    __tablename__ = "credit_entry"
    __table_args__ = (CheckConstraint("amount_cents <> 0", name="amount"),)

    id: Mapped[Serial]
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    amount_cents: Mapped[int]
    reason: Mapped[str]
    reference: Mapped[str] = mapped_column(unique=True)
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    tax_cents: Mapped[int] = mapped_column(default=0, server_default="0")
    note: Mapped[str] = mapped_column(default="", server_default="")
    at: Mapped[Instant]


class CreditToPost(Base):
    """A line of credit that the ledger does not have yet; gone once it has."""

    __tablename__ = "credit_to_post"

    credit_entry_id: Mapped[int] = mapped_column(ForeignKey("credit_entry.id"), primary_key=True)


class Voucher(Base):
    """A code worth money; only its SHA-256 is kept, and its end so that people can tell it.

    `sold` vouchers were paid for elsewhere, others are presents of the shop.
    """

    __tablename__ = "voucher"
    __table_args__ = (
        CheckConstraint("left_cents BETWEEN 0 AND value_cents", name="left"),
        CheckConstraint("value_cents > 0", name="value"),
    )

    id: Mapped[Key]
    sha256: Mapped[str] = mapped_column(unique=True)
    ending: Mapped[str]
    value_cents: Mapped[int]
    left_cents: Mapped[int]
    sold: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    note: Mapped[str] = mapped_column(default="", server_default="")
    valid_to: Mapped[date | None]
    made_at: Mapped[Instant]
    expired_at: Mapped[Instant | None]


class VoucherUse(Base):
    """Money taken from a voucher into somebody's credit; never changed."""

    __tablename__ = "voucher_use"
    __table_args__ = (CheckConstraint("amount_cents > 0", name="amount"),)

    id: Mapped[Serial]
    voucher_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("voucher.id"), index=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    amount_cents: Mapped[int]
    at: Mapped[Instant]


class PriceChange(Base):
    """A new price of a plan's size from a day on, for those who have it already.

    Without such a row a new price is for new subscribers only.
    """

    __tablename__ = "price_change"
    __table_args__ = (
        UniqueConstraint("plan_id", "size", "effective_on"),
        CheckConstraint("price_cents >= 0", name="price"),
    )

    id: Mapped[Key]
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan.id"))
    size: Mapped[int]
    price_cents: Mapped[int]
    effective_on: Mapped[date]
    announced_at: Mapped[Instant]
    applied_at: Mapped[Instant | None]
    withdrawn_at: Mapped[Instant | None]


class PriceNotice(Base):
    """That somebody was told of a new price, and when it became theirs."""

    __tablename__ = "price_notice"

    price_change_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("price_change.id"), primary_key=True
    )
    subscription_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("subscription.id"), primary_key=True
    )
    old_cents: Mapped[int]
    new_cents: Mapped[int]
    told_at: Mapped[Instant]
    applied_at: Mapped[Instant | None]

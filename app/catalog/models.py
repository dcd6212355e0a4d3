"""Tables of products, SKUs, stock and what is reserved of it."""

import uuid

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalog.rules import Grind, HoldStatus, Roast, SaleStatus
from app.core.database import Base, Instant, Json, Key, Serial


def words(kind: type) -> Enum:
    """Store an enum by its values, as plain text."""
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        length=24,
    )


class Product(Base):
    """A coffee (or another good) with its taste; `name` maps language tags to names."""

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint("acidity BETWEEN 0 AND 10", name="acidity_scale"),
        CheckConstraint("body BETWEEN 0 AND 10", name="body_scale"),
        CheckConstraint("sweetness BETWEEN 0 AND 10", name="sweetness_scale"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[Json]
    roast: Mapped[Roast] = mapped_column(words(Roast))
    process: Mapped[str] = mapped_column(default="", server_default="")
    origin: Mapped[str] = mapped_column(default="", server_default="")
    notes: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    acidity: Mapped[float | None]
    body: Mapped[float | None]
    sweetness: Mapped[float | None]
    allergens: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))
    decaf: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    facts: Mapped[Json] = mapped_column(server_default="{}")
    status: Mapped[SaleStatus] = mapped_column(words(SaleStatus), default=SaleStatus.ON_SALE)
    created_at: Mapped[Instant] = mapped_column(server_default=func.now())
    skus: Mapped[list["Sku"]] = relationship(back_populates="product", lazy="raise")


class Sku(Base):
    """One product in one bag size and grind: what is counted, priced and packed."""

    __tablename__ = "sku"
    __table_args__ = (
        CheckConstraint("price_cents >= 0", name="price"),
        CheckConstraint("grams > 0", name="grams"),
    )

    id: Mapped[Key]
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("product.id"), index=True)
    code: Mapped[str] = mapped_column(unique=True)
    grams: Mapped[int]
    grind: Mapped[Grind] = mapped_column(words(Grind), default=Grind.WHOLE)
    price_cents: Mapped[int]
    cost_cents: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[SaleStatus] = mapped_column(words(SaleStatus), default=SaleStatus.ON_SALE)
    product: Mapped[Product] = relationship(back_populates="skus", lazy="raise")


class Stock(Base):
    """The count of one SKU. The database itself keeps the books of it (see the checks)."""

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("on_hand >= 0", name="on_hand"),
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("shipped >= 0", name="shipped"),
        CheckConstraint("on_hand + reserved + shipped = received - written_off", name="adds_up"),
    )

    sku_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sku.id"), primary_key=True)
    on_hand: Mapped[int] = mapped_column(default=0, server_default="0")
    reserved: Mapped[int] = mapped_column(default=0, server_default="0")
    shipped: Mapped[int] = mapped_column(default=0, server_default="0")
    received: Mapped[int] = mapped_column(default=0, server_default="0")
    written_off: Mapped[int] = mapped_column(default=0, server_default="0")


class StockCount(Base):
    """Goods that came in (positive) or were written off (negative), once per reference."""

    __tablename__ = "stock_count"
    __table_args__ = (UniqueConstraint("sku_id", "reference"),)

    id: Mapped[Serial]
    sku_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sku.id"))
    quantity: Mapped[int]
    reason: Mapped[str]
    reference: Mapped[str]
    at: Mapped[Instant]


class Reservation(Base):
    """Stock promised to a box or to an open checkout; the latter lets go at `expires_at`."""

    __tablename__ = "reservation"
    __table_args__ = (
        UniqueConstraint("holder", "holder_id", "sku_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_reservation_expires_at", "expires_at", postgresql_where=text("status = 'held'")),
    )

    id: Mapped[Serial]
    holder: Mapped[str]
    holder_id: Mapped[uuid.UUID]
    sku_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sku.id"), index=True)
    quantity: Mapped[int]
    status: Mapped[HoldStatus] = mapped_column(words(HoldStatus), default=HoldStatus.HELD)
    expires_at: Mapped[Instant | None]

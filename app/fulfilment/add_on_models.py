"""Tables of what people add to their boxes, and of what of it is in which box."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Instant, Key


class AddOn(Base):
    """Units of a SKU that a subscriber adds: to the next box, or to every one when it is lasting.

    A wish for one box ends when a box took it, or dropped it for want of stock.
    """

    __tablename__ = "add_on"
    __table_args__ = (
        CheckConstraint("units > 0", name="units"),
        Index(
            "uq_add_on_wanted",
            "subscription_id",
            "sku_id",
            "lasting",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscription.id"))
    sku_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sku.id"))
    units: Mapped[int]
    lasting: Mapped[bool]
    added_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class BoxAddOn(Base):
    """What was added to one box, with its price frozen; dropped when there was none left of it."""

    __tablename__ = "box_add_on"

    box_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("box.id"), primary_key=True)
    add_on_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("add_on.id"), primary_key=True)
    sku_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sku.id"))
    name: Mapped[str]
    units: Mapped[int]
    unit_cents: Mapped[int]
    dropped: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

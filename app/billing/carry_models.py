"""The table of what was too small to charge and waits for a subscription's next invoice."""

import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.catalog.models import words
from app.core.database import Base, Instant


class CarryEnd(StrEnum):
    """How a carried rest ended other than with a payment: credit paid it, or nobody will."""

    CREDIT = "credit"
    WRITTEN_OFF = "written_off"


class Carry(Base):
    """The rest of an invoice, in cents, that was carried over.

    It waits until `next_invoice_id` says which invoice brings it in, and it is paid once that one
    is. `posted_at` is when the diary took it in as a receivable.
    """

    __tablename__ = "carry"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        Index(
            "ix_carry_waiting",
            "subscription_id",
            postgresql_where=text("next_invoice_id IS NULL AND ended_at IS NULL"),
        ),
        Index("ix_carry_to_post", "invoice_id", postgresql_where=text("posted_at IS NULL")),
        Index("ix_carry_next_invoice_id", "next_invoice_id"),
    )

    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscription.id"))
    amount_cents: Mapped[int]
    carried_at: Mapped[Instant]
    next_invoice_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("invoice.id"))
    posted_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    ended_by: Mapped[CarryEnd | None] = mapped_column(words(CarryEnd))

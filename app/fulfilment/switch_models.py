"""The table of what changes of plan cost."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Instant, Serial


class SwitchCharge(Base):
    """What a change of plan costs for the days until the next box; negative: what comes off.

    It goes with the next invoice of the subscription, which `invoice_id` then names.
    """

    __tablename__ = "switch_charge"
    __table_args__ = (
        Index(
            "ix_switch_charge_open",
            "subscription_id",
            postgresql_where=text("invoice_id IS NULL"),
        ),
        CheckConstraint("cents <> 0", name="cents"),
    )

    id: Mapped[Serial]
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscription.id"))
    cents: Mapped[int]
    days: Mapped[int]
    made_at: Mapped[Instant]
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("invoice.id"))

"""Tables of places: what a cycle of a plan takes, and who waits for a place."""

import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.catalog.models import words
from app.core.database import Base, Instant, Key
from app.subscriptions.place_rules import Limit, WaitStatus


class Capacity(Base):
    """What one cycle of a plan takes of one size; size 0 is all of them together.

    Whoever takes a place locks this row first. `closed_at` is since when nothing is free.
    """

    __tablename__ = "capacity"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size"),
        CheckConstraint("places >= 0", name="places"),
        CheckConstraint("turnover_cents >= 0", name="turnover"),
        CheckConstraint("num_nonnulls(places, turnover_cents) > 0", name="limit"),
    )

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    places: Mapped[int | None]
    turnover_cents: Mapped[int | None]
    closed_at: Mapped[Instant | None]

    def limit(self) -> Limit:
        """Return the limit that this row is."""
        return Limit(self.size, self.places, self.turnover_cents)


class WaitEntry(Base):
    """Somebody who waits for a place: `number` is their turn, the lowest comes first.

    They need no account; letters about it go to `email`, in small letters. `held_until` is how
    long a place that is free is kept for them.
    """

    __tablename__ = "wait_entry"
    __table_args__ = (
        Index(
            "uq_wait_entry_in_line",
            "plan_id",
            "size",
            "email",
            unique=True,
            postgresql_where=text("status IN ('waiting', 'offered')"),
        ),
        Index(
            "ix_wait_entry_turn",
            "plan_id",
            "number",
            postgresql_where=text("status IN ('waiting', 'offered')"),
        ),
    )

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(BigInteger, Identity(start=1), unique=True)
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan.id"))
    size: Mapped[int]
    email: Mapped[str]
    name: Mapped[str]
    locale: Mapped[str]
    status: Mapped[WaitStatus] = mapped_column(words(WaitStatus), default=WaitStatus.WAITING)
    joined_at: Mapped[Instant]
    held_until: Mapped[Instant | None]

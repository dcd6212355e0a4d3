"""Tables of the ledger, of the provider's events, and of the proofs of the books."""

import uuid

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalog.models import words
from app.core.database import Base, Instant, Json, Key, Serial
from app.finance.rules import EventStatus, Ledger


class Entry(Base):
    """One entry of the diary, unique by what caused it. Entries are added, never changed."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("source", "source_id"),)

    id: Mapped[Key]
    source: Mapped[str]
    source_id: Mapped[str]
    currency: Mapped[str]
    memo: Mapped[str]
    subscription_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    effective_at: Mapped[Instant]
    posted_at: Mapped[Instant]
    postings: Mapped[list["Posting"]] = relationship(lazy="raise")


class Posting(Base):
    """One side of an entry, in cents: debits positive, credits negative. An entry sums to zero."""

    __tablename__ = "posting"

    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    account: Mapped[Ledger] = mapped_column(words(Ledger), primary_key=True)
    amount_cents: Mapped[int] = mapped_column(BigInteger)


class ProviderEvent(Base):
    """An event of the payment provider, stored once as it came, applied once."""

    __tablename__ = "provider_event"
    __table_args__ = (
        Index("ix_provider_event_dead", "received_at", postgresql_where=text("status='dead'")),
        Index(
            "ix_provider_event_waiting", "next_try_at", postgresql_where=text("status='waiting'")
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(index=True)
    created: Mapped[int] = mapped_column(BigInteger)
    object_id: Mapped[str] = mapped_column(index=True)
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[EventStatus] = mapped_column(words(EventStatus), default=EventStatus.WAITING)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    last_error: Mapped[str | None]
    received_at: Mapped[Instant]
    next_try_at: Mapped[Instant]
    lease_until: Mapped[Instant | None]
    done_at: Mapped[Instant | None]


class BookCheck(Base):
    """The outcome of one proof of the books."""

    __tablename__ = "book_check"

    id: Mapped[Serial]
    checked_at: Mapped[Instant]
    violations: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    counts: Mapped[Json]

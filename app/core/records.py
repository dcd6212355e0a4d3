"""What the database itself writes down: who changed what, and which transitions may occur.

Both tables are filled by triggers (see the migrations), so that no code path can forget them.
"""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Instant, Json, Serial


class AuditEntry(Base):
    """One changed row: table, row, what was done, by whom, in which request."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "table_name", "row_id"),)

    id: Mapped[Serial]
    at: Mapped[Instant]
    actor: Mapped[str]
    request_id: Mapped[str]
    table_name: Mapped[str]
    row_id: Mapped[str]
    action: Mapped[str]
    change: Mapped[Json]


class Transition(Base):
    """A step that a status column may take; every other step is refused by the database."""

    __tablename__ = "transition"

    table_name: Mapped[str] = mapped_column(primary_key=True)
    from_status: Mapped[str] = mapped_column(primary_key=True)
    to_status: Mapped[str] = mapped_column(primary_key=True)


class ScheduleRun(Base):
    """One due moment of a scheduled task, written once however many tickers there are."""

    __tablename__ = "schedule_run"

    task: Mapped[str] = mapped_column(primary_key=True)
    run_at: Mapped[Instant] = mapped_column(primary_key=True)
    done_at: Mapped[Instant | None]


class ApiReply(Base):
    """The stored answer to an API request that carried an idempotency key."""

    __tablename__ = "api_reply"

    key: Mapped[str] = mapped_column(primary_key=True)
    api_key_id: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int | None]
    body: Mapped[Json | None]
    created_at: Mapped[Instant]

"""Letters promised inside a transaction and sent after it, at least once each."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.database import Base, Instant, Json, Serial
from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork


class Letter(Base):
    """A message to one person: `kind` names the words, `reference` what it is about.

    The pair is unique, so that however often a thing is reported, it is told once.
    """

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("kind", "reference"),
        Index("ix_letter_unsent", "id", postgresql_where=text("sent_at IS NULL")),
    )

    id: Mapped[Serial]
    kind: Mapped[str]
    reference: Mapped[str]
    person_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    facts: Mapped[Json]
    promised_at: Mapped[Instant]
    sent_at: Mapped[Instant | None]
    lease_until: Mapped[Instant | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    last_error: Mapped[str | None]


def promise_letter(
    work: UnitOfWork, kind: str, reference: str, person_id: uuid.UUID | None, **facts: Any
) -> None:
    """Promise one letter; a second promise of the same kind and reference changes nothing.

    `person_id` None means the shop's staff; it may also name somebody's place on a wait-list.
    `facts` must be JSON; dates as ISO text.
    """
    work.session.execute(
        insert(Letter)
        .values(
            kind=kind,
            reference=reference,
            person_id=person_id,
            facts=facts,
            promised_at=work.now,
            attempts=0,
        )
        .on_conflict_do_nothing()
    )
    work.after_commit(Job.SEND_MAIL)


@dataclass(frozen=True)
class WaitingLetter:
    """A letter that has not gone out, and why if it was tried."""

    id: int
    kind: str
    promised_at: datetime
    attempts: int
    last_error: str | None


def waiting_letters(session: Session, promised_before: datetime) -> tuple[WaitingLetter, ...]:
    """Return the unsent letters promised before a moment of the shop's clock, the oldest first."""
    found = session.execute(
        select(Letter.id, Letter.kind, Letter.promised_at, Letter.attempts, Letter.last_error)
        .where(Letter.sent_at.is_(None), Letter.promised_at < promised_before)
        .order_by(Letter.id)
    )
    return tuple(WaitingLetter(*row) for row in found)

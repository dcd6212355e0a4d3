"""Letters promised inside a transaction and sent after it, at least once each."""

import uuid
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Instant, Json, Serial
from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork


class Letter(Base):
    """A message to one person: `kind` names the words, `reference` what it is about.

    The pair is unique, so that however often a thing is reported, it is told once.
    """

    __tablename__ = "letter"
    __table_args__ = (UniqueConstraint("kind", "reference"),)

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

    `person_id` None means the shop's staff. `facts` must be JSON; dates as ISO text.
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

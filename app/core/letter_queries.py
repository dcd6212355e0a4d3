"""Reads about letters: what somebody was sent, and what could not be sent."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.outbox import Letter


@dataclass(frozen=True)
class LetterRow:
    """A letter that was promised, and whether it went out."""

    id: int
    kind: str
    promised_at: datetime
    sent_at: datetime | None
    attempts: int
    last_error: str | None


COLUMNS = (
    Letter.id,
    Letter.kind,
    Letter.promised_at,
    Letter.sent_at,
    Letter.attempts,
    Letter.last_error,
)


def letters_to(session: Session, person_id: uuid.UUID, limit: int = 20) -> list[LetterRow]:
    """Return the letters to one person, the latest first."""
    rows = session.execute(
        select(*COLUMNS)
        .where(Letter.person_id == person_id)
        .order_by(Letter.id.desc())
        .limit(limit)
    )
    return [LetterRow(*row) for row in rows]


def failed_letters(session: Session, limit: int = 5) -> tuple[int, list[LetterRow]]:
    """Return how many letters could not be sent so far, and the oldest of them."""
    failed = (Letter.sent_at.is_(None), Letter.last_error.is_not(None))
    count = session.scalar(select(func.count()).where(*failed)) or 0
    rows = session.execute(select(*COLUMNS).where(*failed).order_by(Letter.id).limit(limit))
    return count, [LetterRow(*row) for row in rows]

"""Reads what somebody said about the coffee at home, to show it and to take it along."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.personalization.models import BagsTold, SupplySaid


@dataclass(frozen=True)
class HomeLine:
    """What was said at a moment: a word, or how many bags were left."""

    at: datetime
    word: str | None
    bags: float | None


def said_of_home(session: Session, subscriber_id: uuid.UUID) -> list[HomeLine]:
    """Return everything that somebody said about the coffee at home, oldest first."""
    said = session.execute(
        select(SupplySaid.at, SupplySaid.word).where(SupplySaid.subscriber_id == subscriber_id)
    )
    told = session.execute(
        select(BagsTold.at, BagsTold.halves).where(BagsTold.subscriber_id == subscriber_id)
    )
    lines = [HomeLine(at, word.value, None) for at, word in said]
    lines += [HomeLine(at, None, halves / 2) for at, halves in told]
    return sorted(lines, key=lambda line: line.at)

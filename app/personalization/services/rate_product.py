"""Writes a rating into the diary of taste, or takes it back; the last one counts."""

import uuid

from app.catalog.queries import product_of
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization.rules import (
    LONGEST_NOTE,
    Rating,
    TasteEventKind,
    TasteRefusal,
)
from app.personalization.services.note_taste import Detail, note_taste


def rate_product(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    product_id: uuid.UUID,
    rating: Rating,
    reference: str | None = None,
) -> None:
    """Write down a rating from 1 to 5 with its reasons; the same reference is written once."""
    if rating.liking not in range(1, 6):
        raise Refused(TasteRefusal.BAD_RATING, field="liking")
    if len(rating.note) > LONGEST_NOTE:
        raise Refused(TasteRefusal.NOTE_TOO_LONG, field="note")
    product_of(work.session, product_id)
    detail = Detail(rating.liking, reference, rating.reasons, rating.note)
    note_taste(work, subscriber_id, product_id, TasteEventKind.RATING, detail)


def take_rating_back(work: UnitOfWork, subscriber_id: uuid.UUID, product_id: uuid.UUID) -> None:
    """Let a rating count no more; the diary keeps that it was taken back."""
    product_of(work.session, product_id)
    note_taste(work, subscriber_id, product_id, TasteEventKind.RATING)

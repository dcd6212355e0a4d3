"""Writes a rating into the diary of taste; the last one counts."""

import uuid

from sqlalchemy.dialects.postgresql import insert

from app.catalog.queries import product_of
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization.models import TasteEvent
from app.personalization.rules import TasteEventKind, TasteRefusal


def rate_product(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    product_id: uuid.UUID,
    liking: int,
    reference: str | None = None,
) -> None:
    """Write down a rating from 1 to 5; the same reference is written once."""
    if liking not in range(1, 6):
        raise Refused(TasteRefusal.BAD_RATING, field="liking")
    product_of(work.session, product_id)
    note_taste(work, subscriber_id, product_id, TasteEventKind.RATING, (liking, reference))


def note_taste(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    product_id: uuid.UUID,
    kind: TasteEventKind,
    detail: tuple[int | None, str | None] = (None, None),
) -> None:
    """Add one line to the diary of taste; `detail` is its value and reference."""
    value, reference = detail
    work.session.execute(
        insert(TasteEvent)
        .values(
            subscriber_id=subscriber_id,
            product_id=product_id,
            kind=kind,
            value=value,
            reference=reference,
            at=work.now,
        )
        .on_conflict_do_nothing()
    )

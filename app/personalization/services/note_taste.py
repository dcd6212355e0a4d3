"""Adds lines to the diary of taste: what somebody said about a coffee, or did with it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert

from app.core.unit_of_work import UnitOfWork
from app.personalization.models import TasteEvent
from app.personalization.queries import without_taste
from app.personalization.rules import TasteEventKind


@dataclass(frozen=True)
class Detail:
    """What a line of the diary says besides its kind; the same reference is written once."""

    value: int | None = None
    reference: str | None = None
    reasons: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Deed:
    """Something a person did with a coffee."""

    subscriber_id: uuid.UUID
    product_id: uuid.UUID
    kind: TasteEventKind
    detail: Detail = Detail()


def note_taste(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    product_id: uuid.UUID,
    kind: TasteEventKind,
    detail: Detail = Detail(),
) -> None:
    """Add one line to the diary."""
    note_deeds(work, [Deed(subscriber_id, product_id, kind, detail)])


def note_deeds(work: UnitOfWork, deeds: Iterable[Deed]) -> None:
    """Add many lines. Of people who want no box of their own taste only ratings are kept."""
    found = list(deeds)
    silent = without_taste(work.session, {each.subscriber_id for each in found})
    rows = [
        {
            "subscriber_id": each.subscriber_id,
            "product_id": each.product_id,
            "kind": each.kind,
            "value": each.detail.value,
            "reference": each.detail.reference,
            "reasons": list(each.detail.reasons),
            "note": each.detail.note,
            "at": work.now,
        }
        for each in found
        if each.kind is TasteEventKind.RATING or each.subscriber_id not in silent
    ]
    if rows:
        work.session.execute(insert(TasteEvent).on_conflict_do_nothing(), rows)

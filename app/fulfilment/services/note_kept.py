"""Writes into the diary of taste that coffees which we chose were kept until their box left."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from app.core.database import among
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box, BoxLine
from app.personalization.rules import LineSource, TasteEventKind
from app.personalization.services.note_taste import Deed, Detail, note_deeds

OURS = (LineSource.AUTO, LineSource.HERO)


def note_kept(work: UnitOfWork, box_ids: Sequence[uuid.UUID]) -> None:
    """Note every coffee of these boxes that we chose; doing it again changes nothing."""
    rows = work.session.execute(
        select(Box.id, Box.subscriber_id, BoxLine.product_id, BoxLine.units)
        .join(BoxLine, BoxLine.box_id == Box.id)
        .where(among(Box.id, box_ids), BoxLine.source.in_(OURS))
        .order_by(Box.id, BoxLine.position)
    )
    note_deeds(
        work,
        [
            Deed(owner, product, TasteEventKind.KEEP, Detail(units, f"keep/{box_id}/{product}"))
            for box_id, owner, product, units in rows
        ],
    )

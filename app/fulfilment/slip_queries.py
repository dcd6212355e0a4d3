"""Reads for the slip that lies in each box: for whom, what, and what stands in for what."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.fulfilment.models import Box, Parcel
from app.fulfilment.number_queries import box_numbers
from app.fulfilment.queries import LineRow, kept_back
from app.fulfilment.rules import BoxStatus


@dataclass(frozen=True)
class PackingSlip:
    """One released box as it is packed: address and note are the snapshot of the lock.

    `number` says which box of its subscription it is, from 1.
    """

    order_number: str
    number: int
    address: dict[str, str]
    note: str
    lines: tuple[LineRow, ...]
    missing: int


def packing_slips(
    session: Session, batch_id: uuid.UUID, limit: int = 100, offset: int = 0
) -> list[PackingSlip]:
    """Return the slips of a batch's paid boxes that have not left yet, by box number."""
    rows = session.execute(
        select(Box, Parcel.order_number)
        .join(Parcel, Parcel.box_id == Box.id)
        .where(Box.batch_id == batch_id, Box.status == BoxStatus.RELEASED, ~kept_back())
        .options(selectinload(Box.lines))
        .order_by(Box.number)
        .limit(limit)
        .offset(offset)
    ).all()
    numbers = box_numbers(session, [box for box, _ in rows])
    return [
        PackingSlip(
            order_number=order_number,
            number=numbers[box.id],
            address=box.address or {},
            note=box.note or "",
            lines=tuple(
                LineRow(
                    line.product_id,
                    line.name,
                    line.units,
                    line.unit_cents,
                    line.source.value,
                    line.instead_of,
                )
                for line in box.lines
            ),
            missing=box.missing,
        )
        for box, order_number in rows
    ]

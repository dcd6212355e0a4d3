"""Reads about boxes and batches for pages, files and clocks."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, selectinload

from app.core.refusals import Refused
from app.fulfilment.models import Batch, Box, BoxHold, BoxLine, ComposeRun, Parcel, Tracking
from app.fulfilment.rules import BatchRefusal, BoxRefusal, BoxStatus

OPEN = (BoxStatus.PLANNED, BoxStatus.SKIPPED)
LIVED = (BoxStatus.COMPOSED, BoxStatus.RELEASED, BoxStatus.SHIPPED)


@dataclass(frozen=True)
class LineRow:
    """A line of a box as it was packed; `instead_of` names what it replaces.

    `reasons` are those stored when the box was composed.
    """

    product_id: uuid.UUID
    name: str
    units: int
    unit_cents: int
    source: str
    instead_of: str | None
    reasons: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BoxRow:
    """One cycle of a subscription as pages show it; see `reveal_queries` for `reveals_at`."""

    id: uuid.UUID
    subscription_id: uuid.UUID
    cycle: int
    ships_on: date
    cutoff_at: datetime
    status: str
    reason: str
    missing: int
    invoice_id: uuid.UUID | None
    lines: tuple[LineRow, ...] = ()
    tracking: tuple[str, ...] = ()
    reveals_at: datetime | None = None


@dataclass(frozen=True)
class NextOpen:
    """The next box that can still be changed, offered when one is asked for too late."""

    box_id: uuid.UUID
    ships_on: date


@dataclass(frozen=True)
class BatchRow:
    """A batch as lists show it, with how many of its boxes are where."""

    id: uuid.UUID
    ships_on: date
    run: int
    cutoff_at: datetime
    locks_at: datetime
    status: str
    counts: dict[str, int]

    @property
    def boxes(self) -> int:
        """How many boxes ship or might still ship with this batch."""
        gone = {"skipped", "paused", "missed", "cancelled", "voided"}
        return sum(count for status, count in self.counts.items() if status not in gone)


def own_box(
    session: Session, subscriber_id: uuid.UUID, box_id: uuid.UUID, lock: bool = False
) -> Box:
    """Return a box of this subscriber; a foreign one is as unknown as none."""
    query = select(Box).where(Box.id == box_id, Box.subscriber_id == subscriber_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    box = session.scalar(query)
    if box is None:
        raise Refused(BoxRefusal.UNKNOWN, offer=next_open_of(session, subscriber_id))
    return box


def any_box(session: Session, box_id: uuid.UUID, lock: bool = False) -> Box:
    """Return a box for staff; refuse an unknown one."""
    box = session.get(Box, box_id, with_for_update=lock, populate_existing=lock)
    if box is None:
        raise Refused(BoxRefusal.UNKNOWN)
    return box


def next_open_of(
    session: Session, subscriber_id: uuid.UUID, after: date | None = None
) -> NextOpen | None:
    """Return somebody's next box that is still open, later than `after` if that is given."""
    query = (
        select(Box.id, Box.ships_on)
        .where(Box.subscriber_id == subscriber_id, Box.status == BoxStatus.PLANNED)
        .order_by(Box.ships_on)
        .limit(1)
    )
    if after:
        query = query.where(Box.ships_on > after)
    found = session.execute(query).first()
    return found and NextOpen(*found)


def box_of(session: Session, subscriber_id: uuid.UUID, box_id: uuid.UUID) -> BoxRow:
    """Return one box of this subscriber with its lines."""
    own_box(session, subscriber_id, box_id)
    return _rows(session, select_boxes().where(Box.id == box_id))[0]


def upcoming_boxes(session: Session, subscriber_id: uuid.UUID, today: date) -> list[BoxRow]:
    """Return somebody's boxes from today on that have not left yet, by day."""
    return _rows(
        session,
        select_boxes()
        .where(
            Box.subscriber_id == subscriber_id,
            Box.ships_on >= today,
            Box.status.not_in([BoxStatus.SHIPPED, BoxStatus.CANCELLED, BoxStatus.VOIDED]),
        )
        .order_by(Box.ships_on, Box.number)
        .limit(60),
    )


def box_history(session: Session, subscriber_id: uuid.UUID, limit: int = 24) -> list[BoxRow]:
    """Return what was really sent or is on its way, newest first, as it was packed."""
    return _rows(
        session,
        select_boxes()
        .where(Box.subscriber_id == subscriber_id, Box.locked_at.is_not(None))
        .order_by(Box.ships_on.desc(), Box.number.desc())
        .limit(limit),
    )


def boxes_of_batch(
    session: Session, batch_id: uuid.UUID, limit: int = 100, offset: int = 0
) -> list[BoxRow]:
    """Return the boxes of a batch with their lines, in the order of their numbers."""
    query = select_boxes().where(Box.batch_id == batch_id).order_by(Box.number)
    return _rows(session, query.limit(limit).offset(offset))


def select_boxes() -> Select[Any]:
    """Return the query of boxes with their lines."""
    return select(Box).options(selectinload(Box.lines))


def _rows(session: Session, query: Select[Any]) -> list[BoxRow]:
    boxes: Sequence[Box] = session.scalars(query).all()
    numbers = _tracking(session, [box.id for box in boxes])
    return [_row(box, numbers.get(box.id, ())) for box in boxes]


def _row(box: Box, tracking: tuple[str, ...]) -> BoxRow:
    return BoxRow(
        id=box.id,
        subscription_id=box.subscription_id,
        cycle=box.cycle,
        ships_on=box.ships_on,
        cutoff_at=box.cutoff_at,
        status=box.status.value,
        reason=box.reason,
        missing=box.missing,
        invoice_id=box.invoice_id,
        lines=tuple(_line(line) for line in box.lines),
        tracking=tracking,
    )


def _line(line: BoxLine) -> LineRow:
    return LineRow(
        product_id=line.product_id,
        name=line.name,
        units=line.units,
        unit_cents=line.unit_cents,
        source=line.source.value,
        instead_of=line.instead_of,
        reasons=line.reasons,
    )


def _tracking(session: Session, boxes: list[uuid.UUID]) -> dict[uuid.UUID, tuple[str, ...]]:
    rows = session.execute(
        select(Parcel.box_id, Tracking.carrier, Tracking.number)
        .join(Tracking, Tracking.parcel_id == Parcel.id)
        .where(Parcel.box_id.in_(boxes))
        .order_by(Tracking.id)
    )
    found: dict[uuid.UUID, tuple[str, ...]] = {}
    for box_id, carrier, number in rows:
        found[box_id] = (*found.get(box_id, ()), f"{carrier} {number}".strip())
    return found


def kept_back() -> ColumnElement[bool]:
    """Return the condition that a box belongs to a subscription whose boxes are kept back."""
    return (
        select(BoxHold.id)
        .where(BoxHold.subscription_id == Box.subscription_id, BoxHold.ended_at.is_(None))
        .exists()
    )


def batch_of(session: Session, batch_id: uuid.UUID, lock: bool = False) -> Batch:
    """Return a batch; refuse an unknown one."""
    batch = session.get(Batch, batch_id, with_for_update=lock, populate_existing=lock)
    if batch is None:
        raise Refused(BatchRefusal.UNKNOWN)
    return batch


def batch_by_day(session: Session, ships_on: date, run: int | None = None) -> Batch:
    """Return the batch of a day (the newest, should there be several and no `run` is named)."""
    query = select(Batch).where(Batch.ships_on == ships_on).order_by(Batch.run.desc()).limit(1)
    batch = session.scalar(query.where(Batch.run == run) if run else query)
    if batch is None:
        raise Refused(BatchRefusal.UNKNOWN)
    return batch


def batches(session: Session, limit: int = 30) -> list[BatchRow]:
    """Return the latest batches, the furthest ahead first, with counts of boxes by status."""
    found = session.scalars(select(Batch).order_by(Batch.ships_on.desc(), Batch.run.desc()))
    latest = found.fetchmany(limit)
    return [_batch_row(batch, counts) for batch, counts in _counted(session, latest)]


def batch_row(session: Session, batch_id: uuid.UUID) -> BatchRow:
    """Return one batch with counts of boxes by status."""
    batch = batch_of(session, batch_id)
    return next(_batch_row(each, counts) for each, counts in _counted(session, [batch]))


def _counted(session: Session, found: Sequence[Batch]) -> list[tuple[Batch, dict[str, int]]]:
    rows = session.execute(
        select(Box.batch_id, Box.status, func.count())
        .where(Box.batch_id.in_([batch.id for batch in found]))
        .group_by(Box.batch_id, Box.status)
    )
    counts: dict[uuid.UUID, dict[str, int]] = {batch.id: {} for batch in found}
    for batch_id, status, count in rows:
        counts[batch_id][status.value] = count
    return [(batch, counts[batch.id]) for batch in found]


def _batch_row(batch: Batch, counts: dict[str, int]) -> BatchRow:
    return BatchRow(
        batch.id,
        batch.ships_on,
        batch.run,
        batch.cutoff_at,
        batch.locks_at,
        batch.status.value,
        counts,
    )


def run_of(session: Session, batch_id: uuid.UUID) -> ComposeRun | None:
    """Return how a batch was really composed, or None before that."""
    return session.scalar(
        select(ComposeRun).where(ComposeRun.batch_id == batch_id, ComposeRun.kind == "real")
    )

"""Records tracking numbers, and with the first one of a box that the box has left."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, TEXT, UUID, insert

from app.catalog.services.move_stock import ship_reserved
from app.core.clock import instant_of, local_day
from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box, Parcel, Tracking
from app.fulfilment.rules import BoxStatus, ParcelStatus
from app.fulfilment.services.note_kept import note_kept
from app.fulfilment.services.tell_boxes import tell_shipped
from app.fulfilment.tracking_rules import LineProblem, TrackingRow

_UNKNOWN = "There is no released box with this number."
_NOT_OUT = "This box was cancelled."
_AHEAD = "This day lies ahead."


@dataclass(frozen=True)
class TrackingReport:
    """Boxes that left with this import, numbers known before, and lines left out."""

    shipped: tuple[uuid.UUID, ...]
    duplicates: int
    problems: tuple[LineProblem, ...]


@dataclass(frozen=True)
class _Target:
    """The parcel and box that an order number names."""

    parcel_id: uuid.UUID
    order_number: str
    box_id: uuid.UUID
    status: BoxStatus
    subscriber_id: uuid.UUID


_Match = tuple[TrackingRow, _Target]


def record_tracking(work: UnitOfWork, rows: Iterable[TrackingRow]) -> TrackingReport:
    """Store tracking numbers; a box with its first number is shipped, and told so once.

    Stock goes out with it. The entry in the ledger is the caller's, for the boxes returned.
    """
    numbered = [(row.line or place, row) for place, row in enumerate(rows, start=1)]
    targets = _held_targets(work, {row.order_number for _, row in numbered})
    today = local_day(work.now, work.shop.zone)
    matches: list[_Match] = []
    problems: list[LineProblem] = []
    for line, row in numbered:
        target = targets.get(row.order_number)
        problem = _problem(line, row, target, today)
        if problem:
            problems.append(problem)
        elif target:
            matches.append((row, target))
    added = _store(work, matches)
    shipped = _ship(work, matches, today)
    return TrackingReport(tuple(shipped), len(matches) - added, tuple(problems))


def _held_targets(work: UnitOfWork, order_numbers: set[str]) -> dict[str, _Target]:
    """Find and hold parcels and boxes by order number, always in the same order."""
    wanted = bindparam("wanted", sorted(order_numbers), ARRAY(TEXT))
    held = work.session.execute(
        select(Parcel.id, Parcel.order_number, Box.id, Box.status, Box.subscriber_id)
        .join(Box, Box.id == Parcel.box_id)
        .where(Parcel.order_number == func.any(wanted))
        .order_by(Box.id)
        .with_for_update()
    )
    return {row[1]: _Target(*row) for row in held}


def _problem(
    line: int, row: TrackingRow, target: _Target | None, today: date
) -> LineProblem | None:
    if target is None:
        return LineProblem(line, "order_number", _UNKNOWN)
    if target.status not in (BoxStatus.RELEASED, BoxStatus.SHIPPED):
        return LineProblem(line, "order_number", _NOT_OUT)
    if row.shipped_on and row.shipped_on > today:
        return LineProblem(line, "shipped_on", _AHEAD)
    return None


def _store(work: UnitOfWork, matches: Sequence[_Match]) -> int:
    """Add the numbers that are not known yet; return how many that were."""
    if not matches:
        return 0
    added = work.session.execute(
        insert(Tracking).on_conflict_do_nothing().returning(Tracking.id),
        [
            {
                "parcel_id": target.parcel_id,
                "carrier": row.carrier,
                "number": row.number,
                "received_at": work.now,
            }
            for row, target in matches
        ],
    )
    return len(added.all())


def _ship(work: UnitOfWork, matches: Sequence[_Match], today: date) -> list[uuid.UUID]:
    """Let the boxes leave that have not; return their ids."""
    leaving: dict[uuid.UUID, list[_Match]] = {}
    for row, target in matches:
        if target.status is BoxStatus.RELEASED:
            leaving.setdefault(target.box_id, []).append((row, target))
    by_day: dict[date, list[uuid.UUID]] = {}
    for box_id, parts in leaving.items():
        day = min((row.shipped_on for row, _ in parts if row.shipped_on), default=today)
        by_day.setdefault(day, []).append(box_id)
        _promise(work, parts, day)
    for day, box_ids in by_day.items():
        left_at = work.now if day == today else instant_of(day, time(12), work.shop.zone)
        _mark(work, box_ids, left_at)
    if leaving:
        ship_reserved(work, "box", list(leaving))
        note_kept(work, list(leaving))
        tell_shipped(work, list(leaving))
    return list(leaving)


def _mark(work: UnitOfWork, box_ids: list[uuid.UUID], left_at: datetime) -> None:
    chosen = func.any(bindparam("chosen", box_ids, ARRAY(UUID(as_uuid=True))))
    work.session.execute(
        update(Box)
        .where(Box.id == chosen)
        .values(status=BoxStatus.SHIPPED, shipped_at=left_at)
        .execution_options(synchronize_session="fetch")
    )
    work.session.execute(
        update(Parcel)
        .where(Parcel.box_id == chosen)
        .values(status=ParcelStatus.SHIPPED, shipped_at=left_at)
        .execution_options(synchronize_session="fetch")
    )


def _promise(work: UnitOfWork, parts: Sequence[_Match], day: date) -> None:
    target = parts[0][1]
    numbers = dict.fromkeys((row.carrier, row.number) for row, _ in parts)
    promise_letter(
        work,
        "box_shipped",
        str(target.box_id),
        target.subscriber_id,
        order_number=target.order_number,
        shipped_on=day.isoformat(),
        numbers=[{"carrier": carrier, "number": number} for carrier, number in numbers],
    )

"""Moves stock: in, out, reserved, let go, shipped. Nothing here can oversell.

Every movement is one conditional UPDATE for each SKU, in the order of the SKUs' ids, so that two
of them never wait for each other in a circle.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from app.catalog.models import Reservation, StockCount
from app.catalog.rules import CatalogRefusal, HoldStatus
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork


def count_stock(
    work: UnitOfWork, sku_id: uuid.UUID, quantity: int, reason: str, reference: str
) -> bool:
    """Book goods in (positive) or write them off (negative), once per reference.

    Return False when this reference was booked before. More than is free cannot be written off.
    """
    if quantity == 0:
        raise Refused(CatalogRefusal.BAD_QUANTITY, field="quantity")
    booked = work.session.execute(
        insert(StockCount)
        .values(sku_id=sku_id, quantity=quantity, reason=reason, reference=reference, at=work.now)
        .on_conflict_do_nothing()
        .returning(StockCount.id)
    ).first()
    if booked is None:
        return False
    column = "received" if quantity > 0 else "written_off"
    moved = work.session.execute(
        text(
            f"UPDATE stock SET on_hand = on_hand + :n, {column} = {column} + abs(:n)"
            " WHERE sku_id = :sku AND on_hand + :n >= 0 RETURNING sku_id"
        ),
        {"n": quantity, "sku": sku_id},
    ).first()
    if moved is None:
        raise Refused(CatalogRefusal.NOT_ENOUGH, field="quantity")
    return True


def reserve(
    work: UnitOfWork,
    holder: str,
    holder_id: uuid.UUID,
    wanted: Mapping[uuid.UUID, int],
    expires_at: datetime | None = None,
) -> None:
    """Reserve units of several SKUs for one holder, all or nothing.

    Lines of one holder that share a SKU must come added up. `expires_at` lets an abandoned
    checkout's stock go by itself.
    """
    for sku_id, units in sorted(wanted.items()):
        if units <= 0:
            raise Refused(CatalogRefusal.BAD_QUANTITY, field="quantity")
        _take(work, sku_id, units)
        work.session.add(
            Reservation(
                holder=holder,
                holder_id=holder_id,
                sku_id=sku_id,
                quantity=units,
                status=HoldStatus.HELD,
                expires_at=expires_at,
            )
        )
    work.session.flush()


def reserve_up_to(
    work: UnitOfWork,
    holder: str,
    holder_id: uuid.UUID,
    wanted: Mapping[uuid.UUID, int],
    expires_at: datetime | None = None,
) -> dict[uuid.UUID, int]:
    """Reserve as much of each SKU as there is; return what was reserved, without zeros."""
    got: dict[uuid.UUID, int] = {}
    for sku_id in sorted(wanted):
        free = work.session.scalar(
            text("SELECT on_hand FROM stock WHERE sku_id = :sku FOR UPDATE"), {"sku": sku_id}
        )
        if units := min(wanted[sku_id], free or 0):
            got[sku_id] = units
    reserve(work, holder, holder_id, got, expires_at)
    return got


def reserve_many(
    work: UnitOfWork, holder: str, wanted: Iterable[tuple[uuid.UUID, uuid.UUID, int]]
) -> None:
    """Reserve for many holders at once: rows of (holder id, SKU id, units), all or nothing."""
    rows = list(wanted)
    totals: dict[uuid.UUID, int] = {}
    for _, sku_id, units in rows:
        totals[sku_id] = totals.get(sku_id, 0) + units
    for sku_id, units in sorted(totals.items()):
        _take(work, sku_id, units)
    for start in range(0, len(rows), 5000):
        work.session.execute(
            insert(Reservation),
            [
                {
                    "holder": holder,
                    "holder_id": holder_id,
                    "sku_id": sku_id,
                    "quantity": units,
                    "status": HoldStatus.HELD,
                }
                for holder_id, sku_id, units in rows[start : start + 5000]
            ],
        )


def release(work: UnitOfWork, holder: str, holder_ids: Iterable[uuid.UUID]) -> int:
    """Let go of what holders still hold; return how many units went back on hand."""
    return _settle(work, holder, list(holder_ids), HoldStatus.RELEASED, "on_hand")


def ship_reserved(work: UnitOfWork, holder: str, holder_ids: Iterable[uuid.UUID]) -> int:
    """Turn what holders hold into shipped goods; return how many units."""
    return _settle(work, holder, list(holder_ids), HoldStatus.SHIPPED, "shipped")


def release_expired(work: UnitOfWork) -> int:
    """Let go of reservations whose time is over; return how many units went back on hand."""
    expired = "SELECT id FROM reservation WHERE status = 'held' AND expires_at <= :now"
    return _close(work, expired, {"now": work.now}, HoldStatus.RELEASED, "on_hand")


def _take(work: UnitOfWork, sku_id: uuid.UUID, units: int) -> None:
    taken = work.session.execute(
        text(
            "UPDATE stock SET on_hand = on_hand - :n, reserved = reserved + :n"
            " WHERE sku_id = :sku AND on_hand >= :n RETURNING sku_id"
        ),
        {"n": units, "sku": sku_id},
    ).first()
    if taken is None:
        raise Refused(CatalogRefusal.NOT_ENOUGH, offer=sku_id, field="quantity")


def _settle(
    work: UnitOfWork, holder: str, ids: list[uuid.UUID], status: HoldStatus, column: str
) -> int:
    chosen = (
        "SELECT id FROM reservation WHERE status = 'held'"
        " AND holder = :holder AND holder_id = ANY(:ids)"
    )
    return _close(work, chosen, {"holder": holder, "ids": ids}, status, column)


def _close(
    work: UnitOfWork, chosen: str, values: dict[str, object], status: HoldStatus, column: str
) -> int:
    closed = work.session.execute(
        text(
            f"UPDATE reservation SET status = :status WHERE id IN ({chosen} FOR UPDATE)"
            " RETURNING sku_id, quantity"
        ),
        {**values, "status": status.value},
    ).all()
    totals: dict[uuid.UUID, int] = {}
    for sku_id, units in closed:
        totals[sku_id] = totals.get(sku_id, 0) + units
    for sku_id, units in sorted(totals.items()):
        work.session.execute(
            text(
                f"UPDATE stock SET reserved = reserved - :n, {column} = {column} + :n"
                " WHERE sku_id = :sku"
            ),
            {"n": units, "sku": sku_id},
        )
    return sum(totals.values())

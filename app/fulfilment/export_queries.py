"""Reads for the warehouse: the lines of a batch that may ship, stored versions, the pick list."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.billing.models import Invoice
from app.billing.rules import InvoiceStatus
from app.catalog.models import Sku
from app.fulfilment.export_rules import (
    ExportFiles,
    LineFacts,
    Row,
    render,
    render_manifest,
    sha256_of,
)
from app.fulfilment.models import Batch, BatchExport, Box, BoxHold, BoxLine
from app.fulfilment.queries import kept_back
from app.fulfilment.rules import BoxStatus, order_number
from app.subscriptions.models import Subscription


@dataclass(frozen=True)
class ExportRow:
    """One stored version, without its content."""

    id: uuid.UUID
    version: int
    sha256: str
    orders: int
    new: int
    changed: int
    cancelled: int
    warnings: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True)
class LastVersion:
    """The newest stored version of a batch; version 0 stands for none."""

    version: int = 0
    sha256: str | None = None
    orders: int = 0
    rows: tuple[Row, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class PickLine:
    """Units of one SKU to take from the shelf, and for how many boxes."""

    sku: str
    name: str
    grams: int
    units: int
    boxes: int


@dataclass(frozen=True)
class AlteredExport:
    """A stored version whose rows, bytes and checksum no longer agree."""

    export_id: uuid.UUID
    ships_on: date
    version: int


# Money decides: a released box counts only while its invoice is paid, a shipped one is gone anyway.
# What is kept back, while a payment is disputed for example, waits for a later version of the file.
TO_PACK = and_(Box.status == BoxStatus.RELEASED, Invoice.status == InvoiceStatus.PAID, ~kept_back())
EXPORTED = or_(Box.status == BoxStatus.SHIPPED, TO_PACK)


def exportable_lines(session: Session, batch_id: uuid.UUID) -> list[LineFacts]:
    """Return the lines of all paid boxes of a batch, by order and position."""
    found = session.execute(
        select(
            Subscription.number,
            Box.cycle,
            Box.status,
            Box.address,
            Box.note,
            Sku.code,
            BoxLine.name,
            BoxLine.units,
            BoxLine.unit_cents,
            Sku.grams,
        )
        .join(Box, Box.subscription_id == Subscription.id)
        .join(BoxLine, BoxLine.box_id == Box.id)
        .join(Sku, Sku.id == BoxLine.sku_id)
        .outerjoin(Invoice, Invoice.id == Box.invoice_id)
        .where(Box.batch_id == batch_id, EXPORTED)
        .order_by(Subscription.number, Box.cycle, BoxLine.position)
    )
    return [
        LineFacts(number, cycle, status is BoxStatus.SHIPPED, address or {}, note or "", *line)
        for number, cycle, status, address, note, *line in found
    ]


def why_not_shipped(session: Session, batch_id: uuid.UUID) -> dict[str, str]:
    """Return by order number why boxes of a batch will not ship after all."""
    held_for = (
        select(func.min(BoxHold.reason))
        .where(BoxHold.subscription_id == Box.subscription_id, BoxHold.ended_at.is_(None))
        .scalar_subquery()
    )
    found = session.execute(
        select(
            Subscription.number,
            Box.cycle,
            func.coalesce(func.nullif(Box.reason, ""), held_for),
            Invoice.status,
        )
        .join(Box, Box.subscription_id == Subscription.id)
        .outerjoin(Invoice, Invoice.id == Box.invoice_id)
        .where(
            Box.batch_id == batch_id,
            or_(
                Box.status.in_((BoxStatus.CANCELLED, BoxStatus.VOIDED)),
                Invoice.status == InvoiceStatus.REFUNDED,
                kept_back(),
            ),
        )
    )
    return {
        order_number(number, cycle): reason or (status.value if status else "")
        for number, cycle, reason, status in found
    }


def last_version(session: Session, batch_id: uuid.UUID) -> LastVersion:
    """Return the newest stored version of a batch's export."""
    found = session.execute(
        select(
            BatchExport.version,
            BatchExport.sha256,
            BatchExport.orders,
            BatchExport.rows,
            BatchExport.warnings,
        )
        .where(BatchExport.batch_id == batch_id)
        .order_by(BatchExport.version.desc())
        .limit(1)
    ).first()
    if found is None:
        return LastVersion()
    version, sha256, orders, rows, warnings = found
    return LastVersion(version, sha256, orders, tuple(rows), tuple(warnings))


def list_exports(session: Session, batch_id: uuid.UUID) -> tuple[ExportRow, ...]:
    """Return the stored versions of a batch, the newest first."""
    delta = BatchExport.manifest["delta"]
    found = session.execute(
        select(
            BatchExport.id,
            BatchExport.version,
            BatchExport.sha256,
            BatchExport.orders,
            delta["new"].as_integer(),
            delta["changed"].as_integer(),
            delta["cancelled"].as_integer(),
            BatchExport.warnings,
            BatchExport.created_at,
        )
        .where(BatchExport.batch_id == batch_id)
        .order_by(BatchExport.version.desc())
    )
    return tuple(
        ExportRow(key, version, sha256, orders, new, changed, cancelled, tuple(warnings), made)
        for key, version, sha256, orders, new, changed, cancelled, warnings, made in found
    )


def export_files(
    session: Session, batch_id: uuid.UUID, version: int | None = None
) -> ExportFiles | None:
    """Return a stored version (the newest if none is named) as files."""
    wanted = (
        select(
            Batch.ships_on,
            Batch.run,
            BatchExport.version,
            BatchExport.csv,
            BatchExport.delta,
            BatchExport.manifest,
        )
        .join(Batch, Batch.id == BatchExport.batch_id)
        .where(BatchExport.batch_id == batch_id)
        .order_by(BatchExport.version.desc())
        .limit(1)
    )
    if version is not None:
        wanted = wanted.where(BatchExport.version == version)
    found = session.execute(wanted).first()
    return ExportFiles(*found[:5], render_manifest(found[5])) if found else None


def render_again(session: Session, export_id: uuid.UUID) -> str | None:
    """Return the checksum of a version written anew from its stored rows; None if unknown."""
    rows = session.scalar(select(BatchExport.rows).where(BatchExport.id == export_id))
    return None if rows is None else sha256_of(render(rows))


def altered_exports(session: Session) -> tuple[AlteredExport, ...]:
    """Return the stored versions whose rows, bytes and checksum disagree. None should."""
    stored_sha = func.encode(func.sha256(BatchExport.csv), "hex")
    found = session.execute(
        select(BatchExport.id, Batch.ships_on, BatchExport.version, BatchExport.sha256, stored_sha)
        .join(Batch, Batch.id == BatchExport.batch_id)
        .order_by(Batch.ships_on, BatchExport.version)
    ).all()
    return tuple(
        AlteredExport(export_id, ships_on, version)
        for export_id, ships_on, version, sha256, of_bytes in found
        if not sha256 == of_bytes == render_again(session, export_id)
    )


def pick_list(session: Session, batch_id: uuid.UUID) -> tuple[PickLine, ...]:
    """Return what is to be taken from the shelves for the paid boxes that have not left yet."""
    found = session.execute(
        select(
            Sku.code,
            func.min(BoxLine.name),
            Sku.grams,
            func.sum(BoxLine.units),
            func.count(Box.id.distinct()),
        )
        .join(BoxLine, BoxLine.sku_id == Sku.id)
        .join(Box, Box.id == BoxLine.box_id)
        .join(Invoice, Invoice.id == Box.invoice_id)
        .where(Box.batch_id == batch_id, TO_PACK)
        .group_by(Sku.code, Sku.grams)
        .order_by(Sku.code)
    )
    return tuple(PickLine(*row) for row in found)

"""Exports the paid boxes of a batch for the warehouse, as a new version when anything differs."""

import uuid
from dataclasses import dataclass
from typing import Any

from babel.numbers import get_currency_precision
from sqlalchemy import select

from app.core.fail_points import reach
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.export_delta import OrderChange, changes_between, delta_rows, delta_summary
from app.fulfilment.export_queries import (
    LastVersion,
    exportable_lines,
    last_version,
    why_not_shipped,
)
from app.fulfilment.export_rules import (
    HEADINGS,
    REASON,
    BatchFacts,
    Sheet,
    build_sheet,
    render,
    sha256_of,
    sku_totals,
)
from app.fulfilment.models import Batch, BatchExport
from app.fulfilment.rules import BatchRefusal, BatchStatus


@dataclass(frozen=True)
class ExportReceipt:
    """The version that stands after an export; `new` says whether this export made it."""

    version: int
    sha256: str
    orders: int
    rows: int
    new: bool
    warnings: tuple[str, ...]


def export_batch(work: UnitOfWork, batch_id: uuid.UUID) -> ExportReceipt:
    """Store the export of a batch's paid boxes, unless it is the same as the last version.

    Orders of the last version that will not ship any more stay in the file as cancelled. The
    caller passes the fail points `export.before_commit` and `export.after_commit`.
    """
    batch = _held_batch(work, batch_id)
    last = last_version(work.session, batch_id)
    sheet = build_sheet(_facts(work, batch), exportable_lines(work.session, batch_id), last.rows)
    reach("export.rows_built")
    if not sheet.rows:
        raise Refused(BatchRefusal.EMPTY)
    content = render(sheet.rows)
    if sha256_of(content) == last.sha256:
        return ExportReceipt(
            last.version, last.sha256, last.orders, len(last.rows), False, last.warnings
        )
    return _store(work, batch, last, sheet, content)


def _held_batch(work: UnitOfWork, batch_id: uuid.UUID) -> Batch:
    """Return the batch, held so that two exports of it wait for each other."""
    batch = work.session.scalars(
        select(Batch).where(Batch.id == batch_id).with_for_update(key_share=True)
    ).one_or_none()
    if batch is None:
        raise Refused(BatchRefusal.UNKNOWN)
    if batch.status is not BatchStatus.COMPOSED:
        raise Refused(BatchRefusal.NOT_COMPOSED)
    return batch


def _facts(work: UnitOfWork, batch: Batch) -> BatchFacts:
    return BatchFacts(
        batch.ships_on,
        batch.locks_at.astimezone(work.shop.zone),
        get_currency_precision(work.shop.currency),
    )


def _store(
    work: UnitOfWork, batch: Batch, last: LastVersion, sheet: Sheet, content: bytes
) -> ExportReceipt:
    why = why_not_shipped(work.session, batch.id)
    changes = changes_between(last.rows, sheet.rows, why)
    delta = render(delta_rows(changes), (*HEADINGS, REASON))
    receipt = ExportReceipt(
        last.version + 1, sha256_of(content), sheet.orders, len(sheet.rows), True, sheet.warnings
    )
    work.session.add(
        BatchExport(
            batch_id=batch.id,
            version=receipt.version,
            sha256=receipt.sha256,
            orders=receipt.orders,
            csv=content,
            delta=delta,
            rows=list(sheet.rows),
            manifest={
                **_manifest(batch, sheet, receipt, changes),
                "delta_sha256": sha256_of(delta),
                "previous_sha256": last.sha256,
            },
            warnings=list(sheet.warnings),
            created_at=work.now,
        )
    )
    work.session.flush()
    return receipt


def _manifest(
    batch: Batch, sheet: Sheet, receipt: ExportReceipt, changes: tuple[OrderChange, ...]
) -> dict[str, Any]:
    return {
        "batch_day": batch.ships_on.isoformat(),
        "batch_run": batch.run,
        "version": receipt.version,
        "sha256": receipt.sha256,
        "orders": receipt.orders,
        "rows": receipt.rows,
        "units_by_sku": sku_totals(sheet.rows),
        "delta": delta_summary(changes),
        "warnings": list(sheet.warnings),
    }

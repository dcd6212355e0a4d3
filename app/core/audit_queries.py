"""Reads the story of rows: who changed what, and when, as the database itself wrote it down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.core.records import AuditEntry


@dataclass(frozen=True)
class AuditRow:
    """One change of one row; `change` holds the new row, or `[before, after]` by column."""

    at: datetime
    actor_kind: str
    actor_id: str
    request_id: str
    table: str
    row_id: str
    action: str
    change: dict[str, Any]


def changes_of(
    session: Session, rows: Sequence[tuple[str, str]], limit: int, offset: int = 0
) -> list[AuditRow]:
    """Return what happened to these rows (table, id), the latest first."""
    if not rows:
        return []
    found = session.scalars(
        select(AuditEntry)
        .where(tuple_(AuditEntry.table_name, AuditEntry.row_id).in_(list(rows)))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [_row(entry) for entry in found]


def _row(entry: AuditEntry) -> AuditRow:
    kind, _, actor_id = entry.actor.partition(":")
    return AuditRow(
        entry.at,
        kind,
        actor_id,
        entry.request_id,
        entry.table_name,
        entry.row_id,
        entry.action,
        entry.change,
    )

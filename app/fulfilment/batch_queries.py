"""Reads for the pages about batches: which come next, how they stand, what they take."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from app.catalog.models import Product, Sku, Stock
from app.fulfilment.models import Batch, Box, ComposeRun
from app.fulfilment.queries import BatchRow, batch_of
from app.fulfilment.rules import BatchStatus, BoxStatus
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.rules import SizeKind

LIVE = (BoxStatus.PLANNED, BoxStatus.LOCKED, BoxStatus.HELD, BoxStatus.COMPOSED, BoxStatus.RELEASED)


@dataclass(frozen=True)
class RunRow:
    """How a batch was composed, or would be; `needs` are units by SKU id as text."""

    kind: str
    boxes: int
    held: int
    units: int
    missing: int
    total_cents: int
    value: float
    bound: float
    method: str
    model_version: str
    outcome_sha: str
    created_at: datetime
    needs: dict[str, int]

    @property
    def gap(self) -> float:
        """How far the composition may be from the best possible one: 0.01 is one hundredth."""
        return max(0.0, (self.bound - self.value) / (abs(self.bound) or 1.0))


@dataclass(frozen=True)
class NeedRow:
    """Units of one SKU that a batch takes, and how many are free on the shelf now."""

    sku_id: uuid.UUID
    code: str
    name: dict[str, str]
    grams: int
    units: int
    free: int

    @property
    def used_up(self) -> bool:
        """Whether nothing is left of it after this batch."""
        return self.units >= self.free


@dataclass(frozen=True)
class HeldBatch:
    """A batch with boxes that could not be filled."""

    batch_id: uuid.UUID
    ships_on: date
    boxes: int


def batches_ahead(session: Session, today: date, limit: int, offset: int = 0) -> list[BatchRow]:
    """Return the batches that ship today or later, the nearest first."""
    query = select(Batch).where(Batch.ships_on >= today).order_by(Batch.ships_on, Batch.run)
    return _rows(session, query.limit(limit).offset(offset))


def batches_before(session: Session, today: date, limit: int, offset: int = 0) -> list[BatchRow]:
    """Return the batches that have shipped, the latest first."""
    query = (
        select(Batch)
        .where(Batch.ships_on < today)
        .order_by(Batch.ships_on.desc(), Batch.run.desc())
    )
    return _rows(session, query.limit(limit).offset(offset))


def next_batches(session: Session, now: datetime, limit: int = 3) -> list[BatchRow]:
    """Return the batches with boxes that lock next."""
    query = (
        select(Batch)
        .where(
            Batch.status == BatchStatus.PLANNED,
            Batch.locks_at > now,
            select(Box.id).where(Box.batch_id == Batch.id, Box.status.in_(LIVE)).exists(),
        )
        .order_by(Batch.locks_at, Batch.ships_on)
    )
    return _rows(session, query.limit(limit))


def late_batches(session: Session, before: datetime, limit: int = 5) -> list[BatchRow]:
    """Return batches with boxes that should have been composed before a moment."""
    query = (
        select(Batch)
        .where(
            Batch.status != BatchStatus.COMPOSED,
            Batch.locks_at < before,
            select(Box.id).where(Box.batch_id == Batch.id, Box.status.in_(LIVE)).exists(),
        )
        .order_by(Batch.locks_at)
    )
    return _rows(session, query.limit(limit))


def held_batches(session: Session, limit: int = 5) -> list[HeldBatch]:
    """Return the batches that have held boxes, the latest first."""
    rows = session.execute(
        select(Batch.id, Batch.ships_on, func.count())
        .join(Box, Box.batch_id == Batch.id)
        .where(Box.status == BoxStatus.HELD)
        .group_by(Batch.id)
        .order_by(Batch.ships_on.desc())
        .limit(limit)
    )
    return [HeldBatch(*row) for row in rows]


def last_run(session: Session, batch_id: uuid.UUID, kind: str) -> RunRow | None:
    """Return how a batch was composed last, for `real` or for `dry`."""
    columns = [getattr(ComposeRun, name) for name in RunRow.__dataclass_fields__]
    row = session.execute(
        select(*columns)
        .where(ComposeRun.batch_id == batch_id, ComposeRun.kind == kind)
        .order_by(ComposeRun.created_at.desc(), ComposeRun.id)
        .limit(1)
    ).first()
    return RunRow(*row) if row else None


def needs_of(session: Session, run: RunRow) -> list[NeedRow]:
    """Return what a run takes of each SKU against what is free now, the scarcest first."""
    ids = [uuid.UUID(each) for each in run.needs]
    rows = session.execute(
        select(Sku.id, Sku.code, Product.name, Sku.grams, Stock.on_hand)
        .join(Product, Product.id == Sku.product_id)
        .join(Stock, Stock.sku_id == Sku.id)
        .where(Sku.id.in_(ids))
    )
    found = [NeedRow(*row[:4], units=run.needs[str(row[0])], free=row[4]) for row in rows]
    return sorted(found, key=lambda row: (row.free - row.units, row.code))


def units_wanted(session: Session, batch_id: uuid.UUID) -> int:
    """Return how many units the open boxes of a batch have room for."""
    slots: ColumnElement[Any] = case(
        (Plan.size_kind == SizeKind.UNITS, Subscription.size),
        else_=Subscription.size / Plan.portion_grams,
    )
    total = session.scalar(
        select(func.coalesce(func.sum(slots), 0))
        .select_from(Box)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .where(Box.batch_id == batch_id, Box.status.in_([BoxStatus.PLANNED, BoxStatus.LOCKED]))
    )
    return int(total or 0)


def units_taken_since(session: Session, since: datetime) -> dict[uuid.UUID, int]:
    """Return the units of each SKU that batches composed since then took."""
    found: dict[uuid.UUID, int] = {}
    runs = select(ComposeRun.needs).where(ComposeRun.kind == "real", ComposeRun.created_at >= since)
    for needs in session.scalars(runs):
        for key, units in needs.items():
            sku_id = uuid.UUID(key)
            found[sku_id] = found.get(sku_id, 0) + units
    return found


def batch_page(session: Session, batch_id: uuid.UUID) -> BatchRow:
    """Return one batch with counts of its boxes; refuse an unknown one."""
    return _counted(session, [batch_of(session, batch_id)])[0]


def _rows(session: Session, query: Select[Any]) -> list[BatchRow]:
    return _counted(session, session.scalars(query).all())


def _counted(session: Session, found: Sequence[Batch]) -> list[BatchRow]:
    counts: dict[uuid.UUID, dict[str, int]] = {batch.id: {} for batch in found}
    for batch_id, status, count in session.execute(
        select(Box.batch_id, Box.status, func.count())
        .where(Box.batch_id.in_(list(counts)))
        .group_by(Box.batch_id, Box.status)
    ):
        counts[batch_id][status.value] = count
    return [
        BatchRow(
            batch.id,
            batch.ships_on,
            batch.run,
            batch.cutoff_at,
            batch.locks_at,
            batch.status.value,
            counts[batch.id],
        )
        for batch in found
    ]

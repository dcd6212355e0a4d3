"""Payouts beside the diary: each line of the provider's with the entry that it stands for."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from app.core.clock import instant_of
from app.finance.models import Entry, Payout, PayoutLine
from app.finance.period_rules import months_after


@dataclass(frozen=True)
class PayoutRow:
    """One payout: what it is, what its lines come to, and how many of them match nothing here."""

    id: uuid.UUID
    provider_id: str
    amount_cents: int
    currency: str
    status: str
    made_at: datetime
    arrives_on: date
    reconciled_at: datetime | None
    lines: int
    net_cents: int
    unmatched: int

    @property
    def adds_up(self) -> bool:
        return self.net_cents == self.amount_cents


@dataclass(frozen=True)
class LineRow:
    """One movement of the provider's balance; `entry` is the number of our entry, None if none."""

    id: str
    payout_id: uuid.UUID
    payout: str
    currency: str
    category: str
    gross_cents: int
    fee_cents: int
    net_cents: int
    source_id: str
    moved_at: datetime
    entry: int | None
    entry_day: date | None
    invoice_id: uuid.UUID | None


def payouts_of(session: Session, month: date, zone: ZoneInfo) -> tuple[PayoutRow, ...]:
    """Return the payouts of a month, those that do not fit first, then the newest."""
    lines = (
        select(
            PayoutLine.payout_id,
            func.count().label("lines"),
            func.sum(PayoutLine.net_cents).label("net"),
            func.count().filter(PayoutLine.entry_id.is_(None)).label("unmatched"),
        )
        .group_by(PayoutLine.payout_id)
        .where(PayoutLine.payout_id == Payout.id)
        .lateral("told")
    )
    unmatched = func.coalesce(lines.c.unmatched, 0)
    rows = session.execute(
        select(
            Payout.id,
            Payout.provider_id,
            Payout.amount_cents,
            Payout.currency,
            Payout.status,
            Payout.made_at,
            Payout.arrives_on,
            Payout.reconciled_at,
            func.coalesce(lines.c.lines, 0),
            func.coalesce(lines.c.net, 0),
            unmatched,
        )
        .outerjoin(lines, lines.c.payout_id == Payout.id)
        .where(
            Payout.made_at >= instant_of(month, time(0), zone),
            Payout.made_at < instant_of(months_after(month, 1), time(0), zone),
        )
        .order_by(
            (unmatched > 0).desc(), Payout.reconciled_at.is_(None).desc(), Payout.made_at.desc()
        )
    )
    return tuple(_shown(row) for row in rows)


def unmatched_lines(session: Session, limit: int = 200) -> tuple[LineRow, ...]:
    """Return the movements, of whatever month, that stand for nothing in the diary."""
    query = _lines().where(PayoutLine.entry_id.is_(None))
    rows = session.execute(query.order_by(PayoutLine.moved_at, PayoutLine.id).limit(limit))
    return tuple(LineRow(*row) for row in rows)


def unmatched_count(session: Session) -> int:
    """Count the movements that stand for nothing in the diary."""
    query = select(func.count()).where(PayoutLine.entry_id.is_(None))
    return session.scalar(query) or 0


def payout_lines(session: Session, payout_id: uuid.UUID) -> tuple[LineRow, ...]:
    """Return the movements of one payout, the unmatched first."""
    query = _lines().where(PayoutLine.payout_id == payout_id)
    order = (PayoutLine.entry_id.is_(None).desc(), PayoutLine.moved_at, PayoutLine.id)
    return tuple(LineRow(*row) for row in session.execute(query.order_by(*order)))


def payout_named(session: Session, payout_id: uuid.UUID, zone: ZoneInfo) -> PayoutRow | None:
    """Return one payout."""
    made = session.scalar(select(Payout.made_at).where(Payout.id == payout_id))
    if made is None:
        return None
    month = made.astimezone(zone).date().replace(day=1)
    return next(row for row in payouts_of(session, month, zone) if row.id == payout_id)


def _shown(row: Row[*tuple[Any, ...]]) -> PayoutRow:
    told: tuple[Any, ...] = tuple(row)
    return PayoutRow(*[*told[:4], told[4].value, *told[5:9], int(told[9]), told[10]])


def _lines() -> Select[*tuple[Any, ...]]:
    return (
        select(
            PayoutLine.id,
            PayoutLine.payout_id,
            Payout.provider_id,
            Payout.currency,
            PayoutLine.category,
            PayoutLine.gross_cents,
            PayoutLine.fee_cents,
            PayoutLine.net_cents,
            PayoutLine.source_id,
            PayoutLine.moved_at,
            Entry.number,
            Entry.effective_on,
            Entry.invoice_id,
        )
        .join(Payout, Payout.id == PayoutLine.payout_id)
        .outerjoin(Entry, Entry.id == PayoutLine.entry_id)
    )

"""What pages and the command line read of the diary, of events and of proofs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.core.refusals import Refused
from app.finance.dispute_rules import EventRefusal
from app.finance.models import BookCheck, Entry, Posting, ProviderEvent
from app.finance.rules import EventStatus, Ledger


@dataclass(frozen=True)
class EventRow:
    """One event of the provider; times are of the shop."""

    id: str
    type: str
    object_id: str
    status: EventStatus
    attempts: int
    last_error: str | None
    received_at: datetime
    done_at: datetime | None


@dataclass(frozen=True)
class AccountRow:
    """One account's sums in one currency, in cents; the balance is debits minus credits."""

    account: Ledger
    currency: str
    debit_cents: int
    credit_cents: int

    @property
    def balance_cents(self) -> int:
        return self.debit_cents - self.credit_cents


@dataclass(frozen=True)
class CheckRow:
    """One proof of the books."""

    checked_at: datetime
    violations: tuple[dict[str, str], ...]
    counts: dict[str, int]


def list_events(
    session: Session,
    status: EventStatus | None = None,
    type_: str | None = None,
    limit: int = 100,
) -> tuple[EventRow, ...]:
    """Return the newest events, of one status or type if asked."""
    event = ProviderEvent
    query = select(
        event.id,
        event.type,
        event.object_id,
        event.status,
        event.attempts,
        event.last_error,
        event.received_at,
        event.done_at,
    )
    if status is not None:
        query = query.where(event.status == status)
    if type_ is not None:
        query = query.where(event.type == type_)
    rows = session.execute(query.order_by(event.received_at.desc(), event.id).limit(limit))
    return tuple(EventRow(*row) for row in rows)


def event_payload(session: Session, event_id: str) -> tuple[EventRow, bytes]:
    """Return one event and its bytes as they came."""
    event = session.get(ProviderEvent, event_id)
    if event is None:
        raise Refused(EventRefusal.UNKNOWN)
    row = EventRow(
        event.id,
        event.type,
        event.object_id,
        event.status,
        event.attempts,
        event.last_error,
        event.received_at,
        event.done_at,
    )
    return row, event.payload


def known_events(session: Session, ids: Sequence[str]) -> set[str]:
    """Return those of some events that are stored here already."""
    return set(session.scalars(select(ProviderEvent.id).where(ProviderEvent.id.in_(ids))))


def event_counts(session: Session) -> dict[str, int]:
    """Count events by status."""
    rows = session.execute(
        select(ProviderEvent.status, func.count()).group_by(ProviderEvent.status)
    )
    return {row[0].value: row[1] for row in rows}


def trial_balance(session: Session) -> tuple[AccountRow, ...]:
    """Return every account that was written to, by number."""
    cents = Posting.amount_cents
    rows = session.execute(
        select(
            Posting.account,
            Entry.currency,
            func.sum(case((cents > 0, cents), else_=0)),
            func.sum(case((cents < 0, -cents), else_=0)),
        )
        .join(Entry, Entry.id == Posting.entry_id)
        .group_by(Posting.account, Entry.currency)
        .order_by(Posting.account, Entry.currency)
    )
    return tuple(AccountRow(row[0], row[1], int(row[2]), int(row[3])) for row in rows)


def last_check(session: Session) -> CheckRow | None:
    """Return the newest proof of the books."""
    row = session.scalars(select(BookCheck).order_by(BookCheck.id.desc()).limit(1)).first()
    if row is None:
        return None
    return CheckRow(row.checked_at, tuple(row.violations), dict(row.counts))

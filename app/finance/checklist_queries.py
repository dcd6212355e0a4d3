"""What must hold before a month of the books closes, worked out from the books themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.billing.models import Attempt, Refund
from app.billing.rules import AttemptStatus, RefundStatus
from app.core.clock import instant_of
from app.finance.balance_queries import month_accounts
from app.finance.dispute_rules import PayoutStatus
from app.finance.models import Payout, ProviderEvent
from app.finance.period_queries import next_to_close
from app.finance.period_rules import Check, Point, months_after, written
from app.finance.queries import last_check
from app.finance.rules import EventStatus, Ledger

# What waits for the subscriber's confirmation has moved nothing yet, and what the provider has
# taken on to give back is dated when it does.
UNKNOWN = (AttemptStatus.BEGUN, AttemptStatus.PROCESSING)
SENT_BACK = (PayoutStatus.FAILED, PayoutStatus.CANCELED)
# What is paid and had not shipped when the month ended, by what invoices and boxes say; what was
# given back, disputed or set against credit comes from the diary; what credit paid for was sold
# like anything else. `:ends` is an instant.
UNSHIPPED = text("""
WITH waiting AS (
  SELECT i.id, i.currency, i.net_cents FROM invoice i JOIN box b ON b.invoice_id = i.id
  WHERE i.paid_at < :ends AND (b.shipped_at IS NULL OR b.shipped_at >= :ends))
SELECT coalesce((SELECT sum(net_cents) FROM waiting), 0)
  - coalesce((SELECT sum(p.amount_cents) FROM waiting w
      JOIN entry e ON e.invoice_id = w.id AND e.source NOT IN ('payment', 'shipment')
        AND e.effective_on < :until
      JOIN posting p ON p.entry_id = e.id AND p.account = '2000'
      WHERE e.source <> 'credit' OR p.amount_cents > 0), 0)""")


@dataclass(frozen=True)
class Asked:
    """The month that is asked about; `ends` is the instant at which the next one begins."""

    session: Session
    month: date
    ends: datetime
    now: datetime


def checklist(session: Session, month: date, now: datetime, zone: ZoneInfo) -> tuple[Point, ...]:
    """Return every point of a month's checklist, as it stands."""
    asked = Asked(session, month, instant_of(months_after(month, 1), time(0), zone), now)
    return tuple(Point(check, *look(asked)) for check, look in LOOKS.items())


Answer = tuple[bool, int, str]


def _over(asked: Asked) -> Answer:
    return asked.now >= asked.ends, 0, ""


def _in_turn(asked: Asked) -> Answer:
    turn = next_to_close(asked.session)
    return turn in (None, asked.month), 0, written(turn) if turn else ""


def _books(asked: Asked) -> Answer:
    """The newest proof was made after the month ended and found nothing."""
    check = last_check(asked.session)
    if check is None or check.checked_at < asked.ends:
        return False, 0, ""
    first = check.violations[0] if check.violations else None
    detail = f"{first['subject']}: {first['sentence']}" if first else ""
    return not check.violations, len(check.violations), detail


def _attempts(asked: Asked) -> Answer:
    open_ones = asked.session.execute(
        select(func.count(), func.min(Attempt.idempotency_key)).where(
            Attempt.status.in_(UNKNOWN), Attempt.begun_at < asked.ends
        )
    ).one()
    return not open_ones[0], open_ones[0], open_ones[1] or ""


def _refunds(asked: Asked) -> Answer:
    count = asked.session.scalar(
        select(func.count()).where(Refund.status == RefundStatus.DUE, Refund.asked_at < asked.ends)
    )
    return not count, count or 0, ""


def _payouts(asked: Asked) -> Answer:
    row = asked.session.execute(
        select(func.count(), func.min(Payout.provider_id)).where(
            Payout.reconciled_at.is_(None),
            Payout.status.not_in(SENT_BACK),
            Payout.made_at < asked.ends,
        )
    ).one()
    return not row[0], row[0], row[1] or ""


def _events(asked: Asked) -> Answer:
    unsettled = (EventStatus.DEAD, EventStatus.WAITING)
    row = asked.session.execute(
        select(func.count(), func.min(ProviderEvent.id)).where(
            ProviderEvent.status.in_(unsettled), ProviderEvent.received_at < asked.ends
        )
    ).one()
    return not row[0], row[0], row[1] or ""


def _deferred(asked: Asked) -> Answer:
    """Count the cents by which account 2000 differs from what is paid and not shipped."""
    until = months_after(asked.month, 1)
    owed = asked.session.execute(UNSHIPPED, {"ends": asked.ends, "until": until}).scalar_one()
    held = sum(
        -row.closing_cents
        for row in month_accounts(asked.session, asked.month)
        if row.account is Ledger.DEFERRED
    )
    return held == owed, abs(held - int(owed)), ""


LOOKS: dict[Check, Callable[[Asked], Answer]] = {
    Check.OVER: _over,
    Check.IN_TURN: _in_turn,
    Check.BOOKS: _books,
    Check.ATTEMPTS: _attempts,
    Check.REFUNDS: _refunds,
    Check.PAYOUTS: _payouts,
    Check.EVENTS: _events,
    Check.DEFERRED: _deferred,
}

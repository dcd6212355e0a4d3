"""What accounts moved month by month: closed months as they were kept, open ones from entries.

Nothing here reads an entry of a closed month, so that a page costs the same after ten years.
"""

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, Subquery, case, cast, func, select, union_all
from sqlalchemy.orm import Session

from app.finance.models import Entry, LedgerMonth, Posting
from app.finance.period_queries import first_open_day
from app.finance.period_rules import months_after
from app.finance.rules import Ledger


@dataclass(frozen=True)
class AccountMonth:
    """One account in one month and currency, in cents; balances are debits minus credits."""

    account: Ledger
    currency: str
    opening_cents: int
    debit_cents: int
    credit_cents: int

    @property
    def closing_cents(self) -> int:
        return self.opening_cents + self.debit_cents - self.credit_cents


@dataclass(frozen=True)
class Move:
    """What one cause moved on an account in a month, for a plan and a month of billing."""

    month: date
    account: Ledger
    currency: str
    source: str
    plan_id: uuid.UUID | None
    billed_month: date
    debit_cents: int
    credit_cents: int

    @property
    def cents(self) -> int:
        """Debits minus credits."""
        return self.debit_cents - self.credit_cents


def movements(session: Session, until: date) -> Subquery:
    """Return what all months up to `until` moved, as rows to be summed further."""
    month = cast(func.date_trunc("month", Entry.effective_on), Date).label("month")
    cents = Posting.amount_cents
    keys = (Posting.account, Entry.currency, Entry.source, Entry.plan_id, Entry.billed_month)
    kept = LedgerMonth
    closed = select(
        kept.month,
        kept.account,
        kept.currency,
        kept.source,
        kept.plan_id,
        kept.billed_month,
        kept.debit_cents,
        kept.credit_cents,
    ).where(kept.month <= until)
    still_open = (
        select(
            month,
            *keys,
            func.sum(case((cents > 0, cents), else_=0)).label("debit_cents"),
            func.sum(case((cents < 0, -cents), else_=0)).label("credit_cents"),
        )
        .join(Posting, Posting.entry_id == Entry.id)
        .where(
            Entry.effective_on >= first_open_day(session),
            Entry.effective_on < months_after(until, 1),
        )
        .group_by(month, *keys)
    )
    return union_all(closed, still_open).subquery("moved")


def month_accounts(session: Session, month: date) -> tuple[AccountMonth, ...]:
    """Return every account that was written to until the end of a month, by number."""
    moved = movements(session, month)
    debit, credit = moved.c.debit_cents, moved.c.credit_cents
    here = moved.c.month == month
    rows = session.execute(
        select(
            moved.c.account,
            moved.c.currency,
            func.coalesce(func.sum(debit - credit).filter(~here), 0),
            func.coalesce(func.sum(debit).filter(here), 0),
            func.coalesce(func.sum(credit).filter(here), 0),
        )
        .group_by(moved.c.account, moved.c.currency)
        .order_by(moved.c.account, moved.c.currency)
    )
    return tuple(
        AccountMonth(row[0], row[1], int(row[2]), int(row[3]), int(row[4])) for row in rows
    )


def moves_of(
    session: Session, first: date, last: date, accounts: tuple[Ledger, ...]
) -> tuple[Move, ...]:
    """Return what moved on some accounts from one month to another, both included."""
    moved = movements(session, last)
    rows = session.execute(
        select(moved)
        .where(moved.c.month >= first, moved.c.account.in_(accounts))
        .order_by(moved.c.month, moved.c.account, moved.c.source)
    )
    return tuple(
        Move(row[0], row[1], row[2], row[3], row[4], row[5], int(row[6]), int(row[7]))
        for row in rows
    )


def balances_before(
    session: Session, month: date, accounts: tuple[Ledger, ...]
) -> dict[tuple[Ledger, str, uuid.UUID | None], int]:
    """Return what some accounts hold when a month begins, by account, currency and plan."""
    moved = movements(session, months_after(month, -1))
    rows = session.execute(
        select(
            moved.c.account,
            moved.c.currency,
            moved.c.plan_id,
            func.sum(moved.c.debit_cents - moved.c.credit_cents),
        )
        .where(moved.c.account.in_(accounts))
        .group_by(moved.c.account, moved.c.currency, moved.c.plan_id)
    )
    return {(row[0], row[1], row[2]): int(row[3]) for row in rows}

"""What is owed as boxes, by month and plan, and in which month what was billed has been earned."""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.finance.balance_queries import balances_before, movements, moves_of
from app.finance.deferred_rules import Owed, Part, RollRow, part_of, roll, summed
from app.finance.period_rules import months_after, months_between
from app.finance.rules import Ledger
from app.subscriptions.models import Plan

LIABILITIES = (Ledger.DEFERRED, Ledger.PREPAID)
MONTHS = 12


@dataclass(frozen=True)
class RollForward:
    """A month by plan, its sum, and the months before it. `ledger_cents` is what accounts say."""

    month: date
    currency: str
    plans: tuple[RollRow, ...]
    total: RollRow
    months: tuple[RollRow, ...]
    ledger_cents: int
    names: dict[uuid.UUID, dict[str, str]]

    @property
    def ties(self) -> bool:
        return self.total.closing_cents == self.ledger_cents


@dataclass(frozen=True)
class Waterfall:
    """What was earned in each month, by the month of billing, and what is left of each, in cents.

    `earned[billed][shipped]`; months without anything are left out of a row.
    """

    months: tuple[date, ...]
    earned: dict[date, dict[date, int]]
    left: dict[date, int]


def roll_forward(session: Session, month: date, currency: str) -> RollForward:
    """Return how what is owed as boxes moved in a month and in the eleven before it."""
    first = months_after(month, 1 - MONTHS)
    before: dict[tuple[uuid.UUID | None, str], int] = defaultdict(int)
    for (_, code, plan_id), cents in balances_before(session, first, LIABILITIES).items():
        if code == currency:
            before[plan_id, code] -= cents
    moves = [
        Owed(move.month, move.plan_id, move.currency, move.source, cents)
        for move in moves_of(session, first, month, LIABILITIES)
        for cents in (move.credit_cents, -move.debit_cents)
        if move.currency == currency and cents
    ]
    months: list[RollRow] = []
    rows: tuple[RollRow, ...] = ()
    for each in months_between(first, month):
        rows = roll(each, before, [move for move in moves if move.month == each])
        before = {(row.plan_id, row.currency): row.closing_cents for row in rows}
        months.append(summed(each, currency, rows))
    return RollForward(
        month,
        currency,
        rows,
        summed(month, currency, rows),
        tuple(months),
        _ledger(session, month, currency),
        plan_names(session),
    )


def waterfall(session: Session, month: date, currency: str) -> Waterfall:
    """Return what was earned in a month and the eleven before, by the month of billing."""
    first = months_after(month, 1 - MONTHS)
    earned: dict[date, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for move in moves_of(session, first, month, LIABILITIES):
        if move.currency == currency and part_of(move.source, -move.cents) is Part.EARNED:
            earned[move.billed_month][move.month] += move.cents
    left = _left(session, month, currency)
    for billed in left:
        earned.setdefault(billed, defaultdict(int))
    return Waterfall(
        tuple(months_between(first, month)),
        {billed: dict(row) for billed, row in sorted(earned.items())},
        left,
    )


def plan_names(session: Session) -> dict[uuid.UUID, dict[str, str]]:
    """Return what plans are called."""
    return {row[0]: row[1] for row in session.execute(select(Plan.id, Plan.name))}


def _left(session: Session, month: date, currency: str) -> dict[date, int]:
    moved = movements(session, month)
    rows = session.execute(
        select(moved.c.billed_month, func.sum(moved.c.credit_cents - moved.c.debit_cents))
        .where(moved.c.account.in_(LIABILITIES), moved.c.currency == currency)
        .group_by(moved.c.billed_month)
    )
    return {row[0]: int(row[1]) for row in rows if row[1]}


def _ledger(session: Session, month: date, currency: str) -> int:
    """Return what the accounts hold at a month's end, asked apart from any cause or plan."""
    moved = movements(session, month)
    held = session.scalar(
        select(func.sum(moved.c.credit_cents) - func.sum(moved.c.debit_cents)).where(
            moved.c.account.in_(LIABILITIES), moved.c.currency == currency
        )
    )
    return int(held or 0)

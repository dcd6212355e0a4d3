"""The tables of finance's pages as files: the same rows, with headings that never change."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from app.core.clock import local_day
from app.core.money import Money
from app.finance.account_rules import NAMES
from app.finance.balance_queries import AccountMonth
from app.finance.deferred_queries import RollForward, Waterfall
from app.finance.deferred_rules import Part, RollRow
from app.finance.payout_queries import LineRow, PayoutRow
from app.finance.period_rules import written
from app.finance.recurring_rules import MoveKind, RecurringOverview
from app.finance.register_queries import Register
from app.finance.sheet_file import Cell, Sheet
from app.finance.tax_queries import TaxMonth
from app.finance.unpaid_queries import AgeRow
from app.finance.unpaid_rules import Funnel

Rows = Iterable[tuple[Cell, ...]]


def accounts_sheet(rows: Iterable[AccountMonth]) -> Sheet:
    """Return the accounts of a month."""
    headings = ("account", "account_name", "currency", "opening", "debit", "credit", "closing")
    return Sheet("Accounts", headings, (_account(row) for row in rows))


def _account(row: AccountMonth) -> tuple[Cell, ...]:
    cents = (row.opening_cents, row.debit_cents, row.credit_cents, row.closing_cents)
    money = tuple(Money(each, row.currency) for each in cents)
    return (row.account.value, NAMES[row.account], row.currency, *money)


def deferred_sheet(forward: RollForward) -> Sheet:
    """Return the roll-forward: each plan of the month, then the months as a whole."""
    headings = ("month", "plan", "currency", "opening", *Part, "closing")
    rows = [_rolled(row, _plan(forward, row)) for row in forward.plans]
    rows += [_rolled(row, "all plans") for row in forward.months]
    return Sheet("Deferred revenue", tuple(map(str, headings)), rows)


def _plan(forward: RollForward, row: RollRow) -> str:
    names = forward.names.get(row.plan_id, {}) if row.plan_id else {}
    return names.get("en") or next(iter(names.values()), "no plan")


def _rolled(row: RollRow, plan: str) -> tuple[Cell, ...]:
    cents = (row.opening_cents, *(row.parts[part] for part in Part), row.closing_cents)
    money = tuple(Money(each, row.currency) for each in cents)
    return (written(row.month), plan, row.currency, *money)


def waterfall_sheet(fall: Waterfall, currency: str) -> Sheet:
    """Return what was earned by month of billing (rows) and of shipping (columns)."""
    headings = ("billed", *(written(month) for month in fall.months), "left")
    rows: Rows = (
        (
            written(billed),
            *(Money(row.get(month, 0), currency) for month in fall.months),
            Money(fall.left.get(billed, 0), currency),
        )
        for billed, row in fall.earned.items()
    )
    return Sheet("Waterfall", headings, rows)


def recurring_sheet(months: Iterable[RecurringOverview], currency: str) -> Sheet:
    """Return how recurring revenue moved, a row a month."""
    kinds = tuple(kind for kind in MoveKind if kind is not MoveKind.PAUSED)
    headings = ("month", "opening", *map(str, kinds), "closing", "paused", "without_paused")
    rows: Rows = (
        (
            written(row.month),
            Money(row.opening_cents, currency),
            *(Money(row.moves[kind].cents, currency) for kind in kinds),
            Money(row.closing_cents, currency),
            Money(row.paused_cents, currency),
            Money(row.running_cents, currency),
            row.closing_subscribers,
        )
        for row in months
    )
    return Sheet("Recurring revenue", (*headings, "subscribers"), rows)


def tax_sheet(found: TaxMonth) -> Sheet:
    """Return tax by place and rate; the rate is in per cent."""
    headings = ("country", "region", "rate", "currency", "sold", "tax", "back", "tax_back", "owed")
    rows: Rows = (
        (
            row.country,
            row.region,
            "" if row.rate_bp is None else f"{row.rate_bp / 100:g}",
            row.currency,
            *(
                Money(cents, row.currency)
                for cents in (
                    row.sold_cents,
                    row.taxed_cents,
                    row.back_cents,
                    row.tax_back_cents,
                    row.owed_cents,
                )
            ),
        )
        for row in found.rows
    )
    return Sheet("Tax", headings, rows)


def register_sheet(found: Register, zone: ZoneInfo) -> Sheet:
    """Return refunds and disputes, one row each."""
    headings = ("kind", "began", "ended", "invoice", "name", "amount", "currency", "reason")
    rows: Rows = (
        (
            kind,
            local_day(row.began_at, zone),
            local_day(row.ended_at, zone) if row.ended_at else None,
            row.invoice_number,
            row.name or row.email,
            Money(row.amount_cents, row.currency),
            row.currency,
            row.reason,
            row.status,
            row.provider_id,
        )
        for kind, listed in (("refund", found.refunds), ("dispute", found.disputes))
        for row in listed
    )
    return Sheet("Refunds and disputes", (*headings, "status", "stripe_id"), rows)


def ageing_sheet(rows: Iterable[AgeRow]) -> Sheet:
    """Return what is owed by age in days."""
    headings = ("from_day", "to_day", "currency", "invoices", "owed")
    told: Rows = (
        (
            row.low,
            row.high - 1 if row.high else None,
            row.currency,
            row.invoices,
            Money(row.cents, row.currency),
        )
        for row in rows
    )
    return Sheet("Ageing", headings, told)


def funnel_sheet(found: Funnel, currency: str) -> Sheet:
    """Return the dunning funnel, a row a try."""
    headings = ("try", "reached", "recovered", "recovered_amount", "lost", "open")
    rows: Rows = (
        (
            step.number,
            step.reached,
            step.recovered,
            Money(step.recovered_cents, currency),
            step.lost,
            step.open,
        )
        for step in found.steps
    )
    return Sheet("Dunning", headings, rows)


def payouts_sheet(rows: Iterable[PayoutRow], zone: ZoneInfo) -> Sheet:
    """Return the payouts of a month."""
    headings = ("payout", "made", "arrives", "amount", "lines_net", "lines", "unmatched", "status")
    told: Rows = (
        (
            row.provider_id,
            local_day(row.made_at, zone),
            row.arrives_on,
            Money(row.amount_cents, row.currency),
            Money(row.net_cents, row.currency),
            row.lines,
            row.unmatched,
            row.status,
        )
        for row in rows
    )
    return Sheet("Payouts", headings, told)


def payout_lines_sheet(rows: Iterable[LineRow], zone: ZoneInfo) -> Sheet:
    """Return the movements of a payout with the entry of each."""
    headings = ("transaction", "payout", "category", "gross", "fee", "net", "source", "moved")
    told: Rows = (
        (
            row.id,
            row.payout,
            row.category,
            *(Money(cents, row.currency) for cents in (row.gross_cents, row.fee_cents)),
            Money(row.net_cents, row.currency),
            row.source_id,
            local_day(row.moved_at, zone),
            row.entry,
        )
        for row in rows
    )
    return Sheet("Payout lines", (*headings, "entry"), told)

"""The journal as a table for other programs: one line a side, with the accounts' names there."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.money import Money
from app.finance.account_rules import NAMES, Code, Codes, Program
from app.finance.journal_queries import JournalLine, Sought, journal
from app.finance.models import AccountCode
from app.finance.sheet_file import Cell, Sheet

HEADINGS = (
    "date",
    "entry",
    "cause",
    "account",
    "account_name",
    "debit",
    "credit",
    "currency",
    "memo",
    "order",
    "customer",
    "stripe_id",
)


def account_codes(session: Session, program: Program) -> Codes:
    """Return what accounts are called in a program."""
    rows = session.scalars(select(AccountCode).where(AccountCode.program == program.value))
    return {row.account: Code(row.code, row.name) for row in rows}


def journal_sheet(session: Session, sought: Sought, program: Program | None = None) -> Sheet:
    """Return the journal of some months; `program` adds its codes and names of accounts."""
    codes = account_codes(session, program) if program else {}
    more = (f"{program.value}_code", f"{program.value}_name") if program else ()
    return Sheet("Journal", HEADINGS + more, _rows(session, sought, codes, bool(program)))


def _rows(
    session: Session, sought: Sought, codes: Codes, coded: bool
) -> Iterator[tuple[Cell, ...]]:
    for line in journal(session, sought):
        code = codes.get(line.account, Code())
        yield _cells(line) + ((code.code, code.name) if coded else ())


def _cells(line: JournalLine) -> tuple[Cell, ...]:
    return (
        line.day,
        line.entry,
        line.source,
        line.account.value,
        NAMES[line.account],
        Money(line.debit_cents, line.currency) if line.debit_cents else None,
        Money(line.credit_cents, line.currency) if line.credit_cents else None,
        line.currency,
        line.memo,
        line.order,
        line.customer,
        line.provider_id,
    )

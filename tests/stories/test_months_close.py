"""A month of a real shop closes: what is owed as boxes is what is paid and has not shipped."""

from datetime import UTC, date, datetime
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import select

from app.billing.models import Invoice
from app.billing.services.ask_refund import ask_refund
from app.core.refusals import Refused
from app.finance.balance_queries import month_accounts
from app.finance.checklist_queries import checklist
from app.finance.deferred_queries import roll_forward
from app.finance.journal_queries import Sought
from app.finance.journal_sheet import journal_sheet
from app.finance.period_rules import Check
from app.finance.recurring_queries import recurring_months
from app.finance.rules import Ledger
from app.finance.services.close_month import close_month
from app.finance.sheet_file import FileKind, write_sheet
from app.finance.tax_queries import tax_of
from tests.cast import WEEKLY
from tests.stories.ahead import ship_released
from tests.stories.shop import EMPTY

MARCH, APRIL = date(2027, 3, 1), date(2027, 4, 1)


def at(month: int, day: int) -> datetime:
    return datetime(2027, month, day, 15, tzinfo=UTC)


def test_a_month_closes_and_its_figures_agree(open_shop):
    shop = open_shop(datetime(2027, 3, 10, 15, 0, tzinfo=UTC), tax_bp=625)
    shop.stock()
    plan = shop.plan(WEEKLY)
    for name, card in (("Ada", "4242424242424242"), ("Cleo", "4242424242424242"), ("Dev", EMPTY)):
        shop.subscribe(name, plan, card=card)
    for day in (17, 24):
        shop.advance(at(3, day))
        ship_released(shop)
    with shop.tools.units(shop.actor) as work:
        given = work.session.scalars(select(Invoice).where(Invoice.status == "paid")).first()
        ask_refund(work, given.id, 500, "late", "late-1")
    shop.advance(at(4, 3))
    assert shop.check() == ()
    with shop.tools.units(shop.actor) as work:
        points = checklist(work.session, MARCH, work.now, work.shop.zone)
        assert [point for point in points if not point.holds] == []
        closed = close_month(work, MARCH)
    assert closed.entries > 10
    agree(shop, MARCH)
    with shop.tools.units(shop.actor) as work:
        points = checklist(work.session, APRIL, work.now, work.shop.zone)
        assert {point.check for point in points if not point.holds} == {Check.OVER, Check.BOOKS}
        with pytest.raises(Refused):
            close_month(work, APRIL)


def agree(shop, month: date) -> None:
    """Hold every report of a month against the ledger."""
    with shop.tools.units(shop.actor) as work:
        session, zone = work.session, work.shop.zone
        accounts = {row.account: row for row in month_accounts(session, month)}
        forward, tax = roll_forward(session, month, "USD"), tax_of(session, month)
        months = recurring_months(session, month, zone)
        file = BytesIO()
        write_sheet(journal_sheet(session, Sought(month, month)), FileKind.XLSX, file)
    assert forward.ties and forward.total.closing_cents == -accounts[Ledger.DEFERRED].closing_cents
    assert forward.total.closing_cents >= 0 and tax.ties and tax.rows[0].rate_bp == 625
    assert months[-1].closing_cents == months[-1].running_cents + months[-1].paused_cents
    sheet = openpyxl.load_workbook(file).worksheets[0]
    for row in list(sheet.iter_rows(min_row=2, values_only=True)):
        account = accounts[Ledger(row[3])]
        accounts[Ledger(row[3])] = type(account)(
            account.account,
            account.currency,
            account.opening_cents,
            account.debit_cents - round((row[5] or 0) * 100),
            account.credit_cents - round((row[6] or 0) * 100),
        )
    assert all(row.debit_cents == row.credit_cents == 0 for row in accounts.values())

"""The journal as CSV and XLSX: complete, the same on every run, and without a single formula."""

import csv
import hashlib
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from app.core.money import Money
from app.core.refusals import Refused
from app.finance.account_rules import Program
from app.finance.balance_queries import month_accounts
from app.finance.journal_queries import Sought, journal_page, sums_of
from app.finance.journal_sheet import account_codes, journal_sheet
from app.finance.rules import Ledger, Source, Split, fee, sale
from app.finance.services.post import EntryDraft, post_all
from app.finance.services.save_account_codes import import_account_codes
from app.finance.sheet_file import MOST_ROWS, FileKind, Sheet, write_sheet

JANUARY = Sought(date(2027, 1, 1), date(2027, 1, 1))
CODES = b"account,code,name\n1100,1201,Stripe clearing\n4000,200,=Sales\n"


@pytest.fixture
def diary(units, actor):
    """Two hundred sales with tax and fees; one memo looks like a formula."""
    with units(actor) as work:
        memos = ["=cmd|' /C calc'!A0", *(f"Invoice {number}" for number in range(199))]
        sales = [
            EntryDraft(Source.PAYMENT, f"pi_{n}", "USD", memo, sale(Split(1999 + n, 7 * n)))
            for n, memo in enumerate(memos)
        ]
        fees = [EntryDraft(Source.FEE, f"pi_{n}", "USD", "", fee(30 + n)) for n in range(200)]
        post_all(work, [*sales, *fees])


def written(work, kind, program=None):
    file = io.BytesIO()
    write_sheet(journal_sheet(work.session, JANUARY, program), kind, file)
    return file.getvalue()


def test_a_second_library_finds_the_same_sums_in_the_workbook(units, actor, diary):
    with units(actor) as work:
        content = written(work, FileKind.XLSX)
        ledger = month_accounts(work.session, JANUARY.first)
        sums = sums_of(work.session, JANUARY)
    rows = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(min_row=2)
    found = {}
    for row in rows:
        assert all(cell.data_type != "f" for cell in row)
        debit, credit = (Decimal(str(row[place].value or 0)) for place in (5, 6))
        before = found.get(row[3].value, (0, 0))
        found[row[3].value] = (before[0] + debit, before[1] + credit)
    assert found == {
        each.account.value: (Decimal(each.debit_cents) / 100, Decimal(each.credit_cents) / 100)
        for each in ledger
    }
    assert sum(each[0] for each in found.values()) == Decimal(sums.debit_cents) / 100


def test_files_are_the_same_on_each_run(units, actor, diary):
    for kind in FileKind:
        with units(actor) as work:
            first, second = (hashlib.sha256(written(work, kind)).hexdigest() for _ in range(2))
        assert first == second


def test_the_csv_says_what_the_ledger_says_and_runs_no_formula(units, actor, diary):
    with units(actor) as work:
        import_account_codes(work, Program.XERO, CODES)
        text = written(work, FileKind.CSV, Program.XERO).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sum(Decimal(row["debit"] or 0) for row in rows) == sum(
        Decimal(row["credit"] or 0) for row in rows
    )
    assert {row["xero_code"] for row in rows if row["account"] == "1100"} == {"1201"}
    assert rows[0]["memo"].startswith("'=cmd")
    assert not [row for row in rows if any(cell.startswith("=") for cell in row.values())]


def test_codes_with_a_wrong_line_change_nothing(units, actor):
    with units(actor) as work:
        import_account_codes(work, Program.XERO, CODES)
    with pytest.raises(Refused) as refused, units(actor) as work:
        import_account_codes(work, Program.XERO, b"account,code,name\n1100,9,x\n77,1,y\n")
    assert refused.value.offer == ["3: account: There is no account of this number."]
    with units(actor) as work:
        assert account_codes(work.session, Program.XERO)[Ledger.STRIPE].code == "1201"


def test_pages_of_the_journal_follow_one_another(units, actor, diary):
    with units(actor) as work:
        first = journal_page(work.session, JANUARY, None, 150)
        rest = journal_page(work.session, JANUARY, (first[-1].day, first[-1].entry), 1000)
        fees = Sought(JANUARY.first, JANUARY.last, (Ledger.FEES,))
        only_fees = journal_page(work.session, fees, None, 1000)
        assert sums_of(work.session, fees).debit_cents == sum(
            each.debit_cents for each in only_fees
        )
    assert len({line.entry for line in first}) == 150
    assert len({line.entry for line in (*first, *rest)}) == 400
    assert len(only_fees) == 200


def test_amounts_have_the_digits_of_their_currency():
    file = io.BytesIO()
    cells = ((Money(1234, "USD"), Money(1234, "JPY"), Money(-5, "EUR"), None, "@x"),)
    write_sheet(Sheet("x", ("a", "b", "c", "d", "e"), cells), FileKind.CSV, file)
    assert file.getvalue() == b"a,b,c,d,e\n12.34,1234,-0.05,,'@x\n"
    assert MOST_ROWS < 2**20

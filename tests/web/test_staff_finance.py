"""Finance's pages: what they show, the files they hand over, and closing a month."""

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pytest
from sqlalchemy import select

from app.billing.models import Invoice, Payment
from app.billing.rules import InvoiceStatus
from app.finance.balance_queries import month_accounts
from app.finance.models import BookCheck
from app.finance.period_rules import read_month
from app.fulfilment.models import Box
from app.people.rules import Role
from tests.services.paid_boxes import add_box, open_shelf

HOME = "/staff/finance/"
REPORTS = ("", "journal/", "deferred/", "recurring/", "tax/", "given-back/", "unpaid/", "payouts/")
JANUARY = "?month=2027-01"


@pytest.fixture
def finance(sign_in, packed):
    """The browser of somebody from finance, in a shop where Ada has paid."""
    return sign_in("fin@example.com", Role.FINANCE)


def fetched(browser, address):
    """Return a file as a browser saves it."""
    with browser.get(HOME + address) as answer:
        assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
        return answer.data


@pytest.mark.parametrize("report", REPORTS)
def test_a_stranger_is_turned_away_and_support_too(client, sign_in, report):
    assert client.get(HOME + report).status_code == 303
    assert sign_in("sue@example.com", Role.SUPPORT).get(HOME + report).status_code == 403


def test_every_page_opens_and_hands_its_figures_over_as_files(finance):
    for report in REPORTS:
        page = finance.get(HOME + report + JANUARY)
        assert page.status_code == 200 and "Books" in page.text, report
        for kind in ("csv", "xlsx"):
            file = fetched(finance, f"{report}{JANUARY}&file={kind}")
            assert file.startswith(b"PK") == (kind == "xlsx"), report
            assert file == fetched(finance, f"{report}{JANUARY}&file={kind}"), report


def test_an_empty_shop_says_what_will_come(sign_in):
    browser = sign_in("fin@example.com", Role.FINANCE)
    for report in REPORTS:
        assert browser.get(HOME + report + "?month=1999-99").status_code == 200, report
    assert "The books begin with the first payment." in browser.get(HOME).text


def test_the_workbook_of_the_journal_sums_to_the_ledger(finance, units, actor):
    content = fetched(finance, f"journal/{JANUARY}&file=xlsx")
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    debits = sum(Decimal(str(row[5] or 0)) for row in page.iter_rows(min_row=2, values_only=True))
    with units(actor) as work:
        ledger = month_accounts(work.session, read_month("2027-01"))
    assert debits == Decimal(sum(row.debit_cents for row in ledger)) / 100 == Decimal("27.00")


def test_a_figure_leads_to_the_entries_behind_it(finance):
    page = finance.get(HOME + JANUARY).text
    assert "/staff/finance/journal/?month=2027-01&amp;account=2000" in page
    entries = finance.get(f"{HOME}journal/{JANUARY}&account=2000").text
    assert "$26.00" in entries and "Provider&#39;s fee" in entries
    assert "$1.00" not in entries
    credits = finance.get(f"{HOME}journal/{JANUARY}&account=2000,2050&side=credit").text
    debits = finance.get(f"{HOME}journal/{JANUARY}&account=2000,2050&side=debit").text
    assert "$26.00" in credits and "$26.00" not in debits


def test_codes_are_kept_and_stand_in_the_journal(finance):
    form = {"code-2000": "240", "name-2000": "Deferred income"}
    assert finance.post(f"{HOME}journal/codes/xero", data=form).status_code == 303
    assert "Deferred income" in finance.get(f"{HOME}journal/codes").text
    text = fetched(finance, f"journal/{JANUARY}&file=csv&program=xero").decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["xero_code"] for row in rows if row["account"] == "2000"} == {"240"}
    wrong = {"file": (io.BytesIO(b"nothing\n"), "codes.csv")}
    assert finance.post(f"{HOME}journal/codes/xero", data=wrong).status_code == 303
    assert "Deferred income" in finance.get(f"{HOME}journal/codes").text


def test_a_month_closes_when_everything_holds(finance, packed, clock):
    assert "Closing January 2027" in finance.get(HOME + JANUARY).text
    refused = finance.post(f"{HOME}close", data={"month": "2027-01"}, follow_redirects=True)
    assert "not everything on its checklist holds" in refused.text
    clock.move_to(datetime(2027, 2, 3, 15, tzinfo=UTC))
    page = finance.get(HOME + JANUARY).text
    assert "Prove the books and close January 2027" in page
    assert finance.post(f"{HOME}close", data={"month": "soon"}).status_code == 303


def test_programs_read_the_journal_the_months_and_the_measures(api, units, actor):
    with units(actor) as work:
        work.session.add(BookCheck(checked_at=work.now, violations=[{}], counts={}))
    journal = api.get("/journal/2027-01.csv")
    assert journal.text.startswith("date,entry,cause,account")
    assert api.get("/journal/2027-13.csv").status_code in (404, 422)
    assert api.get("/months").json["items"] == []
    measures = api.get("/metrics").text
    assert "boxwright_books_violations 1.0" in measures
    assert "boxwright_unmatched_payout_lines 0.0" in measures


def test_a_correction_is_written_once_and_refused_in_words(finance):
    page = finance.get(f"{HOME}journal/correction").text
    key = re.search(r'name="key" value="([^"]+)"', page).group(1)
    form = {"debit": "5900", "credit": "2100", "amount": "12.50", "memo": "gone", "key": key}
    assert (
        finance.post(f"{HOME}journal/correction", data={**form, "amount": "x"}).status_code == 422
    )
    assert (
        finance.post(f"{HOME}journal/correction", data={**form, "debit": "1100"}).status_code == 422
    )
    for _ in range(2):
        assert finance.post(f"{HOME}journal/correction", data=form).status_code == 303
    listed = finance.get(f"{HOME}journal/{JANUARY}&source=correction").text
    assert listed.count("$12.50") == 4 and "2 lines" in listed


def test_what_has_left_unpaid_is_given_up_from_the_list(finance, units, actor):
    with units(actor) as work:
        shelf = open_shelf(work)
        box = work.session.get_one(Box, add_box(work, shelf, 900, invoice=InvoiceStatus.OPEN))
        left = work.session.get_one(Invoice, box.invoice_id)
        left.issued_at = left.on_account_at = work.now
        work.session.add(Payment(invoice_id=left.id, amount_cents=1500, currency="USD"))
        paid = work.session.scalars(select(Invoice.id).where(Invoice.status == "paid")).first()
    page = finance.get(HOME + "unpaid/?age=0")
    assert "The box has left" in page.text
    for wanted, told in ((paid, "Only what has left"), (left.id, "Given up.")):
        answer = finance.post(f"{HOME}unpaid/{wanted}/write-off", follow_redirects=True)
        assert told in answer.text
    with units(actor) as work:
        assert work.session.get_one(Invoice, left.id).status is InvoiceStatus.VOID

"""Papers: numbers without gaps however many ask at once, never changed, the same bytes again."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.adapters.typst_printer import TypstPrinter
from app.billing.models import Invoice, InvoiceLine, LineBack, Payment, Refund
from app.billing.rules import InvoiceStatus, PaymentStatus, RefundStatus
from app.core.unit_of_work import Actor
from app.finance.document_models import Document
from app.finance.document_queries import documents, documents_of, printed_from
from app.finance.document_rules import checksum
from app.finance.services.check_books import check_books
from app.finance.services.issue_documents import issue_documents
from app.fulfilment.rules import BoxStatus
from app.people.models import Person
from tests.services.paid_boxes import add_box, open_shelf

ACTOR = Actor("system", "test")


@pytest.fixture
def paid(units, clock):
    """Five paid invoices and one that is still owed."""
    with units(ACTOR) as work:
        shelf = open_shelf(work)
        for number in range(1, 6):
            add_box(work, shelf, number)
        add_box(work, shelf, 6, status=BoxStatus.COMPOSED, invoice=InvoiceStatus.OPEN)
        for row in work.session.scalars(select(Invoice).order_by(Invoice.number)):
            row.paid_at = clock.moment if row.status is InvoiceStatus.PAID else None
    return units


def numbers(units) -> list[str]:
    with units(ACTOR) as work:
        return sorted(row.number for row in documents(work.session))


def give_back(work, invoice: Invoice, *amounts: int, reference: str = "") -> None:
    payment = work.session.scalar(select(Payment).where(Payment.invoice_id == invoice.id))
    if payment is None:
        payment = Payment(
            invoice_id=invoice.id,
            provider_id=f"pi_{invoice.number}",
            amount_cents=invoice.total_cents,
            currency="USD",
            status=PaymentStatus.SUCCEEDED,
        )
        work.session.add(payment)
        work.session.flush()
    for place, cents in enumerate(amounts):
        work.session.add(
            Refund(
                payment_id=payment.id,
                provider_id=f"re_{invoice.number}_{place}{reference}",
                amount_cents=cents,
                reason="staff",
                reference=f"{invoice.id}:{place}{reference}",
                status=RefundStatus.SUCCEEDED,
                asked_at=work.now,
                settled_at=work.now + timedelta(seconds=place),
            )
        )


def test_paid_invoices_get_the_next_numbers_and_open_ones_none(paid):
    with paid(ACTOR) as work:
        assert issue_documents(work) == 5
    with paid(ACTOR) as work:
        assert issue_documents(work) == 0
    assert numbers(paid) == [f"INV-2027-00000{n}" for n in range(1, 6)]


def test_many_at_once_leave_no_gap_and_a_failure_takes_no_number(paid):
    def issue(limit: int) -> int:
        with paid(ACTOR) as work:
            return issue_documents(work, limit)

    with pytest.raises(RuntimeError), paid(ACTOR) as work:
        issue_documents(work, 2)
        raise RuntimeError
    with ThreadPoolExecutor(4) as workers:
        done = sum(workers.map(issue, [2, 2, 2, 2]))
    assert done == 5
    assert numbers(paid) == [f"INV-2027-00000{n}" for n in range(1, 6)]


def test_a_year_begins_with_a_series_of_its_own(paid, clock):
    with paid(ACTOR) as work:
        issue_documents(work, 2)
    clock.move_to(datetime(2028, 1, 1, 12, tzinfo=UTC))
    with paid(ACTOR) as work:
        issue_documents(work)
    assert numbers(paid)[2:] == ["INV-2028-000001", "INV-2028-000002", "INV-2028-000003"]


def test_a_paper_is_never_changed(paid):
    with paid(ACTOR) as work:
        issue_documents(work)
    for deed in ("UPDATE document SET total_cents = 1", "DELETE FROM document"):
        with pytest.raises(IntegrityError, match="never changed"), paid(ACTOR) as work:
            work.session.execute(text(deed))


def test_a_paper_prints_to_the_same_bytes_whatever_happens_later(paid):
    with paid(ACTOR) as work:
        issue_documents(work)
        row = documents(work.session)[-1]
        before = printed_from(work.session, row.id)
        for person in work.session.scalars(select(Person)):
            person.name = "Somebody else"
    with paid(ACTOR) as work:
        after = printed_from(work.session, row.id)
        stored = work.session.get_one(Document, row.id)
        assert checksum(after.content) == stored.sha256
    first = TypstPrinter().print_paper(before.content, before.issued_at)
    second = TypstPrinter().print_paper(after.content, after.issued_at)
    assert first.startswith(b"%PDF-")
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    assert (after.content["buyer"]["name"], after.content["total"]) == ("Ada", 1500)


def test_credit_notes_name_their_invoice_and_add_up_to_it_rate_by_rate(paid):
    with paid(ACTOR) as work:
        invoice = work.session.scalars(select(Invoice).order_by(Invoice.number)).first()
        work.session.execute(
            text(
                "UPDATE invoice SET net_cents = 1401, tax_cents = 99, tax_bp = 700 WHERE id = :id"
            ),
            {"id": invoice.id},
        )
        give_back(work, invoice, 500, 333, 667)
    with paid(ACTOR) as work:
        assert issue_documents(work) == 8
        first, *notes = documents_of(work.session, [invoice.id])[invoice.id]
        assert [each.number for each in notes] == [f"CN-2027-00000{n}" for n in (1, 2, 3)]
        assert [each.total_cents for each in notes] == [500, 333, 667]
        assert sum(each.net_cents for each in notes) == first.net_cents == 1401
        assert sum(each.tax_cents for each in notes) == first.tax_cents == 99
        content = printed_from(work.session, notes[0].id).content
    assert content["more"]["corrects"] == first.number


def test_a_refund_that_bounced_takes_its_credit_note_back_and_can_be_made_again(paid):
    with paid(ACTOR) as work:
        invoice = work.session.scalars(select(Invoice).order_by(Invoice.number)).first()
        give_back(work, invoice, 1500)
    with paid(ACTOR) as work:
        issue_documents(work)
        work.session.scalars(select(Refund)).one().status = RefundStatus.FAILED
    with paid(ACTOR) as work:
        assert issue_documents(work) == 1
        assert issue_documents(work) == 0
        give_back(work, work.session.get_one(Invoice, invoice.id), 1500, reference="again")
    with paid(ACTOR) as work:
        issue_documents(work)
        papers = documents_of(work.session, [invoice.id])[invoice.id]
        assert [each.number[:2] for each in papers] == ["IN", "CN", "RV", "CN"]
        assert [each.total_cents for each in papers] == [1500] * 4
        content = printed_from(work.session, papers[2].id).content
        assert content["more"]["corrects"] == papers[1].number
        assert not [each for each in check_books(work) if each.invariant == "I14"]


def test_a_credit_note_over_a_line_takes_off_the_rate_of_that_line(paid):
    with paid(ACTOR) as work:
        invoice = work.session.scalars(select(Invoice).order_by(Invoice.number)).first()
        invoice.net_cents, invoice.tax_cents = 1340, 160
        rates = ((700, 900, 63), (1900, 440, 97))
        for place, (tax_bp, net, tax) in enumerate(rates, start=1):
            work.session.add(
                InvoiceLine(
                    invoice_id=invoice.id,
                    position=place,
                    text=f"Line {place}",
                    quantity=1,
                    unit_cents=net,
                    amount_cents=net,
                    tax_bp=tax_bp,
                    net_cents=net,
                    tax_cents=tax,
                )
            )
        give_back(work, invoice, 537)
        work.session.flush()
        refund = work.session.scalars(select(Refund)).one()
        refund.tax_cents = 97
        work.session.add(
            LineBack(
                invoice_id=invoice.id, position=2, refund_id=refund.id, net_cents=440, tax_cents=97
            )
        )
    with paid(ACTOR) as work:
        issue_documents(work)
        first, note = documents_of(work.session, [invoice.id])[invoice.id]
        assert (note.net_cents, note.tax_cents) == (440, 97)
        rates = printed_from(work.session, note.id).content["rates"]
        assert rates == [{"tax_bp": 1900, "net": 440, "tax": 97, "gross": 537}]
        assert len(printed_from(work.session, first.id).content["rates"]) == 2


def test_the_tax_of_a_credit_note_is_what_the_books_say(paid):
    with paid(ACTOR) as work:
        invoice = work.session.scalars(select(Invoice).order_by(Invoice.number)).first()
        invoice.net_cents, invoice.tax_cents, invoice.tax_bp = 1401, 99, 700
        give_back(work, invoice, 500)
        work.session.flush()
        work.session.scalars(select(Refund)).one().tax_cents = 34
    with paid(ACTOR) as work:
        issue_documents(work)
        note = documents_of(work.session, [invoice.id])[invoice.id][-1]
        assert (note.net_cents, note.tax_cents, note.total_cents) == (466, 34, 500)


def test_a_paper_is_in_the_buyers_language_and_names_the_seller(paid, shop):
    seller = replace(
        shop,
        country="DE",
        seller_name="Kaffee GmbH",
        seller_address=("Hafenstraße 12", "20457 Hamburg"),
        seller_tax_id="DE123456789",
    )
    with replace(paid, shop=seller)(ACTOR) as work:
        for person in work.session.scalars(select(Person)):
            person.locale = "zh-CN"
        issue_documents(work, 1)
        content = printed_from(work.session, documents(work.session)[0].id).content
    assert (content["locale"], content["tax_word"], content["page"]) == ("zh", "vat", "a4")
    assert content["seller"] == {
        "name": "Kaffee GmbH",
        "lines": ["Hafenstraße 12", "20457 Hamburg"],
        "tax_id": "DE123456789",
    }
    assert content["buyer"]["lines"] == ["1 Main Street", "02134 Boston MA", "US"]
    assert (content["issued_on"], content["supplied_on"]) == ("2027-01-04", None)
    assert b"NotoSansSC" in TypstPrinter().print_paper(content, datetime(2027, 1, 4, tzinfo=UTC))
    assert date.fromisoformat(content["paid_on"]) == date(2027, 1, 4)


def test_the_proof_of_the_books_finds_a_gap_and_a_missing_paper(paid, clock):
    with paid(ACTOR) as work:
        issue_documents(work, 3)
    clock.move_to(clock.moment + timedelta(days=2))
    with paid(ACTOR) as work:
        found = [each for each in check_books(work) if each.invariant == "I14"]
        assert len(found) == 2
        assert all("still without its paper" in each.sentence for each in found)
    with paid(ACTOR) as work:
        issue_documents(work)
        give_back(work, work.session.scalars(select(Invoice).order_by(Invoice.number)).first(), 1)
        issue_documents(work)
        work.session.scalars(select(Refund)).one().status = RefundStatus.FAILED
        issue_documents(work)
        work.session.execute(text("UPDATE document_series SET last_number = last_number + 1"))
        found = [each for each in check_books(work) if each.invariant == "I14"]
        assert {each.subject for each in found} == {
            f"series {kind}-2027" for kind in ("INV", "CN", "RV")
        }

"""Invoices and credit notes as PDF: the buyer's own, the staff's list, nobody else's."""

from datetime import UTC, datetime

import pytest

from app.finance.document_queries import documents
from app.finance.services.issue_documents import issue_documents
from app.people.rules import Role
from tests.web.staff_shop import ACTOR

PATH = "/staff/papers/"


@pytest.fixture
def paper(packed, units):
    """Ada's invoice, paid and numbered."""
    with units(ACTOR) as work:
        issue_documents(work)
        (row,) = documents(work.session)
        return row


def test_a_stranger_and_a_role_without_the_right_are_turned_away(client, sign_in, paper):
    assert client.get(PATH).status_code == 303
    assert client.get(f"/papers/{paper.id}.pdf").status_code == 303
    assert sign_in("fay@example.com", Role.FULFILMENT).get(PATH).status_code == 403


def test_staff_find_a_paper_by_its_number_and_open_it(sign_in, paper):
    finance = sign_in("fin@example.com", Role.FINANCE)
    assert paper.number in finance.get(f"{PATH}?q={paper.number}").text
    assert paper.number in finance.get(f"{PATH}?q=ada&kind=invoice").text
    assert "No papers" in finance.get(f"{PATH}?kind=credit_note").text
    answer = finance.get(f"{PATH}{paper.id}.pdf")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f'inline; filename="{paper.number}.pdf"'
    assert answer.data.startswith(b"%PDF-")
    assert finance.get(f"{PATH}{paper.id}.pdf").data == answer.data
    assert finance.get(f"{PATH}{paper.invoice_id}.pdf").status_code == 404


def test_an_empty_list_says_when_papers_come(sign_in):
    page = sign_in("fin@example.com", Role.FINANCE).get(PATH).text
    assert "within a minute of its payment" in page


def test_a_subscriber_opens_their_own_papers_and_no_others(subscribe, units, clock, tools, paper):
    eve = subscribe("eve@example.com")
    clock.move_to(datetime(2027, 2, 1, tzinfo=UTC))
    assert eve.browser.get(f"/papers/{paper.id}.pdf").status_code == 404
    assert paper.number not in eve.browser.get("/invoices/").text

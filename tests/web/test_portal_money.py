"""Invoices, pay links and the card on file, after a box was packed."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from app.billing.queries import invoices_of
from app.core.links import PAY, sign_link
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.jobs.fall_due import fall_due
from app.wiring.tools import Tools
from tests.conftest import FrozenClock
from tests.web.conftest import Member, PaperDesk, Subscribe

LOCKED = datetime(2027, 1, 5, 8, 0, tzinfo=UTC)
SHOWN = datetime(2027, 1, 5, 17, 0, tzinfo=UTC)


@pytest.fixture
def ada(subscribe: Subscribe, tools: Tools, clock: FrozenClock) -> Member:
    """Ada, whose first box is packed and not paid yet."""
    member = subscribe("ada@example.com")
    clock.move_to(LOCKED)
    fall_due(tools)
    return member


@pytest.fixture
def invoice_id(ada: Member, units: UnitOfWorkFactory, actor: Actor) -> str:
    with units(actor) as work:
        return str(invoices_of(work.session, ada.id)[0].id)


def test_an_open_invoice_is_listed_with_a_button_that_pays(ada: Member, invoice_id: str) -> None:
    page = ada.browser.get("/invoices/").text
    assert "To be paid" in page and "$26.00" in page and "Weekly box" in page
    page = ada.browser.get(f"/invoices/{invoice_id}").text
    assert "Pay $26.00" in page and "Wednesday, January 6, 2027" in page
    link = ada.browser.post(f"/invoices/{invoice_id}/pay").location
    assert link.startswith("/pay/")


def test_a_signed_link_needs_no_sign_in(
    ada: Member, invoice_id: str, client: FlaskClient, tools: Tools
) -> None:
    secret = tools.settings.secret_key.get_secret_value()
    link = f"/pay/{sign_link(secret, PAY, invoice_id)}"
    assert "Pay $26.00" in client.get(link).text
    page = client.post(link, follow_redirects=True).text
    assert "There is no card on file yet." in page


def test_a_link_for_something_else_pays_nothing(
    ada: Member, invoice_id: str, client: FlaskClient, tools: Tools
) -> None:
    secret = tools.settings.secret_key.get_secret_value()
    forged = (
        sign_link("another secret", PAY, invoice_id),
        sign_link(secret, "other", invoice_id),
        "x.y.z",
    )
    for token in forged:
        answer = client.post(f"/pay/{token}")
        assert answer.status_code == 409
        assert "This payment link has expired." in answer.text


def test_a_packed_box_is_in_the_history_as_it_was_packed(ada: Member, clock: FrozenClock) -> None:
    clock.move_to(SHOWN)
    page = ada.browser.get("/box/history").text
    assert "Wednesday, January 6, 2027" in page and "Packed with care" in page
    assert page.count("<li>") == 2


def test_a_new_card_is_kept_and_tried_at_once(ada: Member, desk: PaperDesk) -> None:
    answer = ada.browser.post("/invoices/card")
    assert answer.location.startswith("https://checkout.stripe.com/")
    page = ada.browser.get("/invoices/card/done?session=cs_1", follow_redirects=True).text
    assert "Your new card is saved." in page and "4242" in page


def test_somebody_elses_visit_to_the_card_page_changes_nothing(
    ada: Member, subscribe: Subscribe, desk: PaperDesk
) -> None:
    other = subscribe("eve@example.com").browser
    ada.browser.post("/invoices/card")
    page = other.get("/invoices/card/done?session=cs_1", follow_redirects=True).text
    assert "No card has reached us yet." in page and "4242" not in page


def test_a_stranger_is_turned_away(
    ada: Member, invoice_id: str, client: FlaskClient, subscribe: Subscribe
) -> None:
    other = subscribe("ben@example.com").browser
    assert client.get("/invoices/").location.startswith("/sign-in")
    assert client.get(f"/invoices/{invoice_id}").location.startswith("/sign-in")
    assert other.get(f"/invoices/{invoice_id}").status_code == 404
    assert other.post(f"/invoices/{invoice_id}/pay").status_code == 404

"""Webhooks: an empty page that says what to do, a form that keeps what was typed, secrets once."""

import re

import pytest

from app.hooks.queries import deliveries, endpoints
from app.hooks.rules import EventType
from app.hooks.services.tell import tell
from app.people.rules import Role
from tests.web.staff_shop import ACTOR

PATH = "/staff/webhooks/"
GOOD = {
    "name": "Books",
    "url": "https://books.example.com/in",
    "types": ["invoice.*", "box.shipped"],
}


@pytest.fixture
def finance(sign_in):
    return sign_in("fin@example.com", Role.FINANCE)


def only(units):
    with units(ACTOR) as work:
        (row,) = endpoints(work.session)
        return row


def secrets(page: str) -> list[str]:
    return re.findall(r"whsec_[A-Za-z0-9+/=]+", page)


def test_a_stranger_and_a_role_without_the_right_are_turned_away(client, sign_in):
    assert client.get(PATH).status_code == 303
    assert sign_in("sue@example.com", Role.SUPPORT).get(PATH).status_code == 403
    assert sign_in("mo@example.com", Role.MERCHANDISING).post(f"{PATH}new").status_code == 403


def test_an_empty_page_says_what_to_do(finance):
    page = finance.get(PATH).text
    assert "No program is told anything" in page
    assert f"{PATH}new" in page


def test_an_address_is_added_and_its_secret_shown_once(finance, units):
    page = finance.post(f"{PATH}new", data=GOOD).text
    assert len(secrets(page)) == 1
    row = only(units)
    assert row.types == ("box.shipped", "invoice.*")
    assert secrets(finance.get(f"{PATH}{row.id}").text) == []
    renewed = secrets(finance.post(f"{PATH}{row.id}/rotate").text)
    assert len(renewed) == 1
    assert renewed != secrets(page)
    assert "Old secret" in finance.get(f"{PATH}{row.id}").text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": "http://10.0.0.1/"}, "It must be a public https:// address."),
        ({"url": "https://localhost/"}, "It must be a public https:// address."),
        ({"types": []}, "Please choose at least one kind of event."),
        ({"types": ["invoice.eaten"]}, "Please choose one of the answers offered."),
        ({"name": ""}, "Please fill this in."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(finance, units, wrong, words):
    answer = finance.post(f"{PATH}new", data={**GOOD, **wrong})
    assert answer.status_code == 422
    assert words in answer.text
    assert "whsec_" not in answer.text
    with units(ACTOR) as work:
        assert endpoints(work.session) == []


def test_deliveries_are_listed_with_their_answer_and_sent_once_more(finance, units):
    finance.post(f"{PATH}new", data=GOOD)
    row = only(units)
    with units(ACTOR) as work:
        tell(work, EventType.INVOICE_PAID, "i-1", total_cents=1500)
    finance.post(f"{PATH}{row.id}/test")
    page = finance.get(f"{PATH}{row.id}").text
    assert "invoice.paid" in page
    assert "webhook.test" in page
    with units(ACTOR) as work:
        found = deliveries(work.session, row.id)
    detail = finance.get(f"{PATH}{row.id}/deliveries/{found[-1].id}").text
    assert "1500" in detail
    assert f"msg_{found[-1].event_id.hex}" in detail
    again = finance.post(f"{PATH}{row.id}/deliveries/{found[-1].id}/replay", follow_redirects=True)
    assert "It is sent once more." in again.text
    assert finance.get(f"{PATH}{row.id}?state=failed").status_code == 200


def test_an_address_that_is_off_sends_nothing_once_more(finance, units):
    finance.post(f"{PATH}new", data=GOOD)
    row = only(units)
    off = finance.post(f"{PATH}{row.id}/switch", data={"on": ""}, follow_redirects=True)
    assert "Switched off by staff." in off.text
    refused = finance.post(f"{PATH}{row.id}/replay", follow_redirects=True)
    assert "Switch it on first." in refused.text
    finance.post(f"{PATH}{row.id}/switch", data={"on": "yes"})
    assert only(units).enabled
    assert finance.get(f"{PATH}{'0' * 8}-0000-0000-0000-{'0' * 12}").status_code == 404

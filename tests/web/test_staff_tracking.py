"""Tracking numbers: good lines are taken, each bad one is named, nothing twice."""

import io

from sqlalchemy import select

from app.finance.models import Entry
from app.people.rules import Role
from tests.web.staff_shop import ACTOR

FILE = """Order #,Carrier,Tracking number,Ship date
BW-1001-0,UPS,1Z1,2027-01-05
BW-9999-0,UPS,1Z2,2027-01-05
BW-1001-0,,1Z3,2027-01-05
"""


def send(browser, content: bytes):
    return browser.post("/staff/tracking/", data={"file": (io.BytesIO(content), "ups.csv")})


def test_a_stranger_is_turned_away(client):
    assert client.get("/staff/tracking/").status_code == 303


def test_a_role_without_the_right_is_turned_away(sign_in):
    assert sign_in("sue@example.com", Role.SUPPORT).get("/staff/tracking/").status_code == 403


def test_good_lines_ship_and_bad_ones_are_named(sign_in, packed, units):
    browser = sign_in("fay@example.com", Role.FULFILMENT)
    page = send(browser, FILE.encode()).text
    assert "There is no released box with this number." in page
    assert "This must not be blank." in page
    assert packed.status(packed.ada) == "shipped"
    with units(ACTOR) as work:
        assert "shipment" in set(work.session.scalars(select(Entry.source)))
    again = send(browser, FILE.encode()).text
    assert (
        "<dt>Boxes shipped</dt><dd>0</dd>" in again and "<dt>Known before</dt><dd>1</dd>" in again
    )


def test_pasted_lines_are_taken_too(sign_in, packed):
    browser = sign_in("fay@example.com", Role.FULFILMENT)
    page = browser.post(
        "/staff/tracking/", data={"pasted": "order,carrier,number\nBW-1001-0,UPS,1Z1\n"}
    ).text
    assert "Every line was taken." in page and packed.status(packed.ada) == "shipped"


def test_a_file_that_is_no_text_is_refused_in_words(sign_in):
    browser = sign_in("fay@example.com", Role.FULFILMENT)
    answer = send(browser, b"\xff\xfe\x00broken")
    assert answer.status_code == 422 and "This file is not UTF-8 text." in answer.text
    assert browser.post("/staff/tracking/", data={}).status_code == 422

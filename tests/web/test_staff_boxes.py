"""One box: its story, refunds once each, calling it back, correcting where it goes."""

import re

from sqlalchemy import select

from app.billing.models import Refund
from app.fulfilment.models import Box
from app.people.rules import Role
from tests.web.staff_shop import ACTOR

SUE = "sue@example.com"
ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "1 New Street",
    "city": "Boston",
    "postcode": "02135",
    "country": "US",
}


def path(shop, person_id, tail=""):
    return f"/staff/boxes/{shop.box(person_id)}{tail}"


def refunds(units):
    with units(ACTOR) as work:
        return work.session.scalars(select(Refund.amount_cents).order_by(Refund.asked_at)).all()


def test_a_stranger_is_turned_away(client, packed):
    assert client.get(path(packed, packed.ada)).status_code == 303


def test_a_role_without_the_right_is_turned_away(sign_in, packed):
    merchandiser = sign_in("mo@example.com", Role.MERCHANDISING)
    assert merchandiser.get(path(packed, packed.ada)).status_code == 403
    fulfilment = sign_in("fay@example.com", Role.FULFILMENT)
    page = fulfilment.get(path(packed, packed.ada)).text
    assert "Call the box back" in page and "Give back" not in page
    assert fulfilment.post(path(packed, packed.ada, "/refund")).status_code == 403


def test_a_box_shows_what_is_in_it_and_its_story(sign_in, packed):
    page = sign_in(SUE, Role.SUPPORT).get(path(packed, packed.ada)).text
    assert "Picked by taste" in page and "12 Bean Street" in page and "$26.00" in page
    assert "Awaiting payment → To pack" in page and "Planned → Locked" in page


def test_a_part_is_given_back_once_however_often_it_is_sent(sign_in, packed, units):
    browser = sign_in(SUE, Role.SUPPORT)
    page = browser.get(path(packed, packed.ada)).text
    mark = re.search(r'name="mark" value="(\w+)"', page)
    assert mark
    form = {"how_much": "part", "amount_cents": "5,00", "reason": "torn bag", "mark": mark[1]}
    for _ in range(2):
        assert browser.post(path(packed, packed.ada, "/refund"), data=form).status_code == 303
    assert refunds(units) == [500]
    assert "All that is left: $21.00" in browser.get(path(packed, packed.ada)).text


def test_too_much_is_refused_at_the_field(sign_in, packed, units):
    form = {"how_much": "part", "amount_cents": "100", "reason": "sorry"}
    browser = sign_in(SUE, Role.SUPPORT)
    answer = browser.post(path(packed, packed.ada, "/refund"), data=form)
    assert answer.status_code == 422 and refunds(units) == []
    assert "more than what was paid" in answer.text and 'value="100"' in answer.text
    blank = browser.post(path(packed, packed.ada, "/refund"), data={"how_much": "whole"})
    assert blank.status_code == 422 and "Please fill this in." in blank.text


def test_a_whole_refund_before_shipping_calls_the_box_back(sign_in, packed, units):
    form = {"how_much": "whole", "reason": "moved away"}
    sign_in(SUE, Role.SUPPORT).post(path(packed, packed.ada, "/refund"), data=form)
    assert packed.status(packed.ada) == "cancelled" and refunds(units) == [2600]


def test_nothing_unpaid_is_given_back(sign_in, packed, units):
    form = {"how_much": "whole", "reason": "moved away"}
    answer = sign_in(SUE, Role.SUPPORT).post(path(packed, packed.dev, "/refund"), data=form)
    assert "There is nothing to give back for this box." in answer.text and refunds(units) == []


def test_a_box_is_called_back_with_a_reason(sign_in, packed, units):
    browser = sign_in(SUE, Role.SUPPORT)
    assert browser.post(path(packed, packed.ada, "/call-back")).status_code == 422
    page = browser.post(
        path(packed, packed.ada, "/call-back"),
        data={"call_reason": "wrong coffee"},
        follow_redirects=True,
    ).text
    assert "The box is called back." in page and "wrong coffee" in page
    assert "Sue (Staff)" in page
    assert packed.status(packed.ada) == "cancelled" and refunds(units) == [2600]


def test_an_address_is_corrected_and_an_incomplete_one_marked(sign_in, packed, units):
    browser = sign_in(SUE, Role.SUPPORT)
    answer = browser.post(path(packed, packed.ada, "/address"), data={**ADDRESS, "city": " "})
    assert answer.status_code == 422
    assert 'id="city-wrong"' in answer.text and "1 New Street" in answer.text
    browser.post(path(packed, packed.ada, "/address"), data=ADDRESS)
    with units(ACTOR) as work:
        box = work.session.get_one(Box, packed.box(packed.ada))
        assert box.address["postcode"] == "02135"


def test_an_open_box_follows_its_subscription(sign_in, shop_at_work):
    answer = sign_in(SUE, Role.SUPPORT).post(
        path(shop_at_work, shop_at_work.ada, "/address"), data=ADDRESS
    )
    assert answer.status_code == 422 and "This box is not locked yet." in answer.text

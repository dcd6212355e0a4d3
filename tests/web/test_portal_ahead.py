"""Pages of boxes paid ahead, other days, other plans and gifts: what they show and refuse."""

import re
import uuid
from datetime import date, timedelta

import pytest

from app.billing.ports import CardFacts
from app.billing.services.save_card import save_card
from app.core.links import GIFT, sign_link
from app.fulfilment.gift_queries import gifts_of
from app.fulfilment.services.reveal_gifts import reveal_gifts
from app.subscriptions.models import Gift, Subscription, Term
from app.subscriptions.queries import plan_of
from app.subscriptions.term_rules import TermStatus

ADDRESS = {
    "line1": "7 Pine Road",
    "city": "Salem",
    "postcode": "01970",
    "region": "MA",
    "country": "US",
}
TO_RIN = {
    "recipient": "Rin Rossi",
    "recipient_email": "rin@example.com",
    "reveals_on": "2027-02-14",
    "message": "Wake up well!",
    **ADDRESS,
}


@pytest.fixture
def ada(subscribe, units, actor, plan_id):
    """Ada with a running subscription, a card, and a plan that offers everything."""
    with units(actor) as work:
        plan = plan_of(work.session, plan_id)
        plan.prepaid, plan.rhythms = [[3, 0], [6, 1000]], [1, 2]
    member = subscribe("ada@example.com")
    with units(actor) as work:
        card = CardFacts(f"cus_{member.id.hex}", "pm_1", "visa", "4242", 12, 2040)
        save_card(work, member.id, card)
    return member


def page(browser, path: str, **kwargs) -> str:
    answer = browser.get(path, follow_redirects=True, **kwargs)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def rows(tools, kind):
    with tools.sessions() as session:
        return list(session.query(kind))


def test_boxes_can_be_ordered_ahead_and_the_cancel_page_asks_about_them(ada, tools):
    here = f"/plan/{ada.subscription_id}/ahead"
    assert "you save $15.60" in page(ada.browser, here)
    ada.browser.post(here, data={"boxes": "6", "renews": "yes"})
    shown = page(ada.browser, here)
    assert "6 of 6 boxes are still to come" in shown
    assert "6 boxes are ordered again" in shown
    ada.browser.post(f"/plan/{ada.subscription_id}/renewal", data={"renews": ""})
    assert "it ends by itself" in page(ada.browser, here)

    leaving = f"/plan/{ada.subscription_id}/cancel"
    assert "6 boxes are paid ahead" in page(ada.browser, leaving)
    ada.browser.post(leaving, data={"rest": "refund"})
    assert [each.status for each in rows(tools, Term)] == [TermStatus.CANCELLED]


def test_a_change_of_plan_shows_its_price_and_changes_nothing_before(ada, tools, plan_id):
    here = f"/plan/{ada.subscription_id}/switch"
    to = f"{plan_id}:3"
    assert to in page(ada.browser, here)
    shown = page(ada.browser, here, query_string={"to": to})
    assert "Your next invoice would be" in shown
    assert "$36.00" in shown
    assert [each.size for each in rows(tools, Subscription)] == [2]
    ada.browser.post(here, data={"to": to})
    assert [each.size for each in rows(tools, Subscription)] == [3]


def test_days_can_be_moved_and_the_rhythm_changed(ada, tools):
    here = f"/plan/{ada.subscription_id}/days/"
    shown = page(ada.browser, here)
    box = re.search(rf"{here}([0-9a-f-]{{36}})", shown)
    assert box is not None
    answer = ada.browser.post(here + box[1], data={"day": "2027-01-09"}, follow_redirects=True)
    assert "This box ships on Saturday, January 9, 2027." in answer.get_data(as_text=True)
    refused = ada.browser.post(here + box[1], data={"day": "2027-03-09"}, follow_redirects=True)
    assert "Please choose a day between" in refused.get_data(as_text=True)
    ada.browser.post(here + "rhythm", data={"every": "2"})
    assert [each.every for each in rows(tools, Subscription)] == [2]
    sent = ada.browser.post(here + "now", follow_redirects=True)
    assert "Your next box ships on" in sent.get_data(as_text=True)


def test_a_gift_is_ordered_and_its_recipient_sees_neither_price_nor_card(
    ada, tools, units, actor, client, clock, plan_id
):
    order = {"plan": plan_id, "size": 2, "boxes": 3}
    assert "Wake" not in page(ada.browser, "/gifts/give/to", query_string=order)
    answer = ada.browser.post("/gifts/give/to", query_string=order, data=TO_RIN)
    assert answer.headers["Location"] == "/gifts/"
    assert "For Rin Rossi" in page(ada.browser, "/gifts/")
    with units(actor) as work:
        gift = gifts_of(work.session, ada.id)[0]
    link = sign_link("x" * 40, GIFT, str(gift.subscription_id))
    assert client.get(f"/gift/{link}").status_code == 404

    with units(actor) as work:
        work.session.query(Term).update({"status": TermStatus.PAID, "paid_at": work.now})
    clock.move_to(clock.moment + timedelta(days=45))
    with units(actor) as work:
        assert reveal_gifts(work) == 1
    shown = page(client, f"/gift/{link}")
    assert "Ada sends you coffee" in shown
    assert "Wake up well!" in shown
    assert "$" not in shown
    assert "4242" not in shown
    answers = {"name": "Rin R.", **ADDRESS, "city": "Boston", "caffeine_rule": "decaf"}
    client.post(f"/gift/{link}", data=answers)
    with units(actor) as work:
        gift = gifts_of(work.session, ada.id)[0]
    assert gift.address is not None
    assert (gift.address.city, gift.claimed_at is not None) == ("Boston", True)


def test_a_giver_changes_the_recipient_and_a_stranger_cannot(ada, sign_in, tools, plan_id):
    order = {"plan": plan_id, "size": 2, "boxes": 1}
    unknown = {**TO_RIN, "unknown_address": "yes", "line1": ""}
    ada.browser.post("/gifts/give/to", query_string=order, data=unknown)
    gift = rows(tools, Gift)[0]
    here = f"/gifts/{gift.subscription_id}"
    wrong = ada.browser.post(here, data={**TO_RIN, "recipient_email": "nobody"})
    assert wrong.status_code == 422
    assert "No address is known yet" in page(ada.browser, "/gifts/")
    ada.browser.post(here, data={**TO_RIN, "recipient": "Ben Brook"})
    assert "For Ben Brook" in page(ada.browser, "/gifts/")
    eve = sign_in("eve@example.com")
    assert eve.get(here).status_code == 404
    assert eve.post(here + "/address", data=ADDRESS | {"name": "Eve"}).status_code == 404


def test_somebody_new_gives_a_box_and_is_led_to_their_card(client, tools, plan_id):
    order = {"plan": plan_id, "size": 2, "boxes": 3}
    incomplete = client.post("/gifts/give/to", query_string=order, data=TO_RIN)
    assert incomplete.status_code == 422
    me = {"giver": "Gus", "email": "gus@example.com", "password": "a-calm-cup-of-coffee"}
    answer = client.post("/gifts/give/to", query_string=order, data=TO_RIN | me)
    assert answer.headers["Location"].endswith("/card")
    assert "Rin Rossi" in page(client, answer.headers["Location"])
    done = answer.headers["Location"].replace("/card", "/done?session=1")
    client.post(answer.headers["Location"])
    assert "Your gift is ordered" in page(client, done)
    assert [each.reveals_on for each in rows(tools, Gift)] == [date(2027, 2, 14)]


def test_links_that_name_nothing_are_not_found(client):
    assert client.get("/gift/nothing").status_code == 404
    forged = sign_link("z" * 40, GIFT, str(uuid.uuid4()))
    assert client.get(f"/gift/{forged}").status_code == 404

"""The plan: mix, pause, resume, cancel in two clicks, address and note."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from app.billing.services.set_shipping import save_shipping
from app.billing.shipping_rules import ShippingPrice
from app.catalog.queries import products
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.fulfilment.models import Box
from app.fulfilment.queries import batch_of
from app.fulfilment.services.lock_batch import freeze_batch
from app.people.queries import address_of
from app.personalization.queries import mixes
from app.subscriptions.queries import any_subscription
from tests.web.conftest import Member, Subscribe, boxes_of


def status_of(units: UnitOfWorkFactory, actor: Actor, member: Member) -> str:
    with units(actor) as work:
        return any_subscription(work.session, member.subscription_id).status.value


def test_cancelling_takes_two_clicks_and_no_reason(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    first = f"/plan/{member.subscription_id}/cancel"
    assert f'href="{first}"' in member.browser.get("/plan/").text
    assert "Cancel my subscription" in member.browser.get(first).text
    page = member.browser.post(first, follow_redirects=True).text
    assert "Your subscription has ended." in page
    assert status_of(units, actor, member) == "cancelled"
    assert not boxes_of(units, actor, member)


def test_a_pause_until_a_day_and_back(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    plan = f"/plan/{member.subscription_id}"
    page = member.browser.post(
        f"{plan}/pause", data={"resumes_on": "2027-01-18"}, follow_redirects=True
    ).text
    assert "Boxes come again from Monday, January 18, 2027 on." in page
    assert status_of(units, actor, member) == "paused"
    page = member.browser.post(f"{plan}/resume", follow_redirects=True).text
    assert "Welcome back." in page and status_of(units, actor, member) == "active"


def test_a_pause_that_cannot_be_is_refused_in_words(subscribe: Subscribe) -> None:
    member = subscribe("ada@example.com")
    pause = f"/plan/{member.subscription_id}/pause"
    for day, sentence in (
        ("2027-01-01", "The day to resume must lie ahead."),
        ("2030-01-01", "A pause can last up to one year."),
        ("soon", "Please give a day such as 2027-01-31."),
    ):
        page = member.browser.post(pause, data={"resumes_on": day}, follow_redirects=True).text
        assert sentence in page


def test_a_mix_is_kept_and_one_too_large_is_marked(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    address = f"/plan/{member.subscription_id}/mix"
    with units(actor) as work:
        one, two, three = [each.id for each in products(work.session)][:3]
    assert "/ 2</p>" in member.browser.get(address).text
    typed = {f"units-{one}": "2", f"units-{two}": "1"}
    answer = member.browser.post(address, data=typed)
    assert answer.status_code == 422 and "This mix does not fit into the box." in answer.text
    assert 'value="2"' in answer.text
    page = member.browser.post(
        address, data={f"units-{one}": "1", f"ban-{three}": "yes"}, follow_redirects=True
    ).text
    assert "Your mix is saved." in page
    with units(actor) as work:
        stored = mixes(work.session, [member.subscription_id])[member.subscription_id]
    assert stored == {one: 1, three: 0}


def test_an_address_with_a_gap_is_marked_and_a_good_one_is_kept(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    action = f"/plan/{member.subscription_id}/address"
    typed = {"name": "Ada", "line1": "1 New Rd", "city": "", "postcode": "02139", "country": "US"}
    answer = member.browser.post(action, data=typed)
    assert answer.status_code == 422
    assert 'value="1 New Rd"' in answer.text and 'id="city-wrong"' in answer.text
    kept = typed | {"city": "Boston", "which": "all"}
    with units(actor) as work:
        save_shipping(work, ShippingPrice("Home", "US", "", 0, 495, None))
        save_shipping(work, ShippingPrice("Abroad", "DE", "", 0, 1495, None))
    shown = member.browser.post(action, data=kept)
    assert shown.status_code == 200 and "It costs the same there." in shown.text
    far = member.browser.post(action, data=kept | {"country": "DE"}).text
    assert "It costs $10.00 more there." in far
    agreed = {"agreed": re.search(r'name="agreed" value="([^"]+)"', shown.text)[1]}
    # What was agreed to for one place is not taken for another.
    assert "$10.00 more" in member.browser.post(action, data=kept | {"country": "DE"} | agreed).text
    assert member.browser.post(action, data=kept | agreed).status_code == 303
    with units(actor) as work:
        subscription = any_subscription(work.session, member.subscription_id)
        assert address_of(work.session, subscription.address_id).city == "Boston"


def test_one_box_goes_elsewhere_and_the_others_as_before(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    action = f"/plan/{member.subscription_id}/address"
    typed = {"name": "Bea", "line1": "1 New Rd", "city": "Boston", "postcode": "02139"}
    typed |= {"country": "US", "which": "next"}
    shown = member.browser.post(action, data=typed).text
    assert "For your next box only" in shown
    agreed = {"agreed": re.search(r'name="agreed" value="([^"]+)"', shown)[1]}
    assert member.browser.post(action, data=typed | agreed).status_code == 303
    with units(actor) as work:
        subscription = any_subscription(work.session, member.subscription_id)
        mine = select(Box).where(Box.subscription_id == subscription.id).order_by(Box.cycle)
        first, second = work.session.scalars(mine.limit(2))
        assert address_of(work.session, subscription.address_id).city != "Boston"
        assert first.address["name"] == "Bea" and second.address is None
        freeze_batch(work, batch_of(work.session, first.batch_id, lock=True))
        work.session.refresh(first)
        assert first.address["city"] == "Boston"


def test_note_and_grind_are_kept(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    action = f"/plan/{member.subscription_id}/note"
    assert member.browser.post(action, data={"note": "x" * 1001}).status_code == 422
    member.browser.post(action, data={"note": "Ring twice", "grind": "espresso"})
    with units(actor) as work:
        subscription = any_subscription(work.session, member.subscription_id)
        assert (subscription.note, subscription.grind) == ("Ring twice", "espresso")


def test_the_page_is_chinese_for_chinese_readers(subscribe: Subscribe) -> None:
    browser = subscribe("ada@example.com").browser
    browser.post("/language", data={"language": "zh-CN"})
    assert "每周一盒" in browser.get("/plan/").text


def test_a_stranger_is_turned_away(client: FlaskClient, subscribe: Subscribe) -> None:
    member = subscribe("ada@example.com")
    other = subscribe("ben@example.com").browser
    assert client.get("/plan/").location.startswith("/sign-in")
    plan = f"/plan/{member.subscription_id}"
    for part in ("cancel", "details", "mix"):
        assert other.get(f"{plan}/{part}").status_code == 404
    for deed in ("cancel", "pause", "resume"):
        assert other.post(f"{plan}/{deed}").status_code == 404

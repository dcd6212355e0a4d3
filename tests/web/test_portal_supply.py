"""How long the coffee at home lasts, on the page of the next box, and what is said in one tap."""

import json

from flask.testing import FlaskClient

from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.letters.links import link_facts
from app.subscriptions.queries import any_subscription
from tests.services.test_foresee_supply import had
from tests.web.conftest import Subscribe, boxes_of


def test_the_box_page_says_how_long_the_coffee_lasts_and_hears_two_answers(
    subscribe: Subscribe, client: FlaskClient, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    assert "Your coffee at home" not in member.browser.get("/box/").text
    with units(actor) as work:
        had(work, any_subscription(work.session, member.subscription_id), 6, skipped=(0, 2, 4))
    page = member.browser.get("/box/").text
    assert "Your next box ships on Wed 6 Jan." in page and "Used up between" in page
    assert page.count('aria-pressed="false"') >= 2
    page = member.browser.post("/supply/say", data={"word": "low"}, follow_redirects=True).text
    assert "Thank you. We reckon with that" in page and 'aria-pressed="true">Running low' in page
    member.browser.post("/supply/say", data={"word": "nonsense"})
    member.browser.post("/language", data={"language": "zh-CN"})
    page = member.browser.get("/box/").text
    assert "您家里的咖啡" in page and "快喝完了" in page
    assert client.post("/supply/say", data={"word": "low"}).location == "/sign-in"


def test_the_link_of_the_letter_asks_and_keeps_one_answer_without_signing_in(
    subscribe: Subscribe, client: FlaskClient, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    (box, *_) = boxes_of(units, actor, member)
    facts = {"asks_box_id": str(box.id)}
    link = link_facts("x" * 40, "cut_off_near", facts)["left_path"]
    assert client.get(link).status_code == 404, "nothing is asked before a box has come"
    with units(actor) as work:
        had(work, any_subscription(work.session, member.subscription_id), 6)
    page = client.get(link).text
    assert "hardly any" in page and "4 or more" in page and "last until" not in page
    page = client.post(link, data={"halves": "3"}, follow_redirects=True).text
    assert 'value="3" aria-pressed="true">1½' in page and "last until" in page
    client.post(link, data={"halves": "7"})
    assert client.get(link + "x").status_code == 404
    assert 'aria-pressed="true">1½' in member.browser.get("/box/").text
    member.browser.post("/supply/bags", data={"halves": "0"})
    told = json.loads(member.browser.get("/taste/my-taste.json").text)["coffee_at_home"]
    assert [each["bags"] for each in told] == [1.5, 0.0]
    assert "coffee_at_home,bags,1.5" in member.browser.get("/taste/my-taste.csv").text

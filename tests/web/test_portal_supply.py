"""How long the coffee at home lasts, on the page of the next box, and what is said in one tap."""

from flask.testing import FlaskClient

from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.subscriptions.queries import any_subscription
from tests.services.test_foresee_supply import had
from tests.web.conftest import Subscribe


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

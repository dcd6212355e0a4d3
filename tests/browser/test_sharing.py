"""Groups and pledges in a real browser: invited, pledged with a slider, drawn for staff."""

import pytest
from playwright.sync_api import expect

from app.core.unit_of_work import Actor
from app.fulfilment.services.activate_subscription import activate_subscription
from app.people.rules import AddressFields, Role
from app.people.services.register_person import NewPerson, make_staff, register_person
from app.people.services.save_address import save_address
from app.subscriptions.price_term_rules import GroupTerms, PledgeTerms, PriceTerms
from app.subscriptions.queries import plans_on_sale
from app.subscriptions.services.join_group import join_group, start_group
from app.subscriptions.services.price_plan import price_plan
from app.subscriptions.services.sign_up import SignUp, sign_up
from app.wiring.tools import Tools
from tests.browser.conftest import Visit, look
from tests.browser.test_prices import enter
from tests.web.conftest import HASH

WINDOWS = ((390, "zh-CN"),)
PLEDGES = {"Ada": 2600, "Ben": 2000, "Cleo": 3200, "Dev": 1500, "Eve": 2600}


@pytest.fixture
def shared(shop_url: str, shop_tools: Tools, actor: Actor) -> dict[str, str]:
    """A plan with groups and pledges, five people, three of whom are in a group."""
    found: dict[str, str] = {}
    with shop_tools.units(actor) as work:
        plan = plans_on_sale(work.session)[0]
        terms = PriceTerms(group=GroupTerms(4, 1000), pledge=PledgeTerms(5000, 20_000))
        price_plan(work, plan.code, terms)
        for name, cents in PLEDGES.items():
            person = register_person(work, NewPerson(f"{name}@example.com", name, HASH))
            fields = AddressFields(name, "12 St James Sq", "New York", "10001", "US")
            place = save_address(work, person.id, fields)
            wish = SignUp(person.id, plan.id, 2, place.id, pledge_cents=cents)
            mine = activate_subscription(work, sign_up(work, wish).id)
            if name == "Ada":
                code = start_group(work, person.id, mine.id, "The office kitchen").code
                found |= {"ada": person.fs_uniquifier, "mine": str(mine.id), "code": code}
            elif name in ("Ben", "Cleo"):
                join_group(work, person.id, mine.id, code)
        mia = make_staff(work, NewPerson("mia@example.com", "Mia", HASH), [Role.OWNER])
        return found | {"mia": mia.fs_uniquifier, "plan": str(plan.id)}


@pytest.mark.parametrize(("width", "locale"), WINDOWS)
def test_a_group_invites_and_a_slider_pledges(
    visit: Visit, shop_tools: Tools, shared: dict[str, str], width: int, locale: str
) -> None:
    page = visit(width, locale=locale)
    page.goto(f"/group/{shared['code']}")
    look(page, f"invite-{locale}")
    page.goto(f"/sign-up/{shared['plan']}/you?size=2&group={shared['code']}")
    look(page, f"sign-up-pledge-{locale}")
    enter(shop_tools, page, shared["ada"], locale)
    page.goto(f"/plan/{shared['mine']}/group/")
    look(page, f"group-{locale}")
    page.goto(f"/plan/{shared['mine']}/pledge/")
    page.locator("#pledge-slider").press("ArrowRight")
    expect(page.locator("#pledge")).to_have_value("26.50")
    page.locator("form:has(#pledge) button").click()
    expect(page.locator("#pledge")).to_have_value("26.50")
    look(page, f"pledge-{locale}")
    enter(shop_tools, page, shared["mia"], locale)
    page.goto(f"/staff/plans/{shared['plan']}/sharing/")
    look(page, f"staff-sharing-{locale}")
    page.goto(f"/staff/plans/{shared['plan']}/terms")
    look(page, f"staff-terms-{locale}")

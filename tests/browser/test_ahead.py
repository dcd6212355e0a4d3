"""The pages of boxes paid ahead, other days, other plans and gifts, in a real browser."""

import pytest

from app.billing.ports import CardFacts
from app.billing.services.save_card import save_card
from app.core.links import GIFT, sign_link
from app.fulfilment.gift_queries import gifts_of
from app.fulfilment.services.activate_subscription import activate_subscription
from app.fulfilment.services.reveal_gifts import reveal_gifts
from app.people.rules import AddressFields
from app.people.services.register_person import NewPerson, register_person
from app.people.services.save_address import save_address
from app.subscriptions.models import Gift, Term
from app.subscriptions.queries import plan_by_code
from app.subscriptions.services.sign_up import SignUp, sign_up
from app.subscriptions.term_rules import TermStatus
from tests.browser.conftest import look
from tests.web.conftest import HASH, PASSWORD


@pytest.fixture
def ada(shop_url, shop_tools, actor, locale):
    """Ada, whose plan can be paid ahead and comes in two rhythms."""
    with shop_tools.units(actor) as work:
        plan = plan_by_code(work.session, "weekly")
        plan.prepaid, plan.rhythms = [[3, 0], [6, 500], [12, 1000]], [1, 2]
        person = register_person(work, NewPerson("ada@example.com", "Ada", HASH, locale))
        fields = AddressFields("Ada Byron", "12 St James Sq", "New York", "10001", "US")
        home = save_address(work, person.id, fields)
        save_card(work, person.id, CardFacts("cus_1", "pm_1", "visa", "4242", 12, 2040))
        subscription = sign_up(work, SignUp(person.id, plan.id, 2, home.id))
        activate_subscription(work, subscription.id)
        return person.id, subscription.id, plan.id


@pytest.mark.parametrize(("width", "locale"), [(1280, "en-US"), (390, "zh-CN")])
def test_everything_ahead_fits_and_reads(visit, shop_tools, actor, ada, width, locale):
    person_id, subscription_id, plan_id = ada
    page = visit(width, locale=locale)
    page.goto("/sign-in")
    page.fill("[name=identity]", "ada@example.com")
    page.fill("[name=passcode]", PASSWORD)
    page.press("[name=passcode]", "Enter")
    page.wait_for_url("**/box/**")

    def see(path: str, name: str) -> None:
        page.goto(path)
        look(page, f"ahead-{name}-{locale[:2]}")

    plan = f"/plan/{subscription_id}"
    see("/plan/", "plan")
    see(f"{plan}/ahead", "offers")
    see(f"{plan}/days/", "days")
    see(f"{plan}/switch", "plans")
    see(f"{plan}/switch?to={plan_id}:3", "preview")
    page.goto(f"{plan}/ahead")
    page.locator("form.sheet button").click()
    page.wait_for_load_state()
    look(page, f"ahead-term-{locale[:2]}")
    see(f"{plan}/cancel", "cancel")

    see("/gifts/give", "give")
    page.locator("form.sheet button").first.click()
    page.wait_for_load_state()
    page.fill("[name=recipient]", "Rin Rossi")
    page.fill("[name=recipient_email]", "rin@example.com")
    page.fill("[name=reveals_on]", "2027-02-14")
    page.fill("[name=message]", "Wake up well!")
    page.check("[name=unknown_address]")
    look(page, f"ahead-recipient-{locale[:2]}")
    page.locator("main form button.wide").click()
    page.wait_for_url("**/gifts/")
    look(page, f"ahead-gifts-{locale[:2]}")
    with shop_tools.units(actor) as work:
        work.session.query(Term).update({"status": TermStatus.PAID, "paid_at": work.now})
        work.session.query(Gift).update({"reveals_on": work.now.date()})
    with shop_tools.units(actor) as work:
        reveal_gifts(work)
        gift = gifts_of(work.session, person_id)[0]
    link = sign_link("x" * 40, GIFT, str(gift.subscription_id))
    see(f"/gift/{link}", "claim")
    page.fill("[name=line1]", "7 Pine Road")
    page.fill("[name=city]", "Salem")
    page.fill("[name=postcode]", "01970")
    page.locator("main form button.wide").click()
    page.wait_for_load_state()
    see("/gifts/", "gifts-claimed")
    see(f"/gifts/{gift.subscription_id}", "gift-edit")

"""Prices in a real browser: a code and a voucher at home, codes, tax and new prices at work."""

import pytest
from playwright.sync_api import Page, expect

from app.billing.coupon_rules import CouponTerms
from app.billing.services.move_credit import give_credit
from app.billing.services.save_card import record_account
from app.billing.services.save_coupon import make_coupon
from app.billing.services.set_shipping import save_shipping
from app.billing.shipping_rules import ShippingPrice
from app.core.unit_of_work import Actor
from app.finance.services.make_vouchers import make_vouchers
from app.fulfilment.services.activate_subscription import activate_subscription
from app.people.rules import AddressFields, Role
from app.people.services.register_person import NewPerson, make_staff, register_person
from app.people.services.save_address import save_address
from app.subscriptions.queries import plans_on_sale
from app.subscriptions.services.sign_up import SignUp, sign_up
from app.wiring.tools import Tools
from tests.browser.conftest import Visit, look
from tests.browser.test_finance import signed_in
from tests.web.conftest import HASH

WINDOWS = ((1280, "en-US"), (390, "zh-CN"))


@pytest.fixture
def people(shop_url: str, shop_tools: Tools, actor: Actor) -> dict[str, str]:
    """Ada with a subscription, Mia who works here, and a voucher's code."""
    with shop_tools.units(actor) as work:
        ada = register_person(work, NewPerson("ada@example.com", "Ada Byron", HASH))
        place = save_address(
            work, ada.id, AddressFields("Ada Byron", "12 St James Sq", "New York", "10001", "US")
        )
        plan = plans_on_sale(work.session)[0]
        mine = activate_subscription(work, sign_up(work, SignUp(ada.id, plan.id, 2, place.id)).id)
        record_account(work, ada.id, f"cus_{ada.id.hex}")
        mia = make_staff(work, NewPerson("mia@example.com", "Mia", HASH), [Role.OWNER])
        make_coupon(work, CouponTerms("SPRING-20", off_bp=2000, boxes=3))
        save_shipping(work, ShippingPrice("Home", "US", "", 0, 495, 5000))
        give_credit(work, ada.id, 500, "Sorry for the delay")
        codes = make_vouchers(work, 2500, 2, True, (None, "Market"))
        return {
            "ada": str(ada.id),
            "plan": str(plan.id),
            "mine": str(mine.id),
            "code": codes[0],
            "ada_mark": ada.fs_uniquifier,
            "mia_mark": mia.fs_uniquifier,
        }


def enter(tools: Tools, page: Page, mark: str, locale: str) -> None:
    """Let somebody be signed in, in their language."""
    place = {"url": tools.settings.base_url}
    cookies = {"boxwright": signed_in(tools, mark), "language": locale.replace("-US", "")}
    page.context.add_cookies([{"name": n, "value": v, **place} for n, v in cookies.items()])


@pytest.mark.parametrize(("width", "locale"), WINDOWS)
def test_somebody_pays_less_and_adds_something(
    visit: Visit, shop_tools: Tools, people: dict[str, str], width: int, locale: str
) -> None:
    page = visit(width, locale=locale)
    enter(shop_tools, page, people["ada_mark"], locale)
    page.goto("/savings/")
    page.locator("[name=coupon]").fill("spring-20")
    page.locator("form[action*=coupon] button").click()
    expect(page.get_by_text("SPRING-20")).to_be_visible()
    page.locator("[name=voucher]").fill(people["code"])
    page.locator("form[action$=voucher] button").click()
    look(page, f"savings-{locale}")
    page.goto(f"/plan/{people['mine']}/extras")
    page.locator("button[name=how][value=once]").first.click()
    look(page, f"extras-{locale}")
    page.goto("/plan/")
    look(page, f"plan-{locale}")
    page.goto("/box/")
    look(page, f"box-{locale}")


@pytest.mark.parametrize(("width", "locale"), WINDOWS)
def test_staff_see_and_set_prices(
    visit: Visit, shop_tools: Tools, people: dict[str, str], width: int, locale: str
) -> None:
    page = visit(width, locale=locale)
    enter(shop_tools, page, people["mia_mark"], locale)
    page.goto("/staff/coupons/")
    look(page, f"coupons-{locale}")
    page.goto("/staff/vouchers/")
    look(page, f"vouchers-{locale}")
    page.goto("/staff/price-lists/")
    page.locator("form[action$=tax] [name=percent]").fill("6.25")
    page.locator("form[action$=tax] [name=valid_from]").fill("2027-01-01")
    page.locator("form[action$=tax] button").click()
    look(page, f"price-lists-{locale}")
    page.goto(f"/staff/plans/{people['plan']}/prices")
    page.locator("[name=price]").fill("28.00")
    page.locator("form:has([name=price]) button").click()
    look(page, f"new-prices-{locale}")
    page.goto(f"/staff/subscribers/{people['ada']}/credit")
    look(page, f"credit-{locale}")

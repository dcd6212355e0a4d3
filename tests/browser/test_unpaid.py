"""The terms for unpaid boxes, seen in a browser: on a wide screen, on a telephone, in Chinese."""

from sqlalchemy import select

from app.core.unit_of_work import Actor
from app.people.rules import Role
from app.people.services.register_person import NewPerson, make_staff
from app.subscriptions.models import Plan
from app.wiring.tools import Tools
from tests.browser.conftest import Visit, look
from tests.browser.test_finance import signed_in


def test_staff_see_what_follows_a_declined_charge(
    visit: Visit, shop_tools: Tools, actor: Actor
) -> None:
    with shop_tools.units(actor) as work:
        mark = make_staff(work, NewPerson("mo@example.com", "Mo"), [Role.OWNER]).fs_uniquifier
        plan_id = work.session.scalars(select(Plan.id).limit(1)).one()
    for width, locale in ((1280, "en-US"), (390, "zh-CN")):
        page = visit(width, locale=locale)
        place = {"url": shop_tools.settings.base_url}
        cookies = {"boxwright": signed_in(shop_tools, mark), "language": locale.split("-US")[0]}
        page.context.add_cookies(
            [{"name": name, "value": value, **place} for name, value in cookies.items()]  # type: ignore[typeddict-item]  # the address stands for domain and path
        )
        page.goto(f"/staff/plans/{plan_id}/unpaid")
        look(page, f"unpaid-{locale}")
        assert page.locator("svg.dunning circle").count() >= 4
        page.goto(f"/staff/plans/{plan_id}/terms")
        page.fill("#from_0", "4")
        page.fill("#from_off_0", "10")
        page.fill("#boxes_0", "6")
        page.fill("#boxes_off_0", "5")
        page.click("button[value=preview]")
        look(page, f"plan-terms-{locale}")
        assert page.locator("ul.lines li").count() == 6

"""Somebody of finance adds an address, sees how it goes, and sends a test, on both widths."""

import pytest

from app.hooks.queries import endpoints
from app.hooks.rules import Answer, EventType
from app.hooks.services.claim_deliveries import claim_deliveries, record_answer
from app.hooks.services.tell import tell
from app.people.rules import Role
from app.people.services.register_person import NewPerson, make_staff
from tests.browser.conftest import look
from tests.web.conftest import HASH, PASSWORD

ANSWERS = (Answer(204, milliseconds=41), Answer(500, "out of order", milliseconds=903))


@pytest.mark.parametrize(("width", "locale"), [(1280, "en-US"), (390, "zh-CN")])
def test_webhooks_are_looked_after(visit, shop_tools, actor, width, locale):
    name = f"webhooks-{locale[:2]}"
    with shop_tools.units(actor) as work:
        make_staff(work, NewPerson("fin@example.com", "Fin", HASH, locale), [Role.FINANCE])
    page = visit(width, locale=locale)
    page.goto("/sign-in")
    page.fill("#identity", "fin@example.com")
    page.fill("#passcode", PASSWORD)
    page.locator("main form button").first.click()
    page.goto("/staff/webhooks/")
    look(page, f"{name}-none")
    page.locator("main a.button").click()
    page.fill("#name", "Bookkeeping")
    page.fill("#url", "https://10.0.0.1/hooks")
    page.locator("summary").first.click()
    page.locator("input[value='invoice.*']").check(force=True)
    page.locator("main form button").last.click()
    look(page, f"{name}-wrong")
    page.fill("#url", "https://books.example.com/a/rather/long/address/for/hooks")
    page.locator("main form button").last.click()
    look(page, f"{name}-secret")
    assert "whsec_" in page.content()
    with shop_tools.units(actor) as work:
        for number in range(3):
            tell(work, EventType.INVOICE_PAID, number, total_cents=1500, currency="USD")
    with shop_tools.units(actor) as work:
        for parcel, answer in zip(claim_deliveries(work, 2), ANSWERS, strict=True):
            record_answer(work, parcel, answer)
        endpoint = endpoints(work.session)[0]
    page.goto("/staff/webhooks/")
    look(page, f"{name}-list")
    page.goto(f"/staff/webhooks/{endpoint.id}")
    look(page, f"{name}-one")
    page.locator("table a").last.click()
    look(page, f"{name}-delivery")

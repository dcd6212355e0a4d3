"""A real browser walks the room of finance, on a wide screen and on a telephone."""

from datetime import UTC, datetime

from app.core.unit_of_work import Actor
from app.finance.rules import Source, Split, fee, sale, shipment
from app.finance.services.post import EntryDraft, post_all
from app.people.rules import Role
from app.people.services.register_person import NewPerson, make_staff
from app.web.app import create_app
from app.wiring.tools import Tools
from tests.browser.conftest import Visit, look
from tests.conftest import FrozenClock

PAGES = (
    "",
    "journal/",
    "journal/codes",
    "journal/correction",
    "deferred/",
    "recurring/",
    "tax/",
    "unpaid/",
    "payouts/",
)


def test_finance_finds_the_entries_behind_a_figure(
    visit: Visit, shop_tools: Tools, clock: FrozenClock, actor: Actor
) -> None:
    with shop_tools.units(actor) as work:
        mark = make_staff(work, NewPerson("fin@example.com", "Fin"), [Role.FINANCE]).fs_uniquifier
        moments = (
            (Source.PAYMENT, sale(Split(2600, 163))),
            (Source.FEE, fee(109)),
            (Source.SHIPMENT, shipment(2600)),
        )
        post_all(work, [EntryDraft(source, "x", "USD", "x", told) for source, told in moments])
    clock.move_to(datetime(2027, 2, 3, 15, tzinfo=UTC))
    cookie = signed_in(shop_tools, mark)
    wide, small = visit(1280), visit(390, locale="zh-CN")
    for page in (wide, small):
        place = {"url": shop_tools.settings.base_url}
        tongue = "zh-CN" if page is small else "en"
        page.context.add_cookies(
            [
                {"name": "boxwright", "value": cookie, **place},
                {"name": "language", "value": tongue, **place},
            ]
        )
        for path in PAGES:
            page.goto(f"/staff/finance/{path}?month=2027-01")
            look(page, f"finance-{path.strip('/').replace('/', '-') or 'home'}")
    wide.goto("/staff/finance/?month=2027-01")
    wide.get_by_role("link", name="$26.00").first.click()
    assert wide.get_by_role("row").count() > 1
    assert "account=2000" in wide.url and wide.get_by_text("Box shipped").count()


def signed_in(tools: Tools, mark: str) -> str:
    """Return the cookie of a browser in which somebody is signed in."""
    browser = create_app(tools).test_client()
    with browser.session_transaction() as session:
        session["_user_id"], session["_fresh"] = mark, True
    found = browser.get_cookie("boxwright")
    assert found is not None
    return found.value

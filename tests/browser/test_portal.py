"""A person walks the portal: sign-up, quiz, card, next box, swap, skip, cancel."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from app.jobs.drain import drain
from app.wiring.tools import Tools
from tests.browser.conftest import Visit, look
from tests.conftest import FrozenClock, RecordingMailer

WIDTHS = (1280, 390)
GOOD, ASKED = "4242 4242 4242 4242", "4000 0027 6000 3184"


def fill_account(page: Page, email: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill("a-calm-cup-of-coffee")
    page.get_by_label("Name", exact=True).fill("Ada Byron")
    page.get_by_label("Street and number").fill("12 St James Sq")
    page.get_by_label("City").fill("New York")
    page.get_by_label("Postcode").fill("10001")
    page.get_by_label("I order a box").check()


def leave_card(page: Page, card: str) -> None:
    """Type a card on the provider's page."""
    page.get_by_label("Card number").fill(card)
    page.get_by_label("Expiry").fill("12 / 34")
    page.get_by_label("Security code").fill("123")
    page.get_by_role("button", name="Save card").click()
    if card == ASKED:
        page.get_by_role("button", name="Yes, approve").click()


def sign_up(page: Page, width: int, email: str = "ada@example.com", card: str = GOOD) -> None:
    """Walk from the front page to the first box."""
    page.goto("/")
    look(page, "home")
    page.get_by_role("button", name="Choose Weekly box").click()
    look(page, "sign-up")
    page.get_by_role("button", name="Continue").click()
    look(page, "sign-up-you")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Please fill this in.").first).to_be_visible()
    look(page, "sign-up-wrong")
    fill_account(page, email)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="What do you like?")).to_be_visible()
    look(page, "quiz")
    page.get_by_label("Fruity").check(force=True)
    page.get_by_label("Espresso", exact=True).check(force=True)
    page.get_by_label("Nuts", exact=True).check(force=True)
    page.get_by_role("button", name="Continue").click()
    look(page, "card")
    page.get_by_role("button", name="Enter my card").click()
    leave_card(page, card)
    expect(page.get_by_role("heading", name="Welcome, Ada Byron.")).to_be_visible()
    look(page, "welcome")
    page.get_by_role("link", name="See my first box").click()


@pytest.mark.parametrize("width", WIDTHS)
def test_somebody_joins_changes_a_box_skips_it_and_leaves(visit: Visit, width: int) -> None:
    page = visit(width)
    sign_up(page, width)
    expect(page.get_by_role("heading", name="Box of Wednesday, January 6, 2027")).to_be_visible()
    look(page, "box")
    page.locator("summary", has_text="Swap").first.click()
    look(page, "box-swap")
    page.get_by_role("button", name="Swap it").first.click()
    expect(page.get_by_text("Swapped.")).to_be_visible()
    look(page, "box-swapped")
    page.get_by_role("button", name="Skip this box").click()
    expect(page.get_by_text("Skipped: nothing ships on Wednesday, January 6, 2027")).to_be_visible()
    expect(page.get_by_role("heading", name="January 13")).to_be_visible()
    look(page, "box-skipped")
    page.get_by_role("link", name="My plan").click()
    look(page, "plan")
    page.get_by_role("link", name="Cancel", exact=True).click()
    look(page, "cancel")
    page.get_by_role("button", name="Cancel my subscription").click()
    expect(page.get_by_text("Your subscription has ended.")).to_be_visible()
    look(page, "plan-cancelled")


@pytest.mark.parametrize("width", WIDTHS)
def test_every_other_page_fits_and_speaks_chinese_too(visit: Visit, width: int) -> None:
    page = visit(width, locale="en-US")
    sign_up(page, width, "cleo@example.com")
    pages = (("mix", "Own mix"), ("details", "Address, grind, note"))
    for name, link in pages:
        page.goto("/plan/")
        page.get_by_role("link", name=link).click()
        look(page, name)
    for name, path in (
        ("taste", "/taste/"),
        ("invoices", "/invoices/"),
        ("history", "/box/history"),
    ):
        page.goto(path)
        look(page, name)
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", name="往期咖啡盒")).to_be_visible()
    for name, path in (
        ("home", "/"),
        ("box", "/box/"),
        ("plan", "/plan/"),
        ("taste", "/taste/"),
        ("invoices", "/invoices/"),
        ("nowhere", "/nowhere"),
    ):
        page.goto(path)
        look(page, f"zh-{name}")


def test_the_box_can_be_changed_by_keyboard_alone(visit: Visit) -> None:
    page = visit(1280)
    sign_up(page, 1280, "kay@example.com")
    expect(page.get_by_role("heading", name="Box of Wednesday, January 6, 2027")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    summary = page.locator("summary", has_text="Swap").first
    for _ in range(12):
        page.keyboard.press("Tab")
        if summary.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Swapped.")).to_be_visible()


def test_the_dark_side_of_the_portal(visit: Visit) -> None:
    page = visit(390, color_scheme="dark")
    page.goto("/")
    look(page, "dark-home")
    page.goto("/sign-in")
    look(page, "dark-sign-in")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_bank_that_asks_is_answered_by_the_pay_link(
    visit: Visit, shop_tools: Tools, clock: FrozenClock, mailer: RecordingMailer, width: int
) -> None:
    page = visit(width)
    sign_up(page, width, "dev@example.com", card=ASKED)
    clock.move_to(datetime(2027, 1, 5, 8, 0, tzinfo=UTC))
    drain(shop_tools)
    links = [found for post in mailer.posts for found in re.findall(r"\S+/pay/\S+", post.text)]
    page.context.clear_cookies()
    page.goto(links[-1])
    look(page, "pay")
    page.get_by_role("button", name="Pay $26.00").click()
    page.get_by_role("button", name="Yes, approve").click()
    expect(page.get_by_text("Thank you, this is paid.")).to_be_visible()
    expect(page.get_by_text("Nothing is owed on this invoice.")).to_be_visible()
    look(page, "paid")
    sign_in(page, "dev@example.com")
    page.goto("/invoices/")
    expect(page.get_by_text("Paid", exact=True)).to_be_visible()
    look(page, "invoices-paid")
    page.get_by_role("link", name="100001").click()
    look(page, "invoice")
    page.goto("/box/history")
    look(page, "history-packed")


def sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password or code").fill("a-calm-cup-of-coffee")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("link", name="My box")).to_be_visible()

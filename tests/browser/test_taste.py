"""A person reads why, rates what came in two taps, and looks at what we think of their taste."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from app.core.unit_of_work import Actor
from app.fulfilment.services.record_tracking import record_tracking
from app.fulfilment.tracking_rules import TrackingRow
from app.jobs.drain import drain
from app.wiring.tools import Tools
from tests.browser.conftest import Visit, look
from tests.browser.test_portal import WIDTHS, sign_up
from tests.conftest import FrozenClock

AFTER_LOCK = datetime(2027, 1, 5, 8, 0, tzinfo=UTC)


def ship_everything(tools: Tools, clock: FrozenClock) -> None:
    """Let the first batch lock, be paid, and leave."""
    clock.move_to(AFTER_LOCK)
    drain(tools)
    with tools.units(Actor("staff", "test")) as work:
        numbers = work.session.scalars(text("SELECT order_number FROM parcel")).all()
        record_tracking(work, [TrackingRow(number, "ups", "1Z") for number in numbers])


def rate_in_two_taps(page: Page) -> None:
    page.goto("/box/")
    expect(page.get_by_role("heading", name="How was your last box?")).to_be_visible()
    look(page, "box-rate")
    page.get_by_role("button", name="2 of 5").first.click()
    bitter = page.get_by_role("button", name="Too bitter")
    bitter.click()
    expect(bitter).to_have_attribute("aria-pressed", "true")
    expect(bitter).to_be_focused()
    look(page, "box-rated")


def share_with_ana(page: Page) -> None:
    page.get_by_role("link", name="Add somebody").click()
    page.get_by_label("What may we call them?").fill("Ana")
    page.get_by_label("Bold").check(force=True)
    look(page, "household-new")
    page.get_by_role("button", name="Let them share my boxes").click()
    page.get_by_role("button", name="2 of 5").first.click()
    expect(page.get_by_role("button", name="Take this rating back")).to_be_visible()
    look(page, "household-member")
    page.goto("/box/")
    expect(page.get_by_text(re.compile("^(Ana|For you): ")).first).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_reasons_are_read_and_a_box_is_rated_in_two_taps(
    visit: Visit, shop_tools: Tools, clock: FrozenClock, width: int
) -> None:
    page = visit(width)
    sign_up(page, width)
    expect(page.get_by_text("You like fruity coffees, and this one").first).to_be_visible()
    page.get_by_text("What would change this?").first.click()
    expect(page.get_by_text(re.compile("from place 1 to place")).first).to_be_visible()
    ship_everything(shop_tools, clock)
    rate_in_two_taps(page)
    page.goto("/box/history")
    page.get_by_role("link", name="Why these coffees?").first.click()
    expect(page.get_by_text("You like fruity coffees, and this one").first).to_be_visible()
    look(page, "box-packed")
    page.goto("/taste/")
    expect(page.get_by_role("heading", name="Coffees that suit you best")).to_be_visible()
    look(page, "taste-told")
    share_with_ana(page)
    page.goto("/taste/")
    page.get_by_role("button", name="Switch my taste off").click()
    expect(page.get_by_role("heading", name="Your taste is switched off")).to_be_visible()
    look(page, "taste-off")
    page.get_by_role("button", name="Use my taste again").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", name="最适合您的咖啡")).to_be_visible()
    look(page, "zh-taste-told")


def test_a_cup_is_rated_by_keyboard_without_a_script(
    visit: Visit, shop_tools: Tools, clock: FrozenClock
) -> None:
    page = visit(1280)
    sign_up(page, 1280)
    ship_everything(shop_tools, clock)
    page.route("**/boxwright.js", lambda route: route.fulfill(body=""))
    page.goto("/box/")
    page.get_by_role("button", name="4 of 5").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Loved it")).to_be_visible()
    page.get_by_role("button", name="Loved it").focus()
    page.keyboard.press("Enter")
    pressed = page.get_by_role("button", name="Loved it", pressed=True)
    expect(pressed).to_be_visible()

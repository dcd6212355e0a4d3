"""The next box: seen, swapped, pinned, skipped; refused in words after its cut-off."""

import uuid
from datetime import UTC, datetime

from flask.testing import FlaskClient

from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.people.rules import Role
from tests.conftest import FrozenClock
from tests.web.conftest import SignIn, Subscribe, boxes_of, hidden

LATE = datetime(2027, 1, 5, 5, 0, 0, tzinfo=UTC)


def test_the_next_box_shows_lines_dates_and_price(subscribe: Subscribe) -> None:
    page = subscribe("ada@example.com").browser.get("/box/").text
    assert "· Box 1</p>" in page
    assert "Box of Wednesday, January 6, 2027" in page
    assert "Open for changes until Mon 4 Jan 2027, 23:59" in page
    assert "$26.00" in page and page.count('class="line"') == 2


def test_the_cut_off_is_told_in_the_readers_own_zone_too(subscribe: Subscribe) -> None:
    browser = subscribe("ada@example.com").browser
    browser.set_cookie("zone", "Asia%2FTokyo")
    assert "Tue 5 Jan 2027, 13:59" in browser.get("/box/").text


def test_a_swap_puts_another_coffee_in(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    box = boxes_of(units, actor, member)[0]
    action = f"/box/{box.id}/swap"
    wish = hidden(member.browser.get("/box/").text, action)
    answer = member.browser.post(action, data=wish, follow_redirects=True)
    assert "Swapped." in answer.text
    assert f'name="product" value="{wish["in"]}"' in answer.text
    assert f'name="out" value="{wish["out"]}"' not in answer.text


def test_a_pin_stays_until_it_is_taken_back(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    box = boxes_of(units, actor, member)[0]
    wish = hidden(member.browser.get("/box/").text, f"/box/{box.id}/pin")
    page = member.browser.post(f"/box/{box.id}/pin", data=wish, follow_redirects=True).text
    assert "stays in this box." in page and "You chose this." in page
    page = member.browser.post(f"/box/{box.id}/unpin", data=wish, follow_redirects=True).text
    assert "We choose for this place again." in page and "You chose this." not in page


def test_taking_out_and_starting_over(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    box = boxes_of(units, actor, member)[0]
    before = member.browser.get("/box/").text
    wish = hidden(before, f"/box/{box.id}/take-out")
    page = member.browser.post(f"/box/{box.id}/take-out", data=wish, follow_redirects=True).text
    assert f'name="out" value="{wish["product"]}"' not in page
    page = member.browser.post(f"/box/{box.id}/reset", follow_redirects=True).text
    assert f'name="out" value="{wish["product"]}"' in page


def test_two_taps_skip_one_dated_box_and_unskip_brings_it_back(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    first = boxes_of(units, actor, member)[0]
    for _ in range(2):
        page = member.browser.post(f"/box/{first.id}/skip", follow_redirects=True).text
        assert "nothing ships on Wednesday, January 6, 2027" in page and "$26.00" in page
    states = [box.status for box in boxes_of(units, actor, member)]
    assert states == ["skipped", "planned", "planned", "planned"]
    page = member.browser.post(f"/box/{first.id}/unskip", follow_redirects=True).text
    assert "is on again" in page
    assert boxes_of(units, actor, member)[0].status == "planned"


def test_a_late_skip_is_refused_in_words_and_the_next_box_is_offered(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor, clock: FrozenClock
) -> None:
    member = subscribe("ada@example.com")
    first, second = boxes_of(units, actor, member)[:2]
    clock.move_to(LATE)
    answer = member.browser.post(f"/box/{first.id}/skip")
    assert answer.location == f"/box/{second.id}"
    page = member.browser.get(answer.location).text
    assert "It is too late to change this box." in page
    assert f'href="/box/{second.id}"' in page and "Wednesday, January 13, 2027" in page
    assert [box.status for box in boxes_of(units, actor, member)][:2] == ["planned", "planned"]


def test_a_late_box_has_no_buttons(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor, clock: FrozenClock
) -> None:
    member = subscribe("ada@example.com")
    first = boxes_of(units, actor, member)[0]
    clock.move_to(LATE)
    page = member.browser.get(f"/box/{first.id}").text
    assert "can no longer be changed" in page
    assert f"/box/{first.id}/skip" not in page and f"/box/{first.id}/swap" not in page


def test_a_choice_that_is_not_there_is_answered_in_words(
    subscribe: Subscribe, units: UnitOfWorkFactory, actor: Actor
) -> None:
    member = subscribe("ada@example.com")
    box = boxes_of(units, actor, member)[0]
    for wish in ({}, {"out": "x", "in": "y"}):
        page = member.browser.post(f"/box/{box.id}/swap", data=wish, follow_redirects=True).text
        assert "Please choose one of the answers offered." in page
    wish = {"product": str(uuid.uuid4()), "units": "1"}
    page = member.browser.post(f"/box/{box.id}/pin", data=wish, follow_redirects=True).text
    assert "This coffee is not offered for this box." in page


def test_the_page_is_chinese_for_chinese_readers(subscribe: Subscribe) -> None:
    browser = subscribe("ada@example.com").browser
    browser.post("/language", data={"language": "zh-CN"})
    page = browser.get("/box/").text
    assert "每周一盒" in page and "2027年1月6日" in page and "跳过" in page


def test_somebody_without_a_subscription_is_shown_the_plans(sign_in: SignIn) -> None:
    assert "No subscription yet" in sign_in("new@example.com", Role.SUBSCRIBER).get("/box/").text


def test_history_is_empty_before_the_first_box(subscribe: Subscribe) -> None:
    assert "Nothing here yet" in subscribe("ada@example.com").browser.get("/box/history").text


def test_a_stranger_is_turned_away(
    client: FlaskClient,
    subscribe: Subscribe,
    sign_in: SignIn,
    units: UnitOfWorkFactory,
    actor: Actor,
) -> None:
    member = subscribe("ada@example.com")
    box = boxes_of(units, actor, member)[0]
    other = subscribe("ben@example.com").browser
    assert client.get("/box/").location == "/sign-in?next=/box/"
    assert client.post(f"/box/{box.id}/skip").location == "/sign-in"
    for deed in ("skip", "unskip", "reset"):
        answer = other.post(f"/box/{box.id}/{deed}")
        assert answer.status_code == 404
        assert "We could not find this box." in answer.text and "Go to the box of" in answer.text
    assert other.get(f"/box/{box.id}").status_code == 404
    assert boxes_of(units, actor, member)[0].status == "planned"

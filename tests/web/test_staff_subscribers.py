"""Subscribers: found by name, e-mail or number; skipped, paused, resumed, ended for them."""

from sqlalchemy import select

from app.core.outbox import Letter
from app.people.rules import Role
from app.subscriptions.models import Subscription
from tests.web.staff_shop import ACTOR

SUE = "sue@example.com"


def path(person_id, tail=""):
    return f"/staff/subscribers/{person_id}{tail}"


def subscription_of(units, person_id):
    with units(ACTOR) as work:
        query = select(Subscription).where(Subscription.subscriber_id == person_id)
        return work.session.scalars(query).one()


def test_a_stranger_is_turned_away(client, shop_at_work):
    assert client.get(path(shop_at_work.ada)).status_code == 303


def test_a_role_without_the_right_is_turned_away(sign_in, shop_at_work):
    assert (
        sign_in("fay@example.com", Role.FULFILMENT).get(path(shop_at_work.ada)).status_code == 403
    )


def test_somebody_is_found_by_name_address_and_number(sign_in, shop_at_work, units):
    browser = sign_in(SUE, Role.SUPPORT)
    number = subscription_of(units, shop_at_work.ada).number
    for word in ("ada", "ada@example.com", str(number)):
        page = browser.get("/staff/subscribers/", query_string={"q": word}).text
        assert str(shop_at_work.ada) in page and str(shop_at_work.dev) not in page
    assert "Nobody found" in browser.get("/staff/subscribers/?q=nobody").text
    found = browser.get(f"/staff/subscribers/?q=BW-{number}-0")
    assert found.location == f"/staff/boxes/{shop_at_work.box(shop_at_work.ada)}"


def test_a_page_shows_taste_exclusions_and_letters(sign_in, shop_at_work):
    page = sign_in(SUE, Role.SUPPORT).get(path(shop_at_work.cleo)).text
    assert "Never in the box" in page and "Light roast" in page
    assert "Welcome" in page and "•••• 4242" in page and "Weekly box" in page


def test_an_unknown_person_is_not_found(sign_in, shop_at_work):
    assert sign_in(SUE, Role.SUPPORT).get(path(shop_at_work.batch_id)).status_code == 404


def test_a_box_is_skipped_and_taken_back_for_somebody(sign_in, shop_at_work):
    browser = sign_in(SUE, Role.SUPPORT)
    box = f"/boxes/{shop_at_work.box(shop_at_work.ada)}"
    browser.post(path(shop_at_work.ada, f"{box}/skip"))
    assert shop_at_work.status(shop_at_work.ada) == "skipped"
    browser.post(path(shop_at_work.ada, f"{box}/unskip"))
    assert shop_at_work.status(shop_at_work.ada) == "planned"


def test_a_late_skip_is_refused_in_words(sign_in, shop_at_work):
    shop_at_work.lock()
    box = shop_at_work.box(shop_at_work.ada)
    page = (
        sign_in(SUE, Role.SUPPORT)
        .post(path(shop_at_work.ada, f"/boxes/{box}/skip"), follow_redirects=True)
        .text
    )
    assert "It is too late to change this box." in page
    assert shop_at_work.status(shop_at_work.ada) == "composed"


def test_a_foreign_box_is_not_found(sign_in, shop_at_work):
    box = shop_at_work.box(shop_at_work.dev)
    answer = sign_in(SUE, Role.SUPPORT).post(path(shop_at_work.ada, f"/boxes/{box}/skip"))
    assert answer.status_code == 404 and shop_at_work.status(shop_at_work.dev) == "planned"


def test_pausing_marks_a_wrong_day_and_keeps_it(sign_in, shop_at_work, units):
    browser = sign_in(SUE, Role.SUPPORT)
    mine = f"/subscriptions/{subscription_of(units, shop_at_work.ada).id}"
    of = {"of": mine.rpartition("/")[2]}
    early = browser.post(
        path(shop_at_work.ada, f"{mine}/pause"), data={"resumes_on": "2026-01-01", **of}
    )
    assert early.status_code == 422 and "The day to resume must lie ahead." in early.text
    assert 'value="2026-01-01"' in early.text
    browser.post(path(shop_at_work.ada, f"{mine}/pause"), data={"resumes_on": "2027-02-01"})
    assert subscription_of(units, shop_at_work.ada).status.value == "paused"
    browser.post(path(shop_at_work.ada, f"{mine}/resume"))
    assert subscription_of(units, shop_at_work.ada).status.value == "active"


def test_ending_for_somebody_tells_them(sign_in, shop_at_work, units):
    mine = f"/subscriptions/{subscription_of(units, shop_at_work.ada).id}"
    page = (
        sign_in(SUE, Role.SUPPORT)
        .post(
            path(shop_at_work.ada, f"{mine}/cancel"),
            data={"reason": "moves"},
            follow_redirects=True,
        )
        .text
    )
    assert "Ended. The subscriber is told by letter." in page
    assert subscription_of(units, shop_at_work.ada).cancel_reason == "moves"
    with units(ACTOR) as work:
        assert "subscription_cancelled" in set(work.session.scalars(select(Letter.kind)))

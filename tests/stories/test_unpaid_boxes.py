"""A card fails: when it is tried again, when the box is given up, and what people are told."""

import re
from dataclasses import replace

import pytest
import requests

from app.billing.rules import InvoiceStatus, PaymentStatus
from app.billing.services.begin_visit import begin_visit
from app.core.unit_of_work import Actor
from app.finance.rules import Ledger
from app.finance.services.apply_outcome import apply_outcome
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.subscriptions.models import Pause, Subscription
from app.subscriptions.rules import SubscriptionStatus
from app.web.app import create_app
from tests.cast import WEEKLY
from tests.stories.ahead import balance
from tests.stories.shop import ASKS, EMPTY, GOOD, LOST, STOLEN
from tests.stories.unpaid import (  # noqa: F401 - fixtures
    FIRST,
    SECOND,
    THIRD,
    dev_who_cannot_pay,
    local,
    march,
    shop_in_february,
    tried_on,
)


def test_an_unpaid_box_is_tried_on_its_days_and_given_up_for_the_next(shop, dev):
    person, subscription = dev
    shop.change_card(person, EMPTY)
    shop.advance(local(3, 7))
    box = shop.box_on(subscription, FIRST)
    assert tried_on(shop, box) == march(1, 2, 4)
    assert {each.decline_code for each in shop.attempts(box)} == {"insufficient_funds"}
    assert (box.status, shop.taken()) == (BoxStatus.COMPOSED, [])

    shop.advance(local(3, 8, 3))
    box, following = shop.box_on(subscription, FIRST), shop.box_on(subscription, SECOND)
    assert (box.status, shop.invoice(box).status) == (BoxStatus.VOIDED, InvoiceStatus.VOID)
    assert shop.payment(box).status is PaymentStatus.CANCELLED
    assert tried_on(shop, following) == march(8)
    assert len(shop.attempts(box)) == 3

    shop.put(local(3, 9, 1))
    shop.give_new_card(person)
    shop.run_due()
    assert shop.shipped_days(subscription) == [SECOND]
    assert [each.amount_cents for each in shop.taken()] == [3000]
    assert shop.sql("SELECT sum(on_hand), sum(reserved) FROM stock") == [(798, 2)]


def test_the_letters_name_reason_plan_and_dates(shop, dev):
    person, _ = dev
    shop.change_card(person, EMPTY)
    shop.advance(local(3, 8, 3))
    first, again = shop.letters("payment_failed")[:2]
    assert first.facts["reason"] == "insufficient_funds"
    assert first.facts["plan"]["en"] == "Weekly box"
    assert first.facts["next_try_at"].startswith("2027-03-02")
    last = shop.letters("payment_last_try")[0]
    assert last.facts["final_on"] == "2027-03-04"
    assert again.facts["next_try_at"] is None
    ended = {letter.person_id: letter.facts for letter in shop.letters("box_unpaid")}
    assert set(ended) == {person.id, None}, "the owner and the subscriber"
    assert all(facts["plan"]["en"] == "Weekly box" for facts in ended.values())


def test_who_cancels_is_not_tried_again(shop, dev):
    person, subscription = dev
    shop.change_card(person, EMPTY)
    shop.advance(local(3, 3, 10))
    with shop.tools.units(Actor("subscriber", str(person.id))) as work:
        cancel_subscription(work, person.id, subscription.id)
    shop.change_card(person, GOOD)
    shop.advance(local(3, 20))
    boxes = shop.boxes(subscription)
    assert {box.status for box in boxes} == {BoxStatus.CANCELLED}
    assert tried_on(shop, boxes[0]) == march(1, 2)
    assert shop.payment(boxes[0]).status is PaymentStatus.CANCELLED
    assert (len(shop.tools.books.payments()), shop.taken()) == (1, [])


@pytest.mark.parametrize(("number", "code"), [(STOLEN, "stolen_card"), (LOST, "lost_card")])
def test_a_lost_or_stolen_card_is_not_tried_again(shop, dev, number, code):
    person, subscription = dev
    shop.change_card(person, number)
    shop.advance(local(3, 7))
    box = shop.box_on(subscription, FIRST)
    assert tried_on(shop, box) == march(1)
    asked = shop.letters("card_needed")
    assert [letter.facts["reason"] for letter in asked] == [code]
    shop.give_new_card(person)
    shop.run_due()
    assert shop.shipped_days(subscription) == [FIRST]


def test_a_bank_that_asks_is_answered_once_and_then_trusts_the_card(shop, dev):
    person, subscription = dev
    shop.change_card(person, ASKS)
    shop.advance(local(3, 6))
    box = shop.box_on(subscription, FIRST)
    assert tried_on(shop, box) == march(1)
    assert len(shop.letters("payment_action")) == 1
    assert shop.taken() == []

    with shop.tools.units(Actor("subscriber")) as work:
        visit = begin_visit(work, shop.payment(box).id)
    asked = shop.tools.gateway.confirm(visit.ticket, "http://127.0.0.1/back")
    with shop.tools.units(Actor("subscriber")) as work:
        apply_outcome(work, asked, visit.ticket)
    assert asked.status is PaymentStatus.NEEDS_ACTION
    assert asked.action_url
    answer_bank(asked.action_url)
    shop.run_due()
    shop.advance(local(3, 6, 3))
    assert shop.shipped_days(subscription) == [FIRST]
    shop.advance(local(3, 9))
    assert shop.shipped_days(subscription) == [FIRST, SECOND]
    assert len(shop.attempts(shop.box_on(subscription, SECOND))) == 1
    assert len(shop.letters("payment_action")) == 1
    assert [each.amount_cents for each in shop.taken()] == [3000, 3000]


def answer_bank(url: str) -> None:
    """Say yes on the bank's page, as a person does."""
    answer = requests.post(url, data={"answer": "approve"}, timeout=10, allow_redirects=False)
    assert answer.status_code in (302, 303), answer.text


def test_of_two_plans_that_failed_the_owner_pays_the_one_that_its_letter_names(shop, dev):
    person, weekly = dev
    office = replace(WEEKLY, code="office", name={"en": "Office box"}, sizes={2: 5200})
    _, larger = shop.subscribe(person, shop.plan(office))
    shop.change_card(person, EMPTY)
    shop.live_at(local(3, 1, 3))
    told = [post.text for post in shop.tools.mailer.posts if "/pay/" in post.text]
    assert [sum(name in text for text in told) for name in ("Weekly box", "Office box")] == [1, 1]
    (text,) = [each for each in told if "Office box" in each]
    link = re.search(r"/pay/[^\s>]+", text)[0]

    shop.change_card(person, GOOD)
    browser = create_app(shop.tools).test_client()
    page = browser.get(link).text
    assert "Pay $52.00" in page
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    for _ in range(2):
        page = browser.post(link, data={"csrf_token": token}, follow_redirects=True).text
        assert "Nothing is owed on this invoice." in page
    shop.run_due()
    boxes = [shop.box_on(each, FIRST) for each in (larger, weekly)]
    assert [box.status for box in boxes] == [BoxStatus.RELEASED, BoxStatus.COMPOSED]
    assert [each.amount_cents for each in shop.taken()] == [5200]
    assert balance(shop, Ledger.DEFERRED) == -5200


def test_boxes_unpaid_in_a_row_pause_the_subscription(shop, dev):
    person, subscription = dev
    shop.change_card(person, EMPTY)
    shop.advance(local(3, 16))
    now = shop.rows(Subscription, Subscription.id == subscription.id)[0]
    assert now.status is SubscriptionStatus.PAUSED
    assert [pause.reason for pause in shop.rows(Pause)] == ["unpaid"]
    statuses = [(box.ships_on, box.status) for box in shop.boxes(subscription)[:3]]
    assert statuses == [
        (FIRST, BoxStatus.VOIDED),
        (SECOND, BoxStatus.VOIDED),
        (THIRD, BoxStatus.PAUSED),
    ]
    assert shop.letters("subscription_paused")[0].facts["reason"] == "unpaid"
    tries = shop.sql("SELECT count(*) FROM attempt")
    shop.advance(local(3, 30))
    assert shop.sql("SELECT count(*) FROM attempt") == tries

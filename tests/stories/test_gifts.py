"""Gifts: somebody pays, somebody else gets the boxes, and hears of them on the chosen day."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.billing.services.save_card import save_card
from app.core.refusals import Refused
from app.fulfilment.models import BatchExport
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.activate_subscription import activate_subscription
from app.fulfilment.services.give_boxes import (
    GiftWish,
    change_recipient,
    give_boxes,
    send_gift_to,
)
from app.jobs.batches import fill_held
from app.jobs.exporting import export
from app.people.models import Address, Person
from app.people.rules import AddressFields
from app.people.services.save_address import save_address
from app.subscriptions.gift_rules import GiftRefusal, Recipient
from app.subscriptions.models import Subscription
from app.subscriptions.queries import any_subscription
from app.subscriptions.rules import Cadence, CadenceUnit, SubscriptionStatus
from tests.cast import HOME, MONTHLY
from tests.stories.ahead import ship_released
from tests.stories.shop import card_facts

ZONE = ZoneInfo("America/New_York")
EVE = date(2026, 12, 24)
RIN = AddressFields("Rin Recipient", "7 Pine Road", "Salem", "01970", "US", region="MA")
GIFT_PLAN = replace(MONTHLY, cadence=Cadence(CadenceUnit.MONTH, 1, 28))
TO_RIN = Recipient("Rin Recipient", "rin@example.com", EVE, "Merry Christmas!", RIN)


def local(year: int, month: int, day: int, hour: int = 3) -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZONE).astimezone(UTC)


@pytest.fixture
def shop(open_shop):
    shop = open_shop(local(2026, 12, 1))
    shop.stock()
    return shop


@pytest.fixture
def gus(shop):
    """Gus, who gives: he has a card and an address of his own."""
    person = shop.person("Gus")
    with shop.tools.units(shop.actor) as work:
        save_address(work, person.id, replace(HOME, name="Gus Giver"))
        save_card(work, person.id, card_facts(person))
    return person


def give(shop, gus, recipient: Recipient = TO_RIN, boxes: int = 6) -> Subscription:
    plan = shop.plan(GIFT_PLAN)
    with shop.tools.units(shop.actor) as work:
        wish = GiftWish(gus.id, plan.id, 2, boxes, recipient)
        subscription = give_boxes(work, wish)
        activate_subscription(work, subscription.id)
    shop.run_due()
    return subscription


def posts_to(shop, address: str) -> list[str]:
    return [post.subject for post in shop.tools.mailer.posts if post.to == address]


def test_six_months_of_two_bags_and_never_a_seventh(shop, gus):
    subscription = give(shop, gus)
    assert [each.amount_cents for each in shop.taken()] == [18_000]
    shop.advance(local(2026, 12, 23))
    assert posts_to(shop, "rin@example.com") == []
    shop.advance(local(2026, 12, 24, 9))
    assert posts_to(shop, "rin@example.com") == ["Gus sends you coffee"]

    for month in range(8):
        shop.advance(local(2026 + (month + 12) // 13, (month + 11) % 12 + 1, 27))
        for row in shop.sql("SELECT DISTINCT batch_id FROM box WHERE status = 'released'"):
            export(shop.tools, shop.actor, row.batch_id)
        ship_released(shop)
    days = shop.shipped_days(subscription)
    assert days == [date(2026, 12, 28), *(date(2027, month, 28) for month in range(1, 6))]
    units = shop.sql("SELECT sum(units) AS units FROM box_line GROUP BY box_id")
    assert [row.units for row in units] == [2] * 6
    rows = [row for each in shop.rows(BatchExport) for row in each.rows]
    assert {row["City"] for row in rows} == {RIN.city}
    shop.advance(local(2027, 8, 1))
    assert shop.rows(Subscription)[0].status is SubscriptionStatus.ENDED
    assert [each.amount_cents for each in shop.taken()] == [18_000]

    own = shop.rows(Address, Address.person_id == gus.id)
    assert [each.city for each in own] == ["Boston"]
    told = [post.text for post in shop.tools.mailer.posts if post.to == "rin@example.com"]
    assert not [body for body in told if "$" in body or "4242" in body]
    payers = shop.sql("SELECT DISTINCT subscriber_id FROM invoice")
    assert [row.subscriber_id for row in payers] == [gus.id]


def test_the_giver_may_change_who_gets_it_until_the_first_box_is_packed(shop, gus):
    subscription = give(shop, gus)
    other = replace(TO_RIN, name="Ben", email="ben@example.com")
    with shop.tools.units(shop.actor) as work:
        change_recipient(work, gus.id, subscription.id, other)
    shop.advance(local(2026, 12, 26))
    assert posts_to(shop, "ben@example.com") == ["Gus sends you coffee"]
    assert posts_to(shop, "rin@example.com") == []
    with pytest.raises(Refused) as refused, shop.tools.units(shop.actor) as work:
        change_recipient(work, gus.id, subscription.id, TO_RIN)
    assert refused.value.refusal is GiftRefusal.PACKED
    with pytest.raises(Refused) as refused, shop.tools.units(shop.actor) as work:
        change_recipient(work, shop.person("Eve").id, subscription.id, TO_RIN)
    assert refused.value.refusal is GiftRefusal.UNKNOWN


def test_without_an_address_the_box_is_held_and_still_owed(shop, gus):
    subscription = give(shop, gus, replace(TO_RIN, address=None), boxes=2)
    shop.advance(local(2026, 12, 26))
    box = shop.box_on(subscription, date(2026, 12, 28))
    assert (box.status, box.instalment) == (BoxStatus.HELD, 1)
    assert [each.person_id for each in shop.letters("gift_address_missing")] == [gus.id]

    shop.advance(local(2027, 1, 27))
    boxes = shop.boxes(subscription)
    assert [each.status for each in boxes[:2]] == [BoxStatus.VOIDED, BoxStatus.HELD]
    with shop.tools.units(shop.actor) as work:
        send_gift_to(work, any_subscription(work.session, subscription.id), RIN)
    shop.run_due()
    fill_held(shop.tools, boxes[1].batch_id)
    shop.advance(local(2027, 3, 27))
    assert shop.shipped_days(subscription) == [date(2027, 1, 28), date(2027, 2, 28)]
    assert {each.address["city"] for each in shop.boxes(subscription)[1:3]} == {"Salem"}


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"name": " "}, GiftRefusal.NAME_MISSING),
        ({"email": "rin"}, GiftRefusal.BAD_EMAIL),
        ({"message": "x" * 601}, GiftRefusal.MESSAGE_TOO_LONG),
        ({"reveals_on": date(2026, 11, 30)}, GiftRefusal.REVEAL_IN_PAST),
        ({"reveals_on": date(2028, 1, 1)}, GiftRefusal.REVEAL_TOO_FAR),
    ],
)
def test_a_gift_that_makes_no_sense_is_refused_and_nothing_is_written(shop, gus, wrong, refusal):
    with pytest.raises(Refused) as refused:
        give(shop, gus, replace(TO_RIN, **wrong))
    assert refused.value.refusal is refusal
    assert len(shop.rows(Person)) == 1

"""Boxes paid ahead: sold at once, earned box by box, never lost, given back with one click."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.billing.models import Invoice, Payment
from app.billing.rules import InvoiceStatus, PaymentStatus
from app.finance.rules import Ledger
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.fulfilment.services.pause_subscription import pause_subscription
from app.fulfilment.services.sell_term import sell_term
from app.fulfilment.services.skip_box import skip_box
from app.fulfilment.term_queries import terms_for
from app.subscriptions.models import Subscription, Term
from app.subscriptions.rules import SubscriptionStatus
from app.subscriptions.services.save_plan import Selling
from app.subscriptions.term_rules import PrepaidEnd, TermStatus
from tests.cast import WEEKLY, Coffee
from tests.stories.ahead import balance, ship_released
from tests.stories.shop import EMPTY, GOOD

ZONE = ZoneInfo("America/New_York")
THREE = replace(WEEKLY, sizes={2: 3500}, selling=Selling(prepaid=((3, 476), (6, 1000))))


def local(month: int, day: int, hour: int = 3) -> datetime:
    return datetime(2027, month, day, hour, tzinfo=ZONE).astimezone(UTC)


@pytest.fixture
def shop(open_shop):
    shop = open_shop(local(2, 26))
    shop.stock()
    return shop


def buy(shop, boxes: int = 3, renews: bool = False, card: str = GOOD, plan=None):
    """Let Ada subscribe and pay boxes ahead, and collect the money."""
    person, subscription = shop.subscribe("Ada", plan or shop.plan(THREE), card=card)
    with shop.tools.units(shop.actor) as work:
        sell_term(work, person.id, subscription.id, boxes, renews)
    shop.run_due()
    return person, subscription


def term(shop, subscription):
    with shop.tools.units(shop.actor) as work:
        return terms_for(work.session, [subscription.id])


def test_a_term_is_paid_once_and_earned_box_by_box(shop):
    _, subscription = buy(shop)
    assert [each.amount_cents for each in shop.taken()] == [10_000]
    assert balance(shop, Ledger.PREPAID) == -10_000
    earned = []
    for month, day in ((3, 1), (3, 8), (3, 15)):
        shop.advance(local(month, day))
        box = next(each for each in shop.boxes(subscription) if each.status is BoxStatus.RELEASED)
        assert shop.invoice(box).total_cents == 0
        ship_released(shop)
        earned.append(-balance(shop, Ledger.BOXES) - sum(earned))
    assert earned == [3333, 3333, 3334]
    assert (balance(shop, Ledger.PREPAID), len(shop.taken())) == (0, 1)

    shop.advance(local(4, 5))
    assert shop.rows(Subscription)[0].status is SubscriptionStatus.ENDED
    assert term(shop, subscription)[0].status is TermStatus.DONE
    packed = [box.instalment for box in shop.boxes(subscription) if box.locked_at]
    assert packed == [1, 2, 3]
    assert len(shop.letters("subscription_ended")) == 1


def test_one_click_gives_the_boxes_back_that_never_shipped(shop):
    person, subscription = buy(shop)
    shop.advance(local(3, 1))
    ship_released(shop)
    with shop.tools.units(shop.actor) as work:
        cancel_subscription(work, person.id, subscription.id, "moving", PrepaidEnd.REFUND)
    shop.run_due()
    assert [each.refunded_cents for each in shop.tools.books.payments()] == [6667]
    assert [balance(shop, each) for each in (Ledger.PREPAID, Ledger.REFUNDS)] == [0, 0]
    assert sum(row.cents for row in shop.sql("SELECT sum(amount_cents) AS cents FROM posting")) == 0
    later = [box.status for box in shop.boxes(subscription)[1:]]
    assert set(later) == {BoxStatus.CANCELLED}
    assert len(shop.letters("refund_made")) == 1


def test_the_rest_may_ship_instead(shop):
    person, subscription = buy(shop)
    shop.advance(local(3, 1))
    ship_released(shop)
    with shop.tools.units(shop.actor) as work:
        cancel_subscription(work, person.id, subscription.id, "", PrepaidEnd.SHIP)
    for month, day in ((3, 8), (3, 15)):
        shop.advance(local(month, day))
        ship_released(shop)
    shop.advance(local(4, 1))
    assert shop.rows(Subscription)[0].status is SubscriptionStatus.ENDED
    assert [each.refunded_cents for each in shop.tools.books.payments()] == [0]
    assert balance(shop, Ledger.PREPAID) == 0


def test_skips_and_pauses_move_the_boxes_and_lose_none(shop):
    person, subscription = buy(shop)
    with shop.tools.units(shop.actor) as work:
        skip_box(work, person.id, shop.box_on(subscription, date(2027, 3, 3)).id)
    shop.advance(local(3, 8))
    with shop.tools.units(shop.actor) as work:
        pause_subscription(work, person.id, subscription.id, date(2027, 3, 30))
    shop.advance(local(4, 20))
    assert shop.shipped_days(subscription) == [
        date(2027, 3, 10),
        date(2027, 3, 31),
        date(2027, 4, 7),
    ]


def test_a_term_renews_with_the_box_after_its_last(shop):
    _, subscription = buy(shop, renews=True)
    shop.advance(local(3, 23))
    numbers = [(each.number, each.status, each.used) for each in term(shop, subscription)]
    assert numbers == [(1, TermStatus.PAID, (1, 2, 3)), (2, TermStatus.PAID, (1,))]
    assert [each.amount_cents for each in shop.taken()] == [10_000, 10_000]
    assert balance(shop, Ledger.PREPAID) == -20_000


def test_a_box_waits_for_its_term_to_be_paid(shop):
    person, subscription = shop.subscribe("Dev", shop.plan(THREE))
    shop.change_card(person, EMPTY)
    with shop.tools.units(shop.actor) as work:
        sell_term(work, person.id, subscription.id, 3)
    shop.advance(local(3, 1))
    first = shop.box_on(subscription, date(2027, 3, 3))
    assert (first.status, first.instalment) == (BoxStatus.COMPOSED, 1)
    shop.give_new_card(person)
    shop.run_due()
    assert shop.box_on(subscription, date(2027, 3, 3)).status is BoxStatus.RELEASED
    assert [row.status for row in shop.rows(Term)] == [TermStatus.PAID]


def test_cancelling_before_it_is_paid_stops_collecting(shop):
    person, subscription = shop.subscribe("Dev", shop.plan(THREE))
    shop.change_card(person, EMPTY)
    with shop.tools.units(shop.actor) as work:
        sell_term(work, person.id, subscription.id, 3)
    shop.run_due()
    with shop.tools.units(shop.actor) as work:
        cancel_subscription(work, person.id, subscription.id)
    shop.advance(local(3, 15))
    assert [each.status for each in shop.rows(Payment)] == [PaymentStatus.CANCELLED]
    assert [each.status for each in shop.rows(Invoice)] == [InvoiceStatus.VOID]
    assert shop.taken() == []


def test_what_is_missing_in_a_box_paid_ahead_comes_back(open_shop):
    shop = open_shop(local(2, 26))
    shop.stock(Coffee("kenya", stock=1))
    _, subscription = buy(shop)
    shop.advance(local(3, 1))
    box = shop.box_on(subscription, date(2027, 3, 3))
    assert (box.status, box.missing) == (BoxStatus.RELEASED, 1)
    assert [each.refunded_cents for each in shop.tools.books.payments()] == [1667]


def test_leaving_twice_gives_back_once(shop):
    person, subscription = buy(shop)
    for _ in range(2):
        with shop.tools.units(shop.actor) as work:
            cancel_subscription(work, person.id, subscription.id)
        shop.run_due()
    assert [each.refunded_cents for each in shop.tools.books.payments()] == [10_000]
    assert balance(shop, Ledger.PREPAID) == 0

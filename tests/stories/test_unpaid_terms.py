"""A plan's own terms for unpaid boxes: how they end, until when one can pay, worn out cards."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.billing.dunning_rules import DunningTerms, EndAction
from app.billing.models import Account
from app.billing.payment_queries import waiting_for_decision
from app.billing.ports import CardFacts
from app.billing.rules import BillingRefusal, DeclineKind, PaymentStatus
from app.billing.services.begin_visit import begin_visit
from app.billing.services.decide_retry import reject_payment, retry_payment
from app.billing.services.save_card import save_card
from app.billing.services.save_dunning import save_dunning
from app.billing.services.tell_expiring import tell_expiring
from app.core.refusals import Refused
from app.fulfilment.rules import BoxStatus
from app.subscriptions.models import Subscription
from app.subscriptions.rules import SubscriptionStatus
from tests.cast import WEEKLY
from tests.stories.shop import ASKS, EMPTY, GOOD
from tests.stories.unpaid import (  # noqa: F401 - fixtures
    EXPIRED,
    FIRST,
    SECOND,
    ZONE,
    dev_who_cannot_pay,
    local,
    march,
    shop_in_february,
    tried_on,
)


def terms(shop, plan, **changed) -> None:
    """Give a plan its own terms for unpaid boxes."""
    with shop.tools.units(shop.actor) as work:
        save_dunning(work, plan.id, DunningTerms(**changed))


@pytest.mark.parametrize("end", [EndAction.CANCEL, EndAction.QUIETLY])
def test_a_plan_may_end_the_subscription_after_its_last_try(shop, end):
    plan = shop.plan(WEEKLY)
    terms(shop, plan, days=(1, 2), end=end, after_unpaid=1)
    person, subscription = shop.subscribe("Dev", plan)
    shop.change_card(person, EMPTY)
    shop.advance(local(3, 4))
    box = shop.box_on(subscription, FIRST)
    assert tried_on(shop, box) == march(1, 2, 3)
    assert (box.status, shop.payment(box).status) == (BoxStatus.VOIDED, PaymentStatus.CANCELLED)
    now = shop.rows(Subscription, Subscription.id == subscription.id)[0]
    assert (now.status, now.cancel_reason) == (SubscriptionStatus.CANCELLED, "unpaid")
    told = {letter.person_id for letter in shop.letters("subscription_ended_unpaid")}
    assert told == ({None} if end is EndAction.QUIETLY else {None, person.id})
    shop.give_new_card(person)
    shop.advance(local(3, 20))
    assert shop.taken() == []


def test_a_plan_may_skip_the_unpaid_box_and_go_on(shop):
    plan = shop.plan(WEEKLY)
    terms(shop, plan, days=(1,), end=EndAction.SKIP)
    person, subscription = shop.subscribe("Dev", plan)
    shop.change_card(person, EMPTY)
    shop.advance(local(3, 2, 3))
    assert shop.box_on(subscription, FIRST).status is BoxStatus.VOIDED
    assert shop.sql("SELECT sum(on_hand), sum(reserved) FROM stock") == [(800, 0)]
    (letter,) = [each for each in shop.letters("box_unpaid") if each.person_id]
    assert letter.facts["next_ships_on"] == SECOND.isoformat()
    assert letter.facts["follows"] == "then_next"
    shop.give_new_card(person)
    shop.advance(local(3, 9))
    assert shop.shipped_days(subscription) == [SECOND]


def test_no_try_is_made_once_the_box_can_be_packed_no_more(shop):
    plan = shop.plan(WEEKLY)
    terms(shop, plan, days=(1, 3, 5, 9), end=EndAction.NOTHING, late_days=2)
    person, subscription = shop.subscribe("Dev", plan)
    shop.change_card(person, EMPTY)
    shop.advance(local(3, 5, 1))
    box = shop.box_on(subscription, FIRST)
    assert tried_on(shop, box) == march(1, 2, 4)
    last = shop.letters("payment_last_try")[0]
    assert last.facts["final_on"] == "2027-03-04"
    assert last.facts["pay_until"].startswith("2027-03-06T05:00")
    shop.advance(local(3, 6))
    assert shop.box_on(subscription, FIRST).status is BoxStatus.VOIDED
    assert shop.rows(Subscription, Subscription.id == subscription.id)[0].status == "active"


def test_a_pause_for_unpaid_boxes_ends_the_subscription_after_its_days(shop):
    plan = shop.plan(WEEKLY)
    terms(shop, plan, days=(1,), after_unpaid=1, cancel_after_days=10)
    person, subscription = shop.subscribe("Dev", plan)
    shop.change_card(person, EMPTY)
    shop.advance(local(3, 17, 23))
    paused = shop.rows(Subscription, Subscription.id == subscription.id)[0]
    assert paused.status is SubscriptionStatus.PAUSED
    shop.advance(local(3, 18, 1))
    ended = shop.rows(Subscription, Subscription.id == subscription.id)[0]
    assert (ended.status, ended.cancel_reason) == (SubscriptionStatus.CANCELLED, "unpaid")


def test_a_card_that_its_network_renewed_is_tried_at_once(shop, dev):
    person, subscription = dev
    shop.change_card(person, EXPIRED)
    shop.advance(local(3, 2))
    box = shop.box_on(subscription, FIRST)
    assert tried_on(shop, box) == march(1)
    assert [each.facts["reason"] for each in shop.letters("card_needed")] == ["expired_card"]
    shop.change_card(person, GOOD)
    renew(shop, person, 2031, 4)
    shop.run_due()
    assert shop.shipped_days(subscription) == [FIRST]


def test_a_card_that_expires_is_told_three_times_and_a_renewed_one_not(shop, dev):
    person, _ = dev
    renew(shop, person, 2027, 4)
    for day in (date(2027, 3, 31), date(2027, 4, 1), date(2027, 4, 16), date(2027, 4, 28)):
        shop.put(datetime(day.year, day.month, day.day, 12, tzinfo=ZONE).astimezone(UTC))
        for _ in range(2):
            with shop.tools.units(shop.actor) as work:
                tell_expiring(work)
    letters = shop.letters("card_expiring")
    assert [each.facts["expires_on"] for each in letters] == ["2027-04-30"] * 3
    assert letters[0].facts["plan"]["en"] == "Weekly box"
    renew(shop, person, 2031, 4)
    with shop.tools.units(shop.actor) as work:
        assert tell_expiring(work) == 0


def renew(shop, person, year: int, month: int) -> None:
    """Let the card's network give the same card another date."""
    with shop.tools.units(shop.actor) as work:
        account = work.session.get_one(Account, person.id)
        facts = CardFacts(
            account.provider_id, account.card_id, "visa", "4242", month, year, made_at=2**40
        )
        save_card(work, person.id, facts)


def test_a_banks_question_is_withdrawn_at_the_next_cut_off(shop, dev):
    person, subscription = dev
    shop.change_card(person, ASKS)
    shop.advance(local(3, 8, 1))
    box = shop.box_on(subscription, FIRST)
    (letter,) = shop.letters("payment_action")
    assert letter.facts["pay_until"].startswith("2027-03-08T04:59:59")
    assert (box.status, shop.payment(box).status) == (BoxStatus.VOIDED, PaymentStatus.CANCELLED)
    assert [each.status for each in shop.tools.books.payments()] == [PaymentStatus.CANCELLED]


def test_between_cut_off_and_lock_nothing_is_collected_any_more(shop, dev):
    person, subscription = dev
    shop.change_card(person, EMPTY)
    shop.advance(local(3, 8, 1))
    box = shop.box_on(subscription, FIRST)
    assert box.status is BoxStatus.COMPOSED
    with shop.tools.units(shop.actor) as work, pytest.raises(Refused) as refused:
        begin_visit(work, shop.payment(box).id)
    assert refused.value.refusal is BillingRefusal.TOO_LATE_TO_PAY
    shop.give_new_card(person)
    shop.advance(local(3, 8, 3))
    assert shop.shipped_days(subscription) == [SECOND]
    assert [each.amount_cents for each in shop.taken()] == [3000]


def test_a_program_may_decide_whether_a_declined_charge_is_tried_again(shop, dev):
    person, subscription = dev
    units = shop.tools.units
    shop.tools = replace(
        shop.tools, units=replace(units, shop=replace(units.shop, decides_retries=True))
    )
    shop.change_card(person, EMPTY)
    shop.advance(local(3, 4))
    box = shop.box_on(subscription, FIRST)
    assert tried_on(shop, box) == march(1)
    with shop.tools.units(shop.actor) as work:
        (waiting,) = waiting_for_decision(work.session)
        with pytest.raises(Refused) as late:
            retry_payment(work, waiting.payment_id, local(3, 9))
        retry_payment(work, waiting.payment_id, local(3, 5))
    assert (waiting.code, waiting.kind) == ("insufficient_funds", DeclineKind.SOFT)
    assert late.value.refusal is BillingRefusal.RETRY_TOO_LATE
    shop.advance(local(3, 6))
    assert tried_on(shop, box) == march(1, 5)
    with shop.tools.units(shop.actor) as work:
        reject_payment(work, waiting.payment_id)
        with pytest.raises(Refused):
            reject_payment(work, waiting.payment_id)
    shop.run_due()
    assert shop.box_on(subscription, FIRST).status is BoxStatus.VOIDED
    assert shop.taken() == []

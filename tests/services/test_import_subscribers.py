"""Subscribers of another shop come over: with a card they start, without one they wait."""

from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import func, select

from app.billing.models import Account
from app.core.outbox import Letter
from app.core.records import AuditEntry
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.import_subscribers import import_subscribers
from app.people.models import Person
from app.subscriptions.models import Subscription
from app.subscriptions.rules import Billing, SubscriptionStatus
from app.subscriptions.subscriber_file import read_subscribers
from tests.cast import MONTHLY, WEEKLY, add_plan
from tests.files import DIRTY_SUBSCRIBERS, SUBSCRIBER_HEADINGS

PENDING, ACTIVE, PAUSED = (
    SubscriptionStatus.PENDING,
    SubscriptionStatus.ACTIVE,
    SubscriptionStatus.PAUSED,
)


@pytest.fixture
def plans(units, actor):
    with units(actor) as work:
        return add_plan(work, WEEKLY), add_plan(work, MONTHLY)


def bring(units, actor, content=DIRTY_SUBSCRIBERS):
    with units(actor) as work:
        report = import_subscribers(work, read_subscribers(content))
    return report, (report.new, report.changed, report.unchanged, report.dropped)


def subscription(work, name):
    return work.session.scalars(
        select(Subscription)
        .join(Person, Person.id == Subscription.subscriber_id)
        .where(Person.name == name)
        .execution_options(populate_existing=True)
    ).one()


def boxes(work, name):
    return work.session.scalars(
        select(Box).where(Box.subscription_id == subscription(work, name).id).order_by(Box.cycle)
    ).all()


def test_good_rows_come_over_and_each_starts_as_it_can(units, actor, plans):
    report, counts = bring(units, actor)
    assert counts == (5, 0, 0, 10)
    named = {each.line: (each.field, each.reason) for each in report.problems}
    assert named[9] == ("plan", "There is no such plan.")
    assert "does not come in size 3" in named[10][1]
    assert named[15][0] == "next_ships_on"
    assert named[16][0] == "customer_id"
    with units(actor) as work:
        found = {name: subscription(work, name) for name in ("Ada", "Ben", "Cleo", "Dev", "Sue")}
        assert [found[name].status for name in found] == [ACTIVE, ACTIVE, PENDING, PAUSED, PENDING]
        assert (found["Ada"].grind.value, found["Ada"].price_cents) == ("espresso", 3000)
        assert found["Cleo"].anchor is None
        assert {box.status for box in boxes(work, "Dev")} == {BoxStatus.PAUSED}
        assert work.session.scalar(select(func.count()).select_from(Letter)) == 0


def test_dates_keep_their_own_day_and_no_charge_comes_too_early(units, actor, plans):
    report, _ = bring(units, actor)
    with units(actor) as work:
        assert [box.ships_on for box in boxes(work, "Ada")][:2] == [
            date(2027, 1, 20),
            date(2027, 1, 27),
        ]
        assert [box.ships_on for box in boxes(work, "Ben")] == [
            date(2027, 1, 31),
            date(2027, 2, 28),
            date(2027, 3, 31),
            date(2027, 4, 30),
        ]
    moved = next(each for each in report.problems if each.line == 3)
    assert (moved.severity.value, moved.field) == ("value-changed", "next_ships_on")


def test_the_same_file_again_writes_nothing_at_all(units, actor, plans):
    bring(units, actor)
    with units(actor) as work:
        before = work.session.scalar(select(func.count()).select_from(AuditEntry))
    _, counts = bring(units, actor)
    with units(actor) as work:
        assert work.session.scalar(select(func.count()).select_from(AuditEntry)) == before
    assert counts == (0, 0, 5, 10)


def test_a_card_that_comes_later_starts_the_subscription(units, actor, plans):
    row = "cleo@example.com,Cleo,weekly,1,,3 Hill,Lynn,MA,01901,US,,,,,,{},{}\n"
    bring(units, actor, (SUBSCRIBER_HEADINGS + row.format("", "")).encode())
    _, counts = bring(units, actor, (SUBSCRIBER_HEADINGS + row.format("cus_c", "pm_c")).encode())
    assert counts == (0, 1, 0, 0)
    with units(actor) as work:
        assert subscription(work, "Cleo").status is ACTIVE
        assert len(boxes(work, "Cleo")) == 4


def test_a_subscription_that_started_is_its_owners(units, actor, plans):
    bring(units, actor)
    other = DIRTY_SUBSCRIBERS.replace(b"Ada,weekly,2,espresso", b"Ada,weekly,4,filter")
    report, counts = bring(units, actor, other)
    assert counts == (0, 0, 5, 10)
    assert (2, "size") in [(each.line, each.field) for each in report.problems]
    with units(actor) as work:
        ada = subscription(work, "Ada")
        assert (ada.size, ada.grind.value) == (2, "espresso")


def test_plans_paid_ahead_charge_on_their_day_and_not_at_once(units, actor):
    with units(actor) as work:
        add_plan(work, MONTHLY, billing=Billing.AHEAD, bill_day=5)
    row = "ben@example.com,Ben,monthly,2,,1 Mill,Salem,MA,01970,US,,2027-01-31,,,,cus_b,pm_b\n"
    bring(units, actor, (SUBSCRIBER_HEADINGS + row).encode())
    with units(actor) as work:
        first = boxes(work, "Ben")[0]
        # 5 January is too early for a shop that went live on the 4th.
        assert first.ships_on == date(2027, 2, 28)
        assert first.bill_at == datetime.combine(date(2027, 2, 5), time(7), UTC)


def test_a_card_that_is_here_already_stays(units, actor, plans):
    bring(units, actor)
    with units(actor) as work:
        account = work.session.scalars(select(Account).where(Account.provider_id == "cus_ada"))
        facts = account.one()
        assert (facts.card_id, facts.card_last4, facts.card_exp_year) == ("pm_ada", None, None)
    other = DIRTY_SUBSCRIBERS.replace(b"cus_ada,pm_ada", b"cus_other,pm_other")
    report, _ = bring(units, actor, other)
    assert (2, "customer_id") in [(each.line, each.field) for each in report.problems]

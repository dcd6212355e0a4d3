"""A hundred boxes, four workers, one of them killed: each box is charged and sent once."""

import signal
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.billing.models import Attempt, Payment
from app.billing.rules import AttemptStatus
from app.core.job_names import Job
from app.core.refusals import Refused
from app.core.unit_of_work import Actor
from app.fulfilment.models import Parcel
from app.fulfilment.rules import BoxRefusal, BoxStatus
from app.fulfilment.services.change_plan import change_plan
from app.fulfilment.services.choose_lines import swap_product
from app.fulfilment.services.propose_box import propose_box
from app.fulfilment.services.skip_box import skip_box
from app.jobs.batches import run_batch
from app.jobs.charging import charge_due
from tests.cast import SHELF, WEEKLY
from tests.stories.shop import subscribe_many

ZONE = ZoneInfo("America/New_York")
DAY, NEXT = date(2027, 1, 13), date(2027, 1, 20)
LOCK = datetime(2027, 1, 11, 2, tzinfo=ZONE).astimezone(UTC)
CONFIRM = "/v1/payment_intents/"
PEOPLE = 100


@pytest.fixture
def shop(open_shop):
    shop = open_shop(datetime(2027, 1, 4, 15, tzinfo=UTC))
    shop.stock()
    return shop


def count(shop, query: str) -> int:
    return int(shop.sql(f"SELECT count(*) FROM {query}")[0][0])


def end_leases(shop) -> None:
    """Let the two minutes pass for which a dead worker's payments are left alone."""
    with shop.tools.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE payment SET lease_until = now() - interval '1 second'"
            " WHERE lease_until IS NOT NULL"
        )


def test_a_hundred_boxes_are_charged_once_though_a_worker_is_killed(shop, crew_of):
    subscribe_many(shop, shop.plan(WEEKLY, no_repeat=0), PEOPLE)
    shop.put(LOCK)
    batch = shop.batch(DAY).id
    crew = crew_of(shop)
    doomed = crew.start("app.jobs.worker", BOXWRIGHT_FAIL_AT="charge.confirmed@parent:10")
    crew.workers(3)
    for _ in range(2):
        crew.enqueue(Job.RUN_BATCH, batch)
    crew.wait(lambda: count(shop, "payment") == PEOPLE)
    for _ in range(4):
        crew.enqueue(Job.CHARGE_DUE)
    crew.wait(lambda: doomed.poll() is not None)
    assert doomed.returncode == -signal.SIGKILL
    crew.wait(lambda: count(shop, "payment WHERE next_try_at IS NOT NULL") == 0)
    end_leases(shop)
    for _ in range(2):
        crew.enqueue(Job.RUN_BATCH, batch)
        crew.enqueue(Job.CHARGE_DUE)
    crew.wait(lambda: count(shop, "payment WHERE status = 'succeeded'") == PEOPLE)

    assert count(shop, "box WHERE status = 'released'") == PEOPLE
    assert len(shop.rows(Parcel)) == PEOPLE
    theirs = shop.tools.books.payments()
    assert len(theirs) == PEOPLE
    assert len(shop.taken()) == PEOPLE
    assert {each.provider_id for each in theirs} == {
        each.provider_id for each in shop.rows(Payment)
    }
    attempts = shop.rows(Attempt)
    assert len({each.idempotency_key for each in attempts}) == PEOPLE == len(attempts)
    assert {each.status for each in attempts} == {AttemptStatus.SUCCEEDED}
    assert count(shop, "entry WHERE source = 'payment'") == PEOPLE
    taken = shop.sql("SELECT sum(reserved), sum(shipped), sum(on_hand) FROM stock")[0]
    assert tuple(taken) == (2 * PEOPLE, 0, 100 * len(SHELF) - 2 * PEOPLE)
    assert shop.check() == ()


@pytest.mark.parametrize("fault", ["cut", "timeout_after"])
def test_an_answer_that_is_lost_after_the_money_was_taken_changes_nothing(shop, fault):
    plan = shop.plan(WEEKLY)
    larger = shop.plan(replace(WEEKLY, code="larger", sizes={2: 3400}))
    ada, subscription = shop.subscribe("Ada", plan)
    shop.put(LOCK)
    run_batch(shop.tools, shop.batch(DAY).id)
    # The library itself asks three times with the same key before it gives up.
    shop.lever("faults", kind=fault, path_prefix=CONFIRM, method="POST", times=3, seconds=0.2)
    assert charge_due(shop.tools) == {"unknown": 1}
    box = shop.box_on(subscription, DAY)
    assert (box.status, len(shop.taken())) == (BoxStatus.COMPOSED, 1)

    with shop.tools.units(Actor("subscriber")) as work:
        inside = propose_box(work, ada.id, shop.box_on(subscription, NEXT).id)
    wish = (shop.lines(box)[0].product_id, inside.alternatives[0].product_id)
    for change in (
        lambda work: swap_product(work, ada.id, box.id, *wish),
        lambda work: skip_box(work, ada.id, box.id),
    ):
        with pytest.raises(Refused) as refused, shop.tools.units(Actor("subscriber")) as work:
            change(work)
        assert refused.value.refusal is BoxRefusal.TOO_LATE
        assert refused.value.offer.ships_on == NEXT
    with shop.tools.units(Actor("subscriber")) as work:
        change_plan(work, ada.id, subscription.id, larger.id, 2)

    end_leases(shop)
    assert charge_due(shop.tools) == {"succeeded": 1}
    assert charge_due(shop.tools) == {}
    assert shop.box_on(subscription, DAY).status is BoxStatus.RELEASED
    assert [each.amount_cents for each in shop.tools.books.payments()] == [3000]
    assert len(shop.attempts(box)) == 1
    shop.advance(datetime(2027, 1, 18, 3, tzinfo=ZONE))
    assert sorted(each.amount_cents for each in shop.taken()) == [3000, 3400]


@pytest.mark.parametrize("times", [3, 6])
def test_an_answer_that_is_lost_when_the_payment_was_made_makes_no_second_one(shop, times):
    _, subscription = shop.subscribe("Ada", shop.plan(WEEKLY))
    shop.put(LOCK)
    run_batch(shop.tools, shop.batch(DAY).id)
    shop.lever("faults", kind="cut", path_prefix="/v1/payment_intents", method="POST", times=times)
    assert charge_due(shop.tools) == {"unknown": 1}
    for _ in range(3):
        end_leases(shop)
        charge_due(shop.tools)
    assert shop.box_on(subscription, DAY).status is BoxStatus.RELEASED
    assert [each.amount_cents for each in shop.tools.books.payments()] == [3000]


def test_a_day_without_a_worker_makes_no_second_payment_either(shop):
    """After a day the provider has forgotten the key, so its list is looked through first."""
    _, subscription = shop.subscribe("Ada", shop.plan(WEEKLY))
    shop.put(LOCK)
    run_batch(shop.tools, shop.batch(DAY).id)
    shop.lever("faults", kind="cut", path_prefix="/v1/payment_intents", method="POST", times=3)
    assert charge_due(shop.tools) == {"unknown": 1}
    end_leases(shop)
    shop.put(datetime(2027, 1, 12, 4, tzinfo=ZONE).astimezone(UTC))
    for _ in range(2):
        charge_due(shop.tools)
    assert shop.box_on(subscription, DAY).status is BoxStatus.RELEASED
    assert [each.amount_cents for each in shop.tools.books.payments()] == [3000]

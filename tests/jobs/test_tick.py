"""The ticker: each due moment is one row and one ring, however many tickers look at the clock."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from app.core.clock import real_now
from app.core.job_names import Job
from app.core.records import AuditEntry, ScheduleRun
from app.core.unit_of_work import Actor
from app.jobs.run import HANDLERS, do
from app.jobs.tick import tick
from app.people.rules import Role
from app.people.services.register_person import NewPerson, make_staff

ACTOR = Actor("job", "test")
NOW = datetime(2027, 1, 4, 15, 0, 31, tzinfo=UTC)


def rings(queue) -> Counter:
    return Counter(job for job, _ in queue.rings)


def runs(shop_of) -> Counter:
    return Counter(run.task for run in shop_of.rows(ScheduleRun))


def test_the_first_tick_rings_what_is_due_every_minute(shop_of, queue) -> None:
    queue.rings.clear()
    tick(shop_of.tools, NOW)
    assert rings(queue) == {Job.FALL_DUE: 1, Job.SWEEP: 1, Job.FETCH_EVENTS: 1}


def test_two_tickers_ring_once(shop_of, queue) -> None:
    queue.rings.clear()
    with ThreadPoolExecutor(8) as threads:
        for _ in threads.map(lambda _: tick(shop_of.tools, NOW), range(16)):
            pass
    assert runs(shop_of) == {"fall_due": 1, "sweep": 1, "missed_events": 1}
    assert rings(queue) == {Job.FALL_DUE: 1, Job.SWEEP: 1, Job.FETCH_EVENTS: 1}


def test_missed_nights_are_rows_and_one_ring(shop_of, queue) -> None:
    half_past_three = datetime(2027, 1, 5, 8, 30, 20, tzinfo=UTC)
    tick(shop_of.tools, half_past_three)
    assert runs(shop_of)["nightly"] == 1
    queue.rings.clear()
    tick(shop_of.tools, half_past_three + timedelta(days=3))
    assert runs(shop_of)["nightly"] == 4
    assert rings(queue)[Job.NIGHTLY] == 1


def test_a_job_that_was_done_is_ticked_off(shop_of, queue) -> None:
    tick(shop_of.tools, real_now())
    do(shop_of.tools, Job.SWEEP)
    done = {run.task: run.done_at is not None for run in shop_of.rows(ScheduleRun)}
    assert done["sweep"] and not done["fall_due"]


def test_a_lost_ring_is_rung_again_when_it_is_long_not_done(shop_of, queue) -> None:
    half_past_three = datetime(2027, 1, 5, 8, 30, 20, tzinfo=UTC)
    tick(shop_of.tools, half_past_three)
    queue.rings.clear()
    tick(shop_of.tools, half_past_three + timedelta(minutes=5))
    assert rings(queue)[Job.NIGHTLY] == 0
    tick(shop_of.tools, half_past_three + timedelta(minutes=11))
    assert rings(queue)[Job.NIGHTLY] == 1


def test_old_rows_are_forgotten_once_they_are_done(shop_of) -> None:
    tick(shop_of.tools, real_now() - timedelta(days=60))
    do(shop_of.tools, Job.SWEEP)
    tick(shop_of.tools, real_now())
    assert runs(shop_of)["sweep"] == 1


def test_all_that_a_job_writes_carries_its_number(shop_of, monkeypatch) -> None:
    def hire(tools) -> None:
        with tools.units(ACTOR) as work:
            make_staff(work, NewPerson("new@example.com", "New"), [Role.SUPPORT])

    monkeypatch.setitem(HANDLERS, Job.SWEEP, hire)
    do(shop_of.tools, Job.SWEEP)
    with shop_of.tools.units(ACTOR) as work:
        entry = work.session.scalars(
            select(AuditEntry).where(AuditEntry.table_name == "person").order_by(AuditEntry.id)
        ).all()[-1]
    assert entry.request_id.startswith("sweep-")

"""One transaction, one moment, one actor; rings only after the commit."""

import pytest
from sqlalchemy import select

from app.core.job_names import Job
from app.core.records import AuditEntry
from app.core.unit_of_work import Actor
from app.people.models import Person


def test_a_change_is_written_down_with_its_actor(units):
    with units(Actor("staff", "ada", "request-1")) as work:
        work.session.add(Person(email="ada@example.com", name="Ada", password="secret"))
    with units(Actor("system")) as work:
        entry = work.session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.request_id, entry.table_name) == ("staff:ada", "request-1", "person")
    assert "password" not in entry.change


def test_nothing_is_rung_when_the_unit_fails(units, queue, actor):
    with pytest.raises(ZeroDivisionError), units(actor) as work:
        work.after_commit(Job.SWEEP)
        raise ZeroDivisionError
    assert queue.rings == []


def test_a_promise_made_twice_rings_once(units, queue, actor):
    with units(actor) as work:
        work.after_commit(Job.SWEEP)
        work.after_commit(Job.SWEEP)
    assert queue.rings == [(Job.SWEEP, ())]


def test_a_rehearsal_leaves_nothing_behind(units, actor):
    with units.rehearse(actor) as work:
        work.session.add(Person(email="ada@example.com"))
        work.session.flush()
    with units(actor) as work:
        assert work.session.scalars(select(Person)).all() == []

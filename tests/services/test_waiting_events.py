"""Events that come too early, in a foreign version, or that cannot be applied."""

from datetime import timedelta

from sqlalchemy import text

from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.finance.event_shape import VerifiedEvent
from app.finance.models import ProviderEvent
from app.finance.rules import MOST_TRIES, EventStatus, pause_before
from app.finance.services.claim_event import claim_event, defer_event
from app.finance.services.replay_events import replay_events
from app.finance.services.store_event import store_event


def store(units: UnitOfWorkFactory, actor: Actor, version: str | None = None) -> None:
    with units(actor) as work:
        assert store_event(work, VerifiedEvent("evt_1", "charge.refunded", 1, "ch", b"{}", version))


def test_an_early_event_is_given_up_after_a_day_and_no_sooner(
    units: UnitOfWorkFactory, actor: Actor
) -> None:
    store(units, actor)
    with units(actor) as work:
        for _ in range(3 * MOST_TRIES):
            assert defer_event(work, "evt_1", "not yet", early=True) is EventStatus.WAITING
        work.session.execute(
            text("UPDATE provider_event SET stored_at = now() - interval '24 hours'")
        )
        work.session.expire_all()
        assert defer_event(work, "evt_1", "not yet", early=True) is EventStatus.DEAD
        assert replay_events(work) == 1
        assert defer_event(work, "evt_1", "not yet", early=True) is EventStatus.WAITING


def test_what_fails_ten_times_is_given_up(units: UnitOfWorkFactory, actor: Actor) -> None:
    store(units, actor)
    with units(actor) as work:
        ends = [defer_event(work, "evt_1", "broken") for _ in range(MOST_TRIES)]
    assert ends == [EventStatus.WAITING] * (MOST_TRIES - 1) + [EventStatus.DEAD]


def test_an_event_in_a_foreign_version_is_put_aside_until_somebody_asks_for_it(
    units: UnitOfWorkFactory, actor: Actor
) -> None:
    store(units, actor, "2019-01-01")
    with units(actor) as work:
        assert work.session.get_one(ProviderEvent, "evt_1").status is EventStatus.ASIDE
        assert claim_event(work) is None
        assert replay_events(work) == 0
        assert replay_events(work, ids=("evt_1",)) == 1
        assert claim_event(work) is not None


def test_pauses_grow_to_an_hour_and_are_spread() -> None:
    assert pause_before(1) == timedelta(seconds=2)
    assert pause_before(1, 0.0) < pause_before(1, 1.0) == timedelta(seconds=2.4)
    assert pause_before(40, 1.0) == timedelta(seconds=4320)

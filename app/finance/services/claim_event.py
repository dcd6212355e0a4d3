"""Take the next waiting event, and write down what became of it."""

from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from app.core.unit_of_work import UnitOfWork
from app.finance.models import ProviderEvent
from app.finance.rules import MOST_TRIES, UNKNOWN_FOR, EventStatus, pause_before

LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class EventTicket:
    """An event to be looked into: it is only a hint at what to ask the provider."""

    id: str
    type: str
    object_id: str
    payload: bytes


def claim_event(work: UnitOfWork) -> EventTicket | None:
    """Claim the oldest waiting event whose time has come; None when there is none."""
    machine = func.clock_timestamp()
    event = work.session.scalars(
        select(ProviderEvent)
        .where(_due())
        .order_by(ProviderEvent.next_try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if event is None:
        return None
    event.lease_until = machine + LEASE
    work.session.flush()
    return EventTicket(event.id, event.type, event.object_id, event.payload)


def events_due(work: UnitOfWork) -> bool:
    """Say whether an event could be claimed now."""
    return bool(work.session.scalar(select(exists().where(_due()))))


def _due() -> ColumnElement[bool]:
    machine = func.clock_timestamp()
    return and_(
        ProviderEvent.status == EventStatus.WAITING,
        ProviderEvent.next_try_at <= machine,
        or_(ProviderEvent.lease_until.is_(None), ProviderEvent.lease_until < machine),
    )


def finish_event(work: UnitOfWork, event_id: str, status: EventStatus) -> None:
    """Mark an event as done or ignored, in the transaction that applied it."""
    event = work.session.get_one(ProviderEvent, event_id, with_for_update=True)
    event.status = status
    event.done_at = work.now
    event.lease_until = None


def defer_event(work: UnitOfWork, event_id: str, why: str, early: bool = False) -> EventStatus:
    """Try an event again after a pause; after ten tries it is dead until someone replays it.

    An `early` one speaks of something that is not written down here yet: it may come a day early.
    """
    event = work.session.get_one(ProviderEvent, event_id, with_for_update=True)
    event.attempts += 1
    event.last_error = why[:500]
    event.lease_until = None
    # The same spread each time, so that a test may say when an event comes back.
    chance = crc32(f"{event_id}:{event.attempts}".encode()) / 2**32
    event.next_try_at = func.clock_timestamp() + pause_before(event.attempts, chance)
    if _given_up(work, event, early):
        event.status = EventStatus.DEAD
    return event.status


def _given_up(work: UnitOfWork, event: ProviderEvent, early: bool) -> bool:
    if not early:
        return event.attempts >= MOST_TRIES
    machine = work.session.scalar(select(func.clock_timestamp()))
    return machine is not None and machine - event.stored_at >= UNKNOWN_FOR

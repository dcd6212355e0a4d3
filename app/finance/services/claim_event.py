"""Take the next waiting event, and write down what became of it."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select

from app.core.unit_of_work import UnitOfWork
from app.finance.models import ProviderEvent
from app.finance.rules import MOST_TRIES, EventStatus, pause_before

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
        .where(
            ProviderEvent.status == EventStatus.WAITING,
            ProviderEvent.next_try_at <= machine,
            or_(ProviderEvent.lease_until.is_(None), ProviderEvent.lease_until < machine),
        )
        .order_by(ProviderEvent.next_try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if event is None:
        return None
    event.lease_until = machine + LEASE
    work.session.flush()
    return EventTicket(event.id, event.type, event.object_id, event.payload)


def finish_event(work: UnitOfWork, event_id: str, status: EventStatus) -> None:
    """Mark an event as done or ignored, in the transaction that applied it."""
    event = work.session.get_one(ProviderEvent, event_id, with_for_update=True)
    event.status = status
    event.done_at = work.now
    event.lease_until = None


def defer_event(work: UnitOfWork, event_id: str, why: str) -> EventStatus:
    """Try an event again after a pause; after ten tries it is dead until someone replays it."""
    event = work.session.get_one(ProviderEvent, event_id, with_for_update=True)
    event.attempts += 1
    event.last_error = why[:500]
    event.lease_until = None
    event.next_try_at = func.clock_timestamp() + pause_before(event.attempts)
    if event.attempts >= MOST_TRIES:
        event.status = EventStatus.DEAD
    return event.status

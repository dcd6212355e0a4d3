"""Keep an event of the provider as it came, once; what it means is found out later."""

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from app.core.fail_points import reach
from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork
from app.finance.event_shape import VerifiedEvent
from app.finance.models import ProviderEvent
from app.finance.rules import KINDS, EventStatus


def store_event(work: UnitOfWork, event: VerifiedEvent) -> bool:
    """Store a proved event and ring for it; False when it is here already.

    An event of a type that means nothing to us is kept too, as ignored; one in a version whose
    shapes we do not know is put aside for a person.
    """
    status = _first_status(event)
    waits = status is EventStatus.WAITING
    fresh = work.session.execute(
        insert(ProviderEvent)
        .values(
            id=event.id,
            type=event.type,
            created=event.created,
            object_id=event.object_id,
            payload=event.payload,
            api_version=event.version,
            status=status,
            done_at=work.now if status is EventStatus.IGNORED else None,
            received_at=work.now,
            # Waiting is on the machine's clock: it is about networks, not about the shop's day.
            next_try_at=func.clock_timestamp(),
        )
        .on_conflict_do_nothing()
        .returning(ProviderEvent.id)
    ).all()
    if fresh and waits:
        work.after_commit(Job.APPLY_EVENTS)
    reach("webhook.stored")
    return bool(fresh)


def _first_status(event: VerifiedEvent) -> EventStatus:
    if event.type not in KINDS:
        return EventStatus.IGNORED
    return EventStatus.WAITING if event.known else EventStatus.ASIDE

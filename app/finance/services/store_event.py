"""Keep an event of the provider as it came, once; what it means is found out later."""

from sqlalchemy import text

from app.core.fail_points import reach
from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork
from app.finance.event_shape import VerifiedEvent
from app.finance.rules import KINDS, EventStatus

# As plain SQL, since thousands may come at once. Waiting is on the machine's clock: it is about
# networks, not about the shop's day.
STORE = text("""
INSERT INTO provider_event (id, type, created, api_version, object_id, payload, status,
                            received_at, done_at, next_try_at)
VALUES (:id, :type, :created, :version, :object, :payload, :status, :now, :done,
        clock_timestamp())
ON CONFLICT DO NOTHING RETURNING id""")


def store_event(work: UnitOfWork, event: VerifiedEvent) -> bool:
    """Store a proved event and ring for it; False when it is here already.

    An event of a type that means nothing to us is kept too, as ignored; one in a version whose
    shapes we do not know is put aside for a person.
    """
    status = _first_status(event)
    fresh = work.session.scalar(
        STORE,
        {
            "id": event.id,
            "type": event.type,
            "created": event.created,
            "version": event.version,
            "object": event.object_id,
            "payload": event.payload,
            "status": status.value,
            "now": work.now,
            "done": work.now if status is EventStatus.IGNORED else None,
        },
    )
    if fresh and status is EventStatus.WAITING:
        work.after_commit(Job.APPLY_EVENTS)
    reach("webhook.stored")
    return bool(fresh)


def _first_status(event: VerifiedEvent) -> EventStatus:
    if event.type not in KINDS:
        return EventStatus.IGNORED
    return EventStatus.WAITING if event.known else EventStatus.ASIDE

"""Let events be applied again: chosen ones, of one type, or since a moment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, update

from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork
from app.finance.models import ProviderEvent
from app.finance.rules import EventStatus


def replay_events(
    work: UnitOfWork,
    ids: Sequence[str] = (),
    type_: str | None = None,
    since: datetime | None = None,
) -> int:
    """Put events back to waiting and ring; without any choice, the dead ones. Return how many."""
    chosen: list[ColumnElement[bool]] = []
    if ids:
        chosen.append(ProviderEvent.id.in_(ids))
    if type_ is not None:
        chosen.append(ProviderEvent.type == type_)
    if since is not None:
        chosen.append(ProviderEvent.received_at >= since)
    dead: list[ColumnElement[bool]] = [ProviderEvent.status == EventStatus.DEAD]
    replayed = work.session.execute(
        update(ProviderEvent)
        .where(*(chosen or dead))
        .values(
            status=EventStatus.WAITING,
            attempts=0,
            stored_at=func.clock_timestamp(),
            done_at=None,
            lease_until=None,
            next_try_at=func.clock_timestamp(),
        )
        .returning(ProviderEvent.id)
    ).all()
    if replayed:
        work.after_commit(Job.APPLY_EVENTS)
    return len(replayed)

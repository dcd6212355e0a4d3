"""Tell other programs what happened: written with it, in the same transaction, delivered later."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork
from app.hooks.models import HookDelivery, HookEndpoint, HookEvent
from app.hooks.rules import EventType, Fact, body_of, wants


@dataclass(frozen=True)
class Told:
    """One thing that happened; `reference` is what it is about, so that it is told once."""

    reference: str
    facts: Mapping[str, Any]


def tell(work: UnitOfWork, type_: EventType, reference: object, **facts: Any) -> None:
    """Tell one thing, once by its type and reference, to every address that asked for its type.

    `facts` are ids as text, whole cents, codes and ISO dates: at most 30, never of a card. Where
    nobody asked, nothing is written.
    """
    tell_all(work, type_, [Told(str(reference), facts)])


def tell_all(work: UnitOfWork, type_: EventType, happened: Sequence[Told]) -> None:
    """Tell many things of one type at once."""
    wanting = _wanting(work, type_) if happened else []
    if not wanting:
        return
    rows = [
        {
            "type": type_.value,
            "reference": each.reference,
            "body": body_of(
                type_, work.now, {name: _plain(fact) for name, fact in each.facts.items()}
            ),
            "happened_at": work.now,
        }
        for each in happened
    ]
    fresh = work.session.scalars(
        insert(HookEvent).on_conflict_do_nothing().returning(HookEvent.id), rows
    ).all()
    deliver_to(work, fresh, wanting)


def is_wanted(work: UnitOfWork, type_: EventType) -> bool:
    """Say whether anybody asked for a type: for callers who would have to look things up first."""
    return bool(_wanting(work, type_))


def deliver_to(
    work: UnitOfWork, event_ids: Sequence[uuid.UUID], endpoint_ids: Sequence[uuid.UUID]
) -> None:
    """Owe these events to these addresses; what is owed already stays as it is."""
    owed = [
        {"event_id": event_id, "endpoint_id": endpoint_id}
        for event_id in event_ids
        for endpoint_id in endpoint_ids
    ]
    if owed:
        work.session.execute(insert(HookDelivery).on_conflict_do_nothing(), owed)
        work.after_commit(Job.SEND_HOOKS)


def _wanting(work: UnitOfWork, type_: EventType) -> list[uuid.UUID]:
    rows = work.session.execute(
        select(HookEndpoint.id, HookEndpoint.types)
        .where(HookEndpoint.enabled)
        .order_by(HookEndpoint.id)
    )
    return [row.id for row in rows if wants(row.types, type_)]


def _plain(fact: Any) -> Fact:
    if fact is None or isinstance(fact, bool | int):
        return fact
    return fact.isoformat() if hasattr(fact, "isoformat") else str(fact)

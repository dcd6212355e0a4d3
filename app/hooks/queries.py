"""What pages, programs and the command line read of addresses and deliveries."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import real_now
from app.core.refusals import Refused
from app.hooks.models import HookDelivery, HookEndpoint, HookEvent, HookTry
from app.hooks.rules import DeliveryStatus, HookRefusal

LATELY = timedelta(days=7)


@dataclass(frozen=True)
class EndpointRow:
    """An address without its secret; `lately` counts its deliveries of a week by status."""

    id: uuid.UUID
    name: str
    url: str
    types: tuple[str, ...]
    enabled: bool
    off_because: str
    resting_until: datetime | None
    last_success_at: datetime | None
    old_secret_until: datetime | None
    made_at: datetime
    lately: dict[str, int]


@dataclass(frozen=True)
class DeliveryRow:
    """One delivery and what came back at its last try."""

    id: int
    event_id: uuid.UUID
    type: str
    happened_at: datetime
    status: DeliveryStatus
    tries: int
    next_try_at: datetime | None
    last_status: int | None
    last_answer: str
    made_at: datetime
    done_at: datetime | None


@dataclass(frozen=True)
class TryRow:
    """One try."""

    number: int
    tried_at: datetime
    milliseconds: int
    status: int | None
    answer: str


@dataclass(frozen=True)
class DeliveryDetail:
    """A delivery with the body that is sent and every try."""

    delivery: DeliveryRow
    body: str
    tries: tuple[TryRow, ...]


ENDPOINT = (
    HookEndpoint.id,
    HookEndpoint.name,
    HookEndpoint.url,
    HookEndpoint.types,
    HookEndpoint.enabled,
    HookEndpoint.off_because,
    HookEndpoint.resting_until,
    HookEndpoint.last_success_at,
    HookEndpoint.old_secret_until,
    HookEndpoint.made_at,
)
ENDPOINT_NAMES = tuple(each.key for each in ENDPOINT)
DELIVERY = (
    HookDelivery.id,
    HookEvent.id,
    HookEvent.type,
    HookEvent.happened_at,
    HookDelivery.status,
    HookDelivery.tries,
    HookDelivery.next_try_at,
    HookDelivery.last_status,
    HookDelivery.last_answer,
    HookDelivery.made_at,
    HookDelivery.done_at,
)


def endpoints(session: Session) -> list[EndpointRow]:
    """Return every address, the oldest first."""
    rows = session.execute(select(*ENDPOINT).order_by(HookEndpoint.made_at, HookEndpoint.id)).all()
    counts = _lately(session)
    return [_endpoint(row, counts) for row in rows]


def endpoint_row(session: Session, endpoint_id: uuid.UUID) -> EndpointRow:
    """Return one address; refuse an unknown one."""
    row = session.execute(select(*ENDPOINT).where(HookEndpoint.id == endpoint_id)).one_or_none()
    if row is None:
        raise Refused(HookRefusal.UNKNOWN)
    return _endpoint(row, _lately(session))


def deliveries(
    session: Session,
    endpoint_id: uuid.UUID,
    status: DeliveryStatus | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[DeliveryRow]:
    """Return deliveries to an address, the newest first."""
    query = (
        select(*DELIVERY)
        .join(HookEvent, HookEvent.id == HookDelivery.event_id)
        .where(HookDelivery.endpoint_id == endpoint_id)
    )
    if status is not None:
        query = query.where(HookDelivery.status == status.value)
    rows = session.execute(query.order_by(HookDelivery.id.desc()).limit(limit).offset(offset))
    return [_delivery(row) for row in rows]


def delivery_detail(session: Session, endpoint_id: uuid.UUID, delivery_id: int) -> DeliveryDetail:
    """Return one delivery with its body and tries; refuse an unknown one."""
    row = session.execute(
        select(*DELIVERY, HookEvent.body)
        .join(HookEvent, HookEvent.id == HookDelivery.event_id)
        .where(HookDelivery.endpoint_id == endpoint_id, HookDelivery.id == delivery_id)
    ).one_or_none()
    if row is None:
        raise Refused(HookRefusal.UNKNOWN_DELIVERY)
    tries = session.execute(
        select(
            HookTry.number, HookTry.tried_at, HookTry.milliseconds, HookTry.status, HookTry.answer
        )
        .where(HookTry.delivery_id == delivery_id)
        .order_by(HookTry.number)
    )
    return DeliveryDetail(_delivery(row[:-1]), row.body, tuple(TryRow(*each) for each in tries))


def delivery_of(session: Session, endpoint_id: uuid.UUID, event_id: uuid.UUID) -> int:
    """Return the delivery of an event to an address; refuse one that was not owed."""
    found = session.scalar(
        select(HookDelivery.id).where(
            HookDelivery.endpoint_id == endpoint_id, HookDelivery.event_id == event_id
        )
    )
    if found is None:
        raise Refused(HookRefusal.UNKNOWN_DELIVERY)
    return found


def _lately(session: Session) -> dict[uuid.UUID, dict[str, int]]:
    rows = session.execute(
        select(HookDelivery.endpoint_id, HookDelivery.status, func.count())
        .where(HookDelivery.made_at > real_now() - LATELY)
        .group_by(HookDelivery.endpoint_id, HookDelivery.status)
    )
    counts: dict[uuid.UUID, dict[str, int]] = {}
    for endpoint_id, status, count in rows:
        counts.setdefault(endpoint_id, {})[status] = count
    return counts


def _endpoint(row: Sequence[Any], counts: dict[uuid.UUID, dict[str, int]]) -> EndpointRow:
    values = dict(zip(ENDPOINT_NAMES, row, strict=True))
    types = tuple(values.pop("types"))
    return EndpointRow(**values, types=types, lately=counts.get(values["id"], {}))


def _delivery(row: Sequence[Any]) -> DeliveryRow:
    id_, event_id, type_, happened_at, status, *rest = row
    return DeliveryRow(id_, event_id, type_, happened_at, DeliveryStatus(status), *rest)

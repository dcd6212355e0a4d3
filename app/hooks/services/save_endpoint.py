"""Look after the addresses that are told: add, change, switch off and on, renew the secret."""

import uuid
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_bytes

from sqlalchemy import func, select

from app.core.clock import real_now
from app.core.job_names import Job
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.hooks.models import HookEndpoint, HookEvent
from app.hooks.rules import (
    MOST_ENDPOINTS,
    OLD_SECRET_LASTS,
    EventType,
    HookRefusal,
    body_of,
    unknown_pattern,
)
from app.hooks.services.tell import deliver_to

# Says why an address may not be used; None when it may. It asks nobody.
UrlCheck = Callable[[str], str | None]


@dataclass(frozen=True)
class EndpointFields:
    """An address as typed: its name, its URL, and the types or patterns of what it is told."""

    name: str
    url: str
    types: tuple[str, ...]


def save_endpoint(
    work: UnitOfWork, fields: EndpointFields, check: UrlCheck, endpoint_id: uuid.UUID | None = None
) -> HookEndpoint:
    """Add an address or change one; a new one has a secret of its own."""
    _refuse(fields, check)
    endpoint = _locked(work, endpoint_id) if endpoint_id else _new(work)
    endpoint.name, endpoint.url = fields.name.strip(), fields.url.strip()
    endpoint.types = sorted(set(fields.types))
    work.session.add(endpoint)
    work.session.flush()
    return endpoint


def _refuse(fields: EndpointFields, check: UrlCheck) -> None:
    why = check(fields.url.strip())
    if why is not None:
        raise Refused(HookRefusal.BAD_URL, offer=why, field="url")
    if not fields.types:
        raise Refused(HookRefusal.NO_TYPES, field="types")
    wrong = unknown_pattern(fields.types)
    if wrong is not None:
        raise Refused(HookRefusal.BAD_TYPE, offer=wrong, field="types")


def _new(work: UnitOfWork) -> HookEndpoint:
    count = work.session.scalar(select(func.count()).select_from(HookEndpoint)) or 0
    if count >= MOST_ENDPOINTS:
        raise Refused(HookRefusal.TOO_MANY)
    return HookEndpoint(secret=fresh_secret(), enabled=True, off_because="", made_at=real_now())


def fresh_secret() -> str:
    """Return a new secret: 32 random bytes in the form that receivers expect."""
    return f"whsec_{b64encode(token_bytes(32)).decode()}"


def rotate_secret(work: UnitOfWork, endpoint_id: uuid.UUID) -> HookEndpoint:
    """Give an address a new secret; for a day the old one signs beside it."""
    endpoint = _locked(work, endpoint_id)
    endpoint.old_secret, endpoint.old_secret_until = (
        endpoint.secret,
        real_now() + OLD_SECRET_LASTS,
    )
    endpoint.secret = fresh_secret()
    return endpoint


def switch_endpoint(work: UnitOfWork, endpoint_id: uuid.UUID, on: bool) -> HookEndpoint:
    """Switch an address off or on again; what waits for it goes out when it is on."""
    endpoint = _locked(work, endpoint_id)
    endpoint.enabled, endpoint.off_because = on, "" if on else "wish"
    endpoint.resting_until = None
    if on:
        work.after_commit(Job.SEND_HOOKS)
    return endpoint


def send_test(work: UnitOfWork, endpoint_id: uuid.UUID) -> None:
    """Owe an address a test event."""
    endpoint = _locked(work, endpoint_id)
    if not endpoint.enabled:
        raise Refused(HookRefusal.OFF)
    facts = {"endpoint_id": str(endpoint.id), "shop": work.shop.name}
    event = HookEvent(
        type=EventType.TEST.value,
        reference=uuid.uuid4().hex,
        body=body_of(EventType.TEST, work.now, facts),
        happened_at=work.now,
    )
    work.session.add(event)
    work.session.flush()
    deliver_to(work, [event.id], [endpoint.id])


def _locked(work: UnitOfWork, endpoint_id: uuid.UUID) -> HookEndpoint:
    found = work.session.scalar(
        select(HookEndpoint).where(HookEndpoint.id == endpoint_id).with_for_update()
    )
    if found is None:
        raise Refused(HookRefusal.UNKNOWN)
    return found

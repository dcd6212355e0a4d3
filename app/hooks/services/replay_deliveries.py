"""Send deliveries once more, from the first try on, and throw away what is long done."""

import uuid

from sqlalchemy import ColumnElement, delete, exists, func, select, update

from app.core.clock import real_now
from app.core.job_names import Job
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.hooks.models import HookDelivery, HookEndpoint, HookEvent
from app.hooks.rules import KEEP, DeliveryStatus, HookRefusal


def replay_delivery(work: UnitOfWork, endpoint_id: uuid.UUID, delivery_id: int) -> None:
    """Send one delivery again, whatever came of it; its receiver knows it by the same name."""
    _refuse_off(work, endpoint_id)
    if not _again(work, endpoint_id, HookDelivery.id == delivery_id):
        raise Refused(HookRefusal.UNKNOWN_DELIVERY)


def replay_failed(work: UnitOfWork, endpoint_id: uuid.UUID) -> int:
    """Send again everything that was given up for an address; return how much that is."""
    _refuse_off(work, endpoint_id)
    return _again(work, endpoint_id, HookDelivery.status == DeliveryStatus.FAILED.value)


def forget_deliveries(work: UnitOfWork) -> int:
    """Throw away deliveries that ended thirty days ago and events that nobody is owed any more."""
    before = real_now() - KEEP
    gone = work.session.scalars(
        delete(HookDelivery).where(HookDelivery.done_at < before).returning(HookDelivery.id)
    ).all()
    work.session.execute(
        delete(HookEvent).where(
            HookEvent.written_at < before,
            ~exists().where(HookDelivery.event_id == HookEvent.id),
        )
    )
    return len(gone)


def _refuse_off(work: UnitOfWork, endpoint_id: uuid.UUID) -> None:
    enabled = work.session.scalar(
        select(HookEndpoint.enabled).where(HookEndpoint.id == endpoint_id)
    )
    if enabled is None:
        raise Refused(HookRefusal.UNKNOWN)
    if not enabled:
        raise Refused(HookRefusal.OFF)


def _again(work: UnitOfWork, endpoint_id: uuid.UUID, which: ColumnElement[bool]) -> int:
    asked = work.session.scalars(
        update(HookDelivery)
        .where(HookDelivery.endpoint_id == endpoint_id, which)
        .values(
            status=DeliveryStatus.WAITING.value,
            tries=0,
            next_try_at=func.clock_timestamp(),
            lease_until=None,
            lease_token=HookDelivery.lease_token + 1,
            done_at=None,
        )
        .returning(HookDelivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    if asked:
        work.after_commit(Job.SEND_HOOKS)
    return len(asked)

"""Hand out deliveries that are due, each to one worker at a time, and note what came back."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, func, or_, select, update

from app.core.clock import real_now
from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.hooks.models import HookDelivery, HookEndpoint, HookEvent, HookTry
from app.hooks.ports import Parcel
from app.hooks.rules import (
    LONGEST_ANSWER,
    Answer,
    DeliveryStatus,
    Verdict,
    judge,
    next_try,
    rest_of,
)

AT_ONCE = 8
# Longer than a courier may take for all that is claimed at once, each of them side by side.
LEASE = timedelta(minutes=3)
_NOW = func.clock_timestamp(type_=DateTime(timezone=True))


def claim_deliveries(work: UnitOfWork, limit: int = AT_ONCE) -> tuple[Parcel, ...]:
    """Take deliveries that are due and that nobody else is sending, the longest due first.

    Addresses that are off or rest are left alone.
    """
    free = (
        select(HookDelivery.id)
        .join(HookEndpoint, HookEndpoint.id == HookDelivery.endpoint_id)
        .where(
            HookDelivery.status == DeliveryStatus.WAITING.value,
            HookDelivery.next_try_at <= _NOW,
            or_(HookDelivery.lease_until.is_(None), HookDelivery.lease_until < _NOW),
            HookEndpoint.enabled,
            or_(HookEndpoint.resting_until.is_(None), HookEndpoint.resting_until <= _NOW),
        )
        .order_by(HookDelivery.next_try_at, HookDelivery.id)
        .limit(limit)
        .with_for_update(of=HookDelivery, skip_locked=True)
    )
    taken = work.session.scalars(
        update(HookDelivery)
        .where(HookDelivery.id.in_(free))
        .values(lease_until=_NOW + LEASE, lease_token=HookDelivery.lease_token + 1)
        .returning(HookDelivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    found = work.session.execute(
        select(
            HookDelivery.id,
            HookDelivery.lease_token,
            HookEvent.id.label("event_id"),
            HookEvent.body,
            HookEndpoint.url,
            HookEndpoint.secret,
            HookEndpoint.old_secret,
            HookEndpoint.old_secret_until,
        )
        .join(HookEvent, HookEvent.id == HookDelivery.event_id)
        .join(HookEndpoint, HookEndpoint.id == HookDelivery.endpoint_id)
        .where(HookDelivery.id.in_(taken))
        .order_by(HookDelivery.id)
    )
    return tuple(_parcel(row, real_now()) for row in found)


def _parcel(row: Any, now: datetime) -> Parcel:
    secrets = [row.secret]
    if row.old_secret and row.old_secret_until and row.old_secret_until > now:
        secrets.append(row.old_secret)
    return Parcel(row.id, row.lease_token, row.event_id, row.url, tuple(secrets), row.body)


def record_answer(work: UnitOfWork, parcel: Parcel, answer: Answer) -> Verdict | None:
    """Note what came of one try; None when somebody else has taken it over since."""
    delivery = work.session.get_one(HookDelivery, parcel.delivery_id, with_for_update=True)
    if delivery.lease_token != parcel.lease_token:
        return None
    now, verdict = real_now(), judge(answer)
    delivery.tries += 1
    delivery.lease_until = None
    delivery.last_status = answer.status
    delivery.last_answer = (answer.error or answer.text)[:LONGEST_ANSWER]
    work.session.add(
        HookTry(
            delivery_id=delivery.id,
            number=_tries_before(work, delivery.id) + 1,
            tried_at=now,
            milliseconds=answer.milliseconds,
            status=answer.status,
            answer=delivery.last_answer,
        )
    )
    endpoint = work.session.get_one(HookEndpoint, delivery.endpoint_id, with_for_update=True)
    _apply(work, delivery, endpoint, (verdict, answer), now)
    return verdict


def _apply(
    work: UnitOfWork,
    delivery: HookDelivery,
    endpoint: HookEndpoint,
    came: tuple[Verdict, Answer],
    now: datetime,
) -> None:
    verdict, answer = came
    if verdict is Verdict.DELIVERED:
        _end(delivery, DeliveryStatus.DELIVERED, now)
        endpoint.last_success_at = now
        return
    if verdict is Verdict.SLOW_DOWN:
        endpoint.resting_until = now + rest_of(answer)
    if verdict is Verdict.GONE:
        _end(delivery, DeliveryStatus.FAILED, now)
        _switch_off(work, endpoint, "gone")
        return
    again = next_try(delivery.id, delivery.tries, now)
    if again is None:
        _end(delivery, DeliveryStatus.FAILED, now)
        if (endpoint.last_success_at or endpoint.made_at) < delivery.made_at:
            _switch_off(work, endpoint, "silent")
        return
    delivery.next_try_at = max(again, endpoint.resting_until or again)


def _end(delivery: HookDelivery, status: DeliveryStatus, now: datetime) -> None:
    delivery.status, delivery.done_at, delivery.next_try_at = status.value, now, None


def _switch_off(work: UnitOfWork, endpoint: HookEndpoint, why: str) -> None:
    """Switch an address off that does not want or does not hear us, and tell the staff once."""
    if not endpoint.enabled:
        return
    endpoint.enabled, endpoint.off_because = False, why
    promise_letter(
        work,
        "hook_off",
        f"{endpoint.id}:{uuid.uuid4().hex}",
        None,
        endpoint_name=endpoint.name,
        endpoint_url=endpoint.url,
        reason=f"hook_{why}",
    )


def _tries_before(work: UnitOfWork, delivery_id: int) -> int:
    query = select(func.max(HookTry.number)).where(HookTry.delivery_id == delivery_id)
    return work.session.scalar(query) or 0

"""Tell other programs of boxes and subscriptions, always with the same facts."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.core.database import among
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.hooks.rules import EventType
from app.hooks.services.tell import Told, is_wanted, tell, tell_all
from app.subscriptions.models import Subscription


def tell_released(work: UnitOfWork, boxes: Sequence[Box]) -> None:
    """Tell that boxes may be packed."""
    tell_all(work, EventType.BOX_RELEASED, [Told(str(box.id), facts_of(box)) for box in boxes])


def tell_shipped(work: UnitOfWork, box_ids: Sequence[uuid.UUID]) -> None:
    """Tell that boxes have left."""
    if not box_ids or not is_wanted(work, EventType.BOX_SHIPPED):
        return
    boxes = work.session.scalars(select(Box).where(among(Box.id, box_ids)).order_by(Box.number))
    told = [Told(str(box.id), facts_of(box) | {"shipped_at": box.shipped_at}) for box in boxes]
    tell_all(work, EventType.BOX_SHIPPED, told)


def tell_subscription(
    work: UnitOfWork, type_: EventType, subscription: Subscription, **more: Any
) -> None:
    """Tell what became of a subscription; the same request tells it once."""
    tell(
        work,
        type_,
        f"{subscription.id}:{work.actor.request_id}",
        subscription_id=subscription.id,
        subscription_number=subscription.number,
        subscriber_id=subscription.subscriber_id,
        plan_id=subscription.plan_id,
        plan_code=subscription.plan.code,
        status=subscription.status.value,
        **more,
    )


def facts_of(box: Box) -> dict[str, Any]:
    """Return what is told of a box wherever it plays a part."""
    return {
        "box_id": str(box.id),
        "box_number": box.number,
        "subscription_id": str(box.subscription_id),
        "subscriber_id": str(box.subscriber_id),
        "cycle": box.cycle,
        "batch_id": str(box.batch_id),
        "invoice_id": str(box.invoice_id) if box.invoice_id else None,
        "ships_on": box.ships_on.isoformat(),
    }

"""Which box of its subscription each one is: 1 for the first, not counting those that fell out."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import among
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus

# Boxes that were never sent do not count as one of the subscription's.
FELL_OUT = (
    BoxStatus.SKIPPED,
    BoxStatus.PAUSED,
    BoxStatus.MISSED,
    BoxStatus.CANCELLED,
    BoxStatus.VOIDED,
)


class Numbered(Protocol):
    """What a box must tell to be numbered."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def subscription_id(self) -> uuid.UUID: ...
    @property
    def cycle(self) -> int: ...


def box_numbers(session: Session, boxes: Iterable[Numbered]) -> dict[uuid.UUID, int]:
    """Return the number of each box; one that is still to come has the one it would have now."""
    wanted = list(boxes)
    if not wanted:
        return {}
    rows = session.execute(
        select(Box.subscription_id, Box.cycle).where(
            among(Box.subscription_id, {box.subscription_id for box in wanted}),
            Box.status.not_in(FELL_OUT),
        )
    )
    cycles: dict[uuid.UUID, list[int]] = defaultdict(list)
    for subscription_id, cycle in rows:
        cycles[subscription_id].append(cycle)
    return {
        box.id: 1 + sum(cycle < box.cycle for cycle in cycles[box.subscription_id])
        for box in wanted
    }

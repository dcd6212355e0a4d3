"""Boxes as their subscriber may see them: what we chose shows from its reveal on, not before.

What somebody chose or added stays in sight, and the proposal before the cut-off is not touched.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import among
from app.core.shop import Shop
from app.fulfilment.queries import BoxRow
from app.fulfilment.rules import BoxStatus, reveal_moment
from app.personalization.rules import LineSource
from app.subscriptions.models import Plan, Subscription
from app.subscriptions.rules import Pricing

UNSEEN = {BoxStatus.LOCKED, BoxStatus.HELD, BoxStatus.COMPOSED, BoxStatus.RELEASED}
OWN = {LineSource.CHOSEN, LineSource.ADD_ON}


def as_revealed(
    session: Session, boxes: Iterable[BoxRow], now: datetime, shop: Shop
) -> list[BoxRow]:
    """Return boxes without what their subscribers may not see yet; those say when they may.

    A box that is priced by its contents shows at once, since its invoice names them.
    """
    found = list(boxes)
    waiting = {
        box.id: moment
        for box in found
        if box.status in UNSEEN and box.lines
        for moment in [reveal_moment(box.ships_on, shop.reveal_hours, shop.zone)]
        if moment is not None and now < moment
    }
    if not waiting:
        return found
    named = _priced_by_contents(session, [box for box in found if box.id in waiting])
    return [
        _covered(box, waiting[box.id])
        if box.id in waiting and box.subscription_id not in named
        else box
        for box in found
    ]


def _covered(box: BoxRow, reveals_at: datetime) -> BoxRow:
    own = tuple(line for line in box.lines if line.source in OWN)
    if len(own) == len(box.lines):
        return box
    return replace(box, lines=own, missing=0, reveals_at=reveals_at)


def _priced_by_contents(session: Session, boxes: Sequence[BoxRow]) -> set[object]:
    rows = session.scalars(
        select(Subscription.id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .where(
            among(Subscription.id, {box.subscription_id for box in boxes}),
            Plan.pricing == Pricing.CONTENTS,
        )
    )
    return set(rows)

"""Reads what is known of somebody's coffee at home: boxes, skips, words, ratings. All bounded."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.catalog.models import Sku
from app.core.clock import days_after, instant_of, local_day
from app.fulfilment.models import Batch, Box, BoxLine
from app.fulfilment.rules import BoxStatus
from app.fulfilment.supply_rules import ON_ITS_WAY, days_between
from app.personalization.models import BagsTold, SupplySaid, TasteEvent
from app.personalization.rules import TasteEventKind
from app.personalization.supply_rules import SupplyLine, SupplyWord, grams_told
from app.subscriptions.models import Subscription
from app.subscriptions.queries import rhythm_of

LOOKED_BACK = 400  # days
MOST = 150
SAMPLE = 400
DOUBT = 10  # boxes' worth of belief that people keep most of what they order
KEPT_AT_FIRST = 0.9


@dataclass(frozen=True)
class PastBox:
    """A box that was sent or skipped: grams by product, and the days that it is about."""

    subscription_id: uuid.UUID
    ships_on: date
    asked_on: date
    moved_from: date | None
    skipped: bool
    span: float
    grams: dict[uuid.UUID, float]

    @property
    def whole(self) -> float:
        """Return all its grams."""
        return sum(self.grams.values())


def past_boxes(
    session: Session, subscriber_id: uuid.UUID, now: datetime, zone: ZoneInfo
) -> list[PastBox]:
    """Return somebody's boxes that were sent or skipped, oldest first."""
    rows = session.execute(
        select(Box, Subscription)
        .join(Subscription, Subscription.id == Box.subscription_id)
        .where(
            Box.subscriber_id == subscriber_id,
            Box.ships_on >= days_after(local_day(now, zone), -LOOKED_BACK),
            (Box.status == BoxStatus.SHIPPED)
            | ((Box.status == BoxStatus.SKIPPED) & (Box.cutoff_at < now)),
        )
        .order_by(Box.ships_on.desc(), Box.number.desc())
        .limit(MOST)
    ).all()
    grams = _grams(session, [box.id for box, _ in rows])
    return [
        PastBox(
            subscription_id=box.subscription_id,
            ships_on=box.ships_on,
            asked_on=local_day(box.cutoff_at, zone),
            moved_from=box.moved_from,
            skipped=box.status is BoxStatus.SKIPPED,
            span=days_between(rhythm_of(subscription)),
            grams=grams.get(box.id, {}),
        )
        for box, subscription in reversed(rows)
    ]


def _grams(session: Session, boxes: list[uuid.UUID]) -> dict[uuid.UUID, dict[uuid.UUID, float]]:
    rows = session.execute(
        select(BoxLine.box_id, BoxLine.product_id, func.sum(BoxLine.units * Sku.grams))
        .join(Sku, Sku.id == BoxLine.sku_id)
        .where(BoxLine.box_id.in_(boxes))
        .group_by(BoxLine.box_id, BoxLine.product_id)
    )
    found: dict[uuid.UUID, dict[uuid.UUID, float]] = {}
    for box_id, product_id, grams in rows:
        found.setdefault(box_id, {})[product_id] = float(grams)
    return found


def words_said(session: Session, subscriber_id: uuid.UUID, today: date) -> dict[date, SupplyWord]:
    """Return what somebody said about the coffee at home, by day."""
    rows = session.execute(
        select(SupplySaid.said_on, SupplySaid.word).where(
            SupplySaid.subscriber_id == subscriber_id,
            SupplySaid.said_on >= days_after(today, -LOOKED_BACK),
        )
    )
    return {said_on: word for said_on, word in rows}


def reader_of(session: Session, box_id: uuid.UUID) -> uuid.UUID | None:
    """Return who gets a box; None for a box that there is not."""
    return session.scalar(select(Box.subscriber_id).where(Box.id == box_id))


@dataclass(frozen=True)
class Bags:
    """The last answer of a day to how many bags are left, in half bags and in grams."""

    halves: int
    grams: float


def bags_told(
    session: Session, subscriber_id: uuid.UUID, today: date, zone: ZoneInfo
) -> dict[date, Bags]:
    """Return how many bags somebody said are left, by day."""
    rows = session.scalars(
        select(BagsTold)
        .where(
            BagsTold.subscriber_id == subscriber_id,
            BagsTold.at >= instant_of(days_after(today, -LOOKED_BACK), time(0), zone),
        )
        .order_by(BagsTold.at.desc(), BagsTold.id.desc())
        .limit(MOST)
    ).all()
    return {
        local_day(row.at, zone): Bags(row.halves, grams_told(row.halves, row.bag_grams))
        for row in reversed(rows)
    }


def kept_in_shop(session: Session, today: date) -> float:
    """Return the share of due boxes that people of this shop keep, from the latest ones."""
    latest = (
        select(Box.status)
        .join(Batch, Batch.id == Box.batch_id)
        .where(Batch.ships_on < today, Box.status.in_([BoxStatus.SHIPPED, BoxStatus.SKIPPED]))
        .order_by(Batch.ships_on.desc())
        .limit(SAMPLE)
        .subquery()
    )
    due, skipped = session.execute(
        select(func.count(), func.count().filter(latest.c.status == BoxStatus.SKIPPED)).select_from(
            latest
        )
    ).one()
    return float((due - skipped + DOUBT * KEPT_AT_FIRST) / (due + DOUBT))


def lines_of_boxes(boxes: Sequence[PastBox], today: date) -> Iterator[SupplyLine]:
    """Yield what boxes say: what came, what was skipped, and what was wanted on another day."""
    for box in boxes:
        asked = min(box.asked_on, today)
        if box.skipped:
            yield SupplyLine(asked, "skipped", span=box.span)
            continue
        kind = "kept"
        if box.moved_from:
            kind = "sooner" if box.ships_on < box.moved_from else "later"
        yield SupplyLine(asked, kind, span=box.span)
        arrived = min(days_after(box.ships_on, ON_ITS_WAY), today)
        yield SupplyLine(arrived, "came", grams=box.whole)


def lines_of_ratings(
    session: Session, subscriber_id: uuid.UUID, boxes: Sequence[PastBox], zone: ZoneInfo
) -> Iterator[SupplyLine]:
    """Yield what ratings say: of the box that they are about, so much was not tasted before."""
    sent = [box for box in boxes if not box.skipped]
    if not sent:
        return
    tasted: set[tuple[date, uuid.UUID]] = set()
    rated = session.execute(
        select(TasteEvent.product_id, TasteEvent.at)
        .where(
            TasteEvent.subscriber_id == subscriber_id,
            TasteEvent.kind == TasteEventKind.RATING,
            TasteEvent.value.is_not(None),
        )
        .order_by(TasteEvent.id.desc())
        .limit(MOST)
    ).all()
    for product_id, at in reversed(rated):
        day = local_day(at, zone)
        here = [box for box in sent if box.ships_on < day and product_id in box.grams]
        if not here or (here[-1].ships_on, product_id) in tasted:
            continue
        box = here[-1]
        before = sum(box.grams.get(other, 0.0) for on, other in tasted if on == box.ships_on)
        tasted.add((box.ships_on, product_id))
        if box is max(
            (each for each in sent if each.ships_on < day), key=lambda each: each.ships_on
        ):
            yield SupplyLine(day, "opened", grams=box.whole - before)

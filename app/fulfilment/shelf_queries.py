"""Reads about what is left to choose from before a cut-off, and about what a box had to miss."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.catalog.models import Product, Sku
from app.fulfilment.models import Box, BoxChoice, BoxComposition, BoxLine, ComposeRun
from app.fulfilment.rules import BoxStatus, ChoiceKind


@dataclass(frozen=True)
class Missed:
    """How well a box came out: its share of the best (0 to 1), and the coffees it had to miss."""

    satisfaction: float
    coffees: tuple[dict[str, str], ...]


def last_prices(session: Session) -> dict[uuid.UUID, float]:
    """Return what one more unit of each SKU was worth when boxes were last composed."""
    prices = session.scalar(
        select(ComposeRun.prices)
        .where(ComposeRun.kind != "late")
        .order_by(ComposeRun.created_at.desc(), ComposeRun.id)
        .limit(1)
    )
    return {uuid.UUID(sku): float(price) for sku, price in (prices or {}).items()}


def promised_units(session: Session, but: uuid.UUID) -> dict[uuid.UUID, int]:
    """Return the units of each product that people chose for open boxes other than `but`."""
    rows = session.execute(
        select(BoxChoice.product_id, func.sum(BoxChoice.units))
        .join(Box, Box.id == BoxChoice.box_id)
        .where(
            BoxChoice.kind == ChoiceKind.PIN,
            Box.status.in_([BoxStatus.PLANNED, BoxStatus.LOCKED]),
            Box.id != but,
        )
        .group_by(BoxChoice.product_id)
    )
    return {product: int(units) for product, units in rows}


def open_boxes_with(session: Session, batch_id: uuid.UUID) -> int:
    """Return how many boxes of a batch are still to be filled."""
    found = session.scalar(
        select(func.count()).where(Box.batch_id == batch_id, Box.status == BoxStatus.PLANNED)
    )
    return found or 0


def had_before(
    session: Session, subscriber_id: uuid.UUID, products: Iterable[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """Return which of these products somebody was sent before."""
    rows = session.scalars(
        select(BoxLine.product_id)
        .join(Box, Box.id == BoxLine.box_id)
        .where(
            Box.subscriber_id == subscriber_id,
            Box.status == BoxStatus.SHIPPED,
            BoxLine.product_id.in_(list(products)),
        )
    )
    return frozenset(rows)


def missed_of(session: Session, box_id: uuid.UUID) -> Missed | None:
    """Return how well a composed box came out, or None before that."""
    found = session.get(BoxComposition, box_id)
    if found is None:
        return None
    wanted = [uuid.UUID(each["sku"]) for each in found.missed_skus]
    rows = session.execute(
        select(Sku.id, Product.name).join(Product).where(Sku.id.in_(wanted))
    ).all()
    names = {sku: name for sku, name in rows}
    return Missed(found.satisfaction, tuple(names[sku] for sku in wanted if sku in names))

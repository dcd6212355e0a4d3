"""Reads about boxes paid ahead: which instalments are taken, how many boxes are still owed."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.billing.models import Invoice
from app.core.database import among
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.subscriptions.models import Subscription, Term
from app.subscriptions.term_rules import TermStatus, unused_cents

OWING = (TermStatus.DUE, TermStatus.PAID)
COUNTED = (
    BoxStatus.LOCKED,
    BoxStatus.HELD,
    BoxStatus.COMPOSED,
    BoxStatus.RELEASED,
    BoxStatus.SHIPPED,
)


@dataclass(frozen=True)
class TermRow:
    """A term as pages show it; `used` are the instalments that boxes have taken, in order.

    `net_cents` and `tax_cents` are those of its invoice; 0 while there is none.
    """

    id: uuid.UUID
    subscription_id: uuid.UUID
    number: int
    boxes: int
    price_cents: int
    currency: str
    status: TermStatus
    renews: bool
    ordered_at: datetime
    invoice_id: uuid.UUID | None
    net_cents: int
    tax_cents: int
    used: tuple[int, ...]
    shipped: int

    @property
    def left(self) -> int:
        """Return how many of its boxes are not packed yet."""
        return self.boxes - len(self.used)

    @property
    def left_cents(self) -> int:
        """Return what the boxes that are not packed yet are worth, before tax."""
        return unused_cents(self.net_cents, self.boxes, self.used)


def terms_for(session: Session, subscriptions: Collection[uuid.UUID]) -> list[TermRow]:
    """Return the terms of some subscriptions, the oldest of each first."""
    shipped = func.count().filter(Box.status == BoxStatus.SHIPPED)
    taken = (
        select(
            Box.term_id,
            func.array_agg(Box.instalment).label("used"),
            shipped.label("shipped"),
        )
        .where(Box.term_id.is_not(None), among(Box.subscription_id, subscriptions))
        .group_by(Box.term_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Term.id,
            Term.subscription_id,
            Term.number,
            Term.boxes,
            Term.price_cents,
            Term.currency,
            Term.status,
            Term.renews,
            Term.ordered_at,
            Invoice.id,
            func.coalesce(Invoice.net_cents, 0),
            func.coalesce(Invoice.tax_cents, 0),
            taken.c.used,
            func.coalesce(taken.c.shipped, 0),
        )
        .outerjoin(taken, taken.c.term_id == Term.id)
        .outerjoin(Invoice, Invoice.term_id == Term.id)
        .where(among(Term.subscription_id, subscriptions))
        .order_by(Term.subscription_id, Term.number)
    )
    return [_term_row(tuple(row)) for row in rows]


def _term_row(row: tuple[Any, ...]) -> TermRow:
    *facts, used, shipped = row
    return TermRow(*(*facts, tuple(sorted(used or ())), shipped))


def open_terms(session: Session, subscription_id: uuid.UUID) -> list[TermRow]:
    """Return the terms of a subscription that still owe boxes, the oldest first."""
    found = terms_for(session, [subscription_id])
    return [term for term in found if term.status in OWING and term.left]


@dataclass(frozen=True)
class Standing:
    """What is owed of all terms of a subscription, and whether the last one renews."""

    left: int
    renews: bool


def standings(session: Session, subscriptions: Collection[uuid.UUID]) -> dict[uuid.UUID, Standing]:
    """Return how those subscriptions stand that are or were paid ahead."""
    found: dict[uuid.UUID, Standing] = {}
    for term in terms_for(session, subscriptions):
        if term.status is not TermStatus.CANCELLED:
            before = found[term.subscription_id].left if term.subscription_id in found else 0
            owed = term.left if term.status in OWING else 0
            found[term.subscription_id] = Standing(before + owed, term.renews)
    return found


def boxes_left(session: Session, subscriptions: Sequence[Subscription]) -> dict[uuid.UUID, int]:
    """Return how many more boxes may be packed for those subscriptions that come to an end.

    Who pays box by box without an end, or renews, is not in it.
    """
    if not subscriptions:
        return {}
    ahead = standings(session, [each.id for each in subscriptions])
    left = {key: each.left for key, each in ahead.items() if not each.renews}
    for key, rest in _ends_after(session, subscriptions).items():
        left[key] = min(rest, left.get(key, rest))
    return left


def _ends_after(session: Session, subscriptions: Sequence[Subscription]) -> dict[uuid.UUID, int]:
    ends = {each.id: each.ends_after for each in subscriptions if each.ends_after}
    counted = counted_boxes(session, ends)
    return {key: max(0, wanted - counted.get(key, 0)) for key, wanted in ends.items()}


def counted_boxes(session: Session, subscriptions: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return how many boxes of some subscriptions were packed or are about to be."""
    if not subscriptions:
        return {}
    rows = session.execute(
        select(Box.subscription_id, func.count())
        .where(among(Box.subscription_id, subscriptions), Box.status.in_(COUNTED))
        .group_by(Box.subscription_id)
    )
    return {key: count for key, count in rows}


def covered_boxes(
    session: Session, pairs: Sequence[tuple[Box, Subscription]]
) -> frozenset[uuid.UUID]:
    """Return which boxes are paid ahead: those that took an instalment, and open ones that will."""
    found = {box.id for box, _ in pairs if box.term_id}
    waiting = [box for box, _ in pairs if not box.term_id and not box.locked_at]
    found |= _will_be_covered(session, [box for box in waiting if not box.invoice_id])
    return frozenset(found)


def _will_be_covered(session: Session, boxes: Sequence[Box]) -> set[uuid.UUID]:
    ahead = standings(session, {box.subscription_id for box in boxes})
    mine = [box for box in boxes if box.subscription_id in ahead]
    before = _open_before(session, mine)
    return {
        box.id
        for box in mine
        if ahead[box.subscription_id].renews or before[box.id] < ahead[box.subscription_id].left
    }


def _open_before(session: Session, boxes: Sequence[Box]) -> dict[uuid.UUID, int]:
    """Return how many planned boxes of the same subscription come before each of these."""
    if not boxes:
        return {}
    earlier = select(Box.subscription_id, Box.cycle).where(
        among(Box.subscription_id, {box.subscription_id for box in boxes}),
        Box.status == BoxStatus.PLANNED,
    )
    planned = [(key, cycle) for key, cycle in session.execute(earlier)]
    return {
        box.id: sum(1 for key, cycle in planned if key == box.subscription_id and cycle < box.cycle)
        for box in boxes
    }


def unpaid_term() -> ColumnElement[bool]:
    """Say, in SQL, that a box belongs to a term which is not paid."""
    return (
        select(Term.id)
        .where(Term.id == Box.term_id, Term.status.not_in([TermStatus.PAID, TermStatus.DONE]))
        .exists()
    )

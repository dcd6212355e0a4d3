"""Puts what people added into their boxes, as stock allows; what is not there is dropped, in words.

A box never waits for what was added to it.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select, text, update

from app.catalog.models import Product
from app.catalog.services.move_stock import reserve
from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.add_on_models import AddOn, BoxAddOn
from app.fulfilment.add_on_queries import WishRow, english_name, wishes_of_all
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.void_box import HOLDER
from app.personalization.queries import exclusions, facts_of
from app.personalization.rules import is_excluded


def hold_for_batch(work: UnitOfWork, batch_id: uuid.UUID) -> None:
    """Fill the boxes of a batch that were just locked; those billed ahead were filled before."""
    boxes = work.session.scalars(
        select(Box)
        .join(AddOn, AddOn.subscription_id == Box.subscription_id)
        .where(
            Box.batch_id == batch_id,
            Box.status == BoxStatus.LOCKED,
            Box.invoice_id.is_(None),
            AddOn.ended_at.is_(None),
        )
        .distinct()
        .order_by(Box.number)
    ).all()
    hold_add_ons(work, boxes)


def hold_add_ons(work: UnitOfWork, boxes: Iterable[Box]) -> None:
    """Fill boxes, the one that was planned first before the others."""
    boxes = list(boxes)
    wishes = wishes_of_all(work.session, {box.subscription_id for box in boxes})
    for box in sorted(boxes, key=lambda each: each.cycle):
        # A wish for one box is gone with the first box that takes it.
        wanted = [wish for wish, _ in wishes.get(box.subscription_id, [])]
        wishes[box.subscription_id] = [
            pair for pair in wishes.get(box.subscription_id, []) if pair[0].lasting
        ]
        if wanted:
            _fill(work, box, wanted, _ruled_out(work, box, wanted))


def _ruled_out(work: UnitOfWork, box: Box, wanted: Sequence[WishRow]) -> set[uuid.UUID]:
    """Return which of the products must never come, by what the person said meanwhile."""
    said = exclusions(work.session, [box.subscriber_id]).get(box.subscriber_id, ())
    products = work.session.scalars(
        select(Product).where(Product.id.in_({wish.product_id for wish in wanted}))
    )
    return {product.id for product in products if is_excluded(said, facts_of(product))}


def _fill(work: UnitOfWork, box: Box, wanted: Sequence[WishRow], ruled_out: set[uuid.UUID]) -> None:
    taken: dict[uuid.UUID, int] = defaultdict(int)
    dropped = []
    free = _free(work, {wish.sku_id for wish in wanted})
    for wish in wanted:
        there = free.get(wish.sku_id, 0) >= wish.units and wish.product_id not in ruled_out
        if there:
            free[wish.sku_id] -= wish.units
            taken[wish.sku_id] += wish.units
        else:
            dropped.append(wish)
        work.session.add(
            BoxAddOn(
                box_id=box.id,
                add_on_id=wish.id,
                sku_id=wish.sku_id,
                name=english_name(wish),
                units=wish.units,
                unit_cents=wish.unit_cents,
                dropped=not there,
            )
        )
    reserve(work, HOLDER, box.id, taken)
    once = [wish.id for wish in wanted if not wish.lasting]
    work.session.execute(update(AddOn).where(AddOn.id.in_(once)).values(ended_at=work.now))
    if dropped:
        _tell(work, box, dropped)


def _free(work: UnitOfWork, skus: set[uuid.UUID]) -> dict[uuid.UUID, int]:
    rows = work.session.execute(
        text(
            "SELECT sku_id, on_hand FROM stock WHERE sku_id = ANY(:skus) ORDER BY sku_id FOR UPDATE"
        ),
        {"skus": sorted(skus)},
    )
    return {row.sku_id: row.on_hand for row in rows}


def _tell(work: UnitOfWork, box: Box, dropped: Sequence[WishRow]) -> None:
    promise_letter(
        work,
        "add_on_dropped",
        str(box.id),
        box.subscriber_id,
        ships_on=box.ships_on.isoformat(),
        names=[{"added": wish.name} for wish in dropped],
    )

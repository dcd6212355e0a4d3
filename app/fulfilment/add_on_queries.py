"""Reads what people added to their boxes."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.catalog.models import Product, Sku, Stock
from app.catalog.rules import SaleStatus
from app.core.database import among
from app.fulfilment.add_on_models import AddOn, BoxAddOn
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.subscriptions.models import Subscription

_Added = tuple[uuid.UUID, uuid.UUID, str, str, int, int, int]


@dataclass(frozen=True)
class AddedTo:
    """Units of a SKU in a box besides its contents, at the price they have or will have."""

    sku_id: uuid.UUID
    product_id: uuid.UUID
    code: str
    name: str
    units: int
    unit_cents: int
    grams: int


@dataclass(frozen=True)
class WishRow:
    """What somebody added, as their pages show it; `name` by language."""

    id: uuid.UUID
    subscription_id: uuid.UUID
    sku_id: uuid.UUID
    product_id: uuid.UUID
    name: dict[str, str]
    grams: int
    grind: str
    units: int
    unit_cents: int
    lasting: bool


@dataclass(frozen=True)
class AddableRow:
    """A SKU that can be added, and how many of it are free."""

    sku_id: uuid.UUID
    product_id: uuid.UUID
    name: dict[str, str]
    roast: str
    grams: int
    grind: str
    unit_cents: int
    free: int


def added_to(session: Session, boxes: Sequence[Box]) -> dict[uuid.UUID, list[AddedTo]]:
    """Return what was added to each box: as frozen, or as wished for while it is open.

    A wish for one box is for the first open box of its subscription.
    """
    found = _frozen(session, [box.id for box in boxes])
    opened = [box for box in boxes if not (box.locked_at or box.invoice_id or box.id in found)]
    if opened:
        found.update(_wished(session, opened))
    # One order for both: a quote and its invoice have their lines in the same places.
    return {
        box: sorted(added, key=lambda each: (each.name, each.code)) for box, added in found.items()
    }


def _frozen(session: Session, box_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[AddedTo]]:
    row = BoxAddOn
    rows = session.execute(
        select(
            row.box_id,
            row.dropped,
            Sku.id,
            Sku.product_id,
            Sku.code,
            row.name,
            row.units,
            row.unit_cents,
            Sku.grams,
        )
        .join(Sku, Sku.id == row.sku_id)
        .where(among(row.box_id, box_ids))
    )
    found: dict[uuid.UUID, list[AddedTo]] = defaultdict(list)
    for box_id, dropped, *rest in rows:
        held = found[box_id]
        if not dropped:
            held.append(AddedTo(*cast(_Added, tuple(rest))))
    return dict(found)


def _wished(session: Session, boxes: Sequence[Box]) -> dict[uuid.UUID, list[AddedTo]]:
    subscriptions = {box.subscription_id for box in boxes}
    wishes = wishes_of_all(session, subscriptions)
    if not wishes:
        return {}
    first = _first_open(session, subscriptions)
    return {
        box.id: [
            _as_wished(each, code)
            for each, code in wishes.get(box.subscription_id, [])
            if each.lasting or first.get(box.subscription_id) == box.cycle
        ]
        for box in boxes
    }


def _as_wished(wish: WishRow, code: str) -> AddedTo:
    return AddedTo(
        sku_id=wish.sku_id,
        product_id=wish.product_id,
        code=code,
        name=english_name(wish),
        units=wish.units,
        unit_cents=wish.unit_cents,
        grams=wish.grams,
    )


def _first_open(session: Session, subscriptions: set[uuid.UUID]) -> dict[uuid.UUID, int]:
    rows = session.execute(
        select(Box.subscription_id, func.min(Box.cycle))
        .where(
            among(Box.subscription_id, subscriptions),
            Box.status == BoxStatus.PLANNED,
            Box.invoice_id.is_(None),
        )
        .group_by(Box.subscription_id)
    )
    return {row[0]: row[1] for row in rows}


def wishes_of_all(
    session: Session, subscriptions: set[uuid.UUID]
) -> dict[uuid.UUID, list[tuple[WishRow, str]]]:
    """Return what is still wished for by subscription, with the SKUs' codes, the oldest first."""
    rows = session.execute(
        select(
            AddOn.id,
            AddOn.subscription_id,
            AddOn.sku_id,
            Product.id,
            Product.name,
            Sku.grams,
            Sku.grind,
            AddOn.units,
            Sku.price_cents,
            AddOn.lasting,
            Sku.code,
        )
        .join(Sku, Sku.id == AddOn.sku_id)
        .join(Product, Product.id == Sku.product_id)
        .where(among(AddOn.subscription_id, subscriptions), AddOn.ended_at.is_(None))
        .order_by(AddOn.added_at, AddOn.id)
    )
    found: dict[uuid.UUID, list[tuple[WishRow, str]]] = {}
    for *rest, code in rows:
        rest[6] = rest[6].value
        wish = WishRow(*rest)
        found.setdefault(wish.subscription_id, []).append((wish, code))
    return found


def wishes_of(session: Session, subscription_id: uuid.UUID) -> list[WishRow]:
    """Return what a subscription still wants besides its boxes."""
    return [wish for wish, _ in wishes_of_all(session, {subscription_id}).get(subscription_id, [])]


def addable(session: Session, subscription: Subscription) -> list[AddableRow]:
    """Return what can be added: on sale, in the subscription's grind, and free on the shelf."""
    rows = session.execute(
        select(
            Sku.id,
            Product.id,
            Product.name,
            Product.roast,
            Sku.grams,
            Sku.grind,
            Sku.price_cents,
            Stock.on_hand,
        )
        .join(Product, Product.id == Sku.product_id)
        .join(Stock, Stock.sku_id == Sku.id)
        .where(
            Sku.status == SaleStatus.ON_SALE,
            Product.status == SaleStatus.ON_SALE,
            Sku.grind == subscription.grind,
            Stock.on_hand > 0,
        )
        .order_by(Product.code, Sku.grams)
    )
    return [
        AddableRow(row[0], row[1], row[2], row[3].value, row[4], row[5].value, row[6], row[7])
        for row in rows
    ]


def english_name(wish: WishRow) -> str:
    """Return the name of what was added, for papers that carry one language."""
    return wish.name.get("en") or next(iter(wish.name.values()), "")

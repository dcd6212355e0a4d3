"""Says for each line of composed boxes why it is there, by the model that scored it."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.personalization import brain, queries
from app.personalization.board import Board
from app.personalization.brain import Model
from app.personalization.rules import ComposedBox
from app.personalization.services.read_tasting import read_tasting

Pair = tuple[uuid.UUID, uuid.UUID]
Reasons = dict[str, Any]


def explain_lines(
    session: Session, model: Model, board: Board, boxes: Sequence[ComposedBox]
) -> dict[Pair, Reasons]:
    """Return the reasons of every line by box and SKU, all boxes in one go."""
    owner = {request.box_id: request.subscriber_id for request in board.requests}
    product = {offer.sku_id: offer.product_id for offer in board.offers}
    lines = [(box.box_id, line.sku_id) for box in boxes for line in box.lines]
    wanted = {(owner[box_id], product[sku_id]) for box_id, sku_id in lines}
    told = explain_pairs(session, model, wanted, set(product.values()))
    return {(box_id, sku_id): told[owner[box_id], product[sku_id]] for box_id, sku_id in lines}


def explain_pairs(
    session: Session, model: Model, wanted: Iterable[Pair], offered: set[uuid.UUID]
) -> dict[Pair, Reasons]:
    """Return why each person may like each product, compared with all that is on offer.

    Rated coffees are named, so that the reasons can be told without looking anything up. For
    people who want no box of their own taste the reasons say just that.
    """
    pairs = sorted(set(wanted))
    people = {person for person, _ in pairs}
    off = queries.without_taste(session, people)
    tasting = read_tasting(session, model, people - off, offered)
    names = {str(each.id): each.name for each in tasting.products}
    known = [pair for pair in pairs if pair[0] not in off]
    found = brain.explain_taste(model, tasting, known, offered)
    silent: dict[Pair, Reasons] = {pair: {"off": True} for pair in pairs if pair[0] in off}
    return silent | {pair: _named(reasons, names) for pair, reasons in found.items()}


def _named(reasons: Reasons, names: dict[str, dict[str, str]]) -> Reasons:
    for part in (*reasons["reasons"], reasons.get("lever") or {}):
        if "product" in part:
            part["name"] = names[part["product"]]
    return reasons

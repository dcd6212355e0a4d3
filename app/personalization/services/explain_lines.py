"""Says for each line of composed boxes why it is there, by the model that scored it."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.personalization import brain, queries
from app.personalization.board import Board
from app.personalization.brain import Model
from app.personalization.household_queries import sharers
from app.personalization.models import HouseholdMember
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
    return explain_boxes(session, model, boxes, (owner, product))


def explain_boxes(
    session: Session,
    model: Model,
    boxes: Sequence[ComposedBox],
    known: tuple[Mapping[uuid.UUID, uuid.UUID], Mapping[uuid.UUID, uuid.UUID]],
) -> dict[Pair, Reasons]:
    """Return the reasons of every line by box and SKU; `known` says whose each box is, and what
    each SKU is a bag of.

    Where several people share a box, a line is told for the one whose list it stands highest on.
    """
    owner, product = known
    lines = [(box.box_id, line.sku_id) for box in boxes for line in box.lines]
    shared = sharers(session, {owner[box_id] for box_id, _ in lines})
    wanted = {
        (person, product[sku_id])
        for box_id, sku_id in lines
        for person in (owner[box_id], *(each.id for each in shared.get(owner[box_id], ())))
    }
    told = explain_pairs(session, model, wanted, set(product.values()))
    return {
        (box_id, sku_id): _told_for(
            owner[box_id], shared.get(owner[box_id], ()), product[sku_id], told
        )
        for box_id, sku_id in lines
    }


def _told_for(
    owner: uuid.UUID,
    members: Sequence[HouseholdMember],
    product: uuid.UUID,
    told: Mapping[Pair, Reasons],
) -> Reasons:
    """Return the reasons of one line, with whom they speak of where several people share a box."""
    if not members:
        return told[owner, product]
    eaters = [(owner, None, ""), *((each.id, str(each.id), each.name) for each in members)]
    found = [(told[person, product], member, name) for person, member, name in eaters]
    reasons, member, name = min(found, key=lambda each: (each[0]["rank"], -each[0]["expected"]))
    return {**reasons, "for": {"member": member, "name": name}}


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

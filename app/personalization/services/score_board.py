"""Scores the board of a batch: how much each box's owner is expected to like each offer, and where
several people share a box, what each offer is worth to all of them together."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.personalization import brain
from app.personalization.board import Board
from app.personalization.brain import Model, Palates
from app.personalization.household_queries import sharers
from app.personalization.services.read_tasting import read_tasting

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores (boxes, offers), and the palates of the boxes that several people share, or None."""

    tastes: Floats
    palates: Palates | None

    def fingerprint(self, plain: str) -> str:
        """Return the sum of what decides a batch: the plain one unless palates decide, too."""
        if self.palates is None:
            return plain
        parts = (self.palates.row, np.round(self.palates.scores, 6))
        digest = hashlib.sha256(plain.encode())
        for part in parts:
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()


def score_board(session: Session, board: Board, model: Model) -> Scored:
    """Return the scores of a board; boxes of one person have that person's own."""
    owners = sorted({request.subscriber_id for request in board.requests})
    shared = {
        owner: [owner, *(each.id for each in members)]
        for owner, members in sharers(session, owners).items()
    }
    people = sorted({*owners, *(each for eaters in shared.values() for each in eaters)})
    tasting = read_tasting(session, model, people, {offer.product_id for offer in board.offers})
    by_person = brain.taste_of(model, tasting)
    product = {each.id: at for at, each in enumerate(tasting.products)}
    across = [product[offer.product_id] for offer in board.offers]
    person = {each: at for at, (each, _) in enumerate(tasting.people)}
    down = [person[request.subscriber_id] for request in board.requests]
    tastes = np.ascontiguousarray(by_person[np.ix_(down, across)])
    places = {owner: [person[each] for each in eaters] for owner, eaters in shared.items()}
    return _shared(board, tastes, by_person[:, across], places)


def _shared(
    board: Board, tastes: Floats, likings: Floats, places: Mapping[uuid.UUID, Sequence[int]]
) -> Scored:
    """Put in what each offer is worth to a household where a box belongs to one; `places` says
    whose `likings` (people, offers) count for each owner's boxes."""
    free = np.array([offer.available > 0 for offer in board.offers], dtype=bool)
    rows: list[int] = []
    found: list[Floats] = []
    for row, request in enumerate(board.requests):
        if request.subscriber_id not in places:
            continue
        own = likings[places[request.subscriber_id]]
        rows += [row] * len(own)
        found.append(own)
        tastes[row] = brain.worth_to_all(own, max(request.slots, 1), board.fresh[row] & free)
    if not rows:
        return Scored(tastes, None)
    return Scored(tastes, Palates(np.array(rows, dtype=np.int64), np.concatenate(found)))

"""Says what else may go into an open box, and which of it is granted at once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from app.catalog.queries import products_by_id
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.outcome import LineOutcome
from app.fulfilment.requests import requests_for
from app.fulfilment.shelf_queries import last_prices, open_boxes_with, promised_units
from app.fulfilment.swap_rules import Supply, fitting, grants
from app.personalization.board import Board, lay_out
from app.personalization.curation_queries import offers_on
from app.personalization.learning import live_model
from app.personalization.queries import exclusions
from app.personalization.services.score_board import score_board
from app.subscriptions.models import Subscription


@dataclass(frozen=True)
class Alternative:
    """A coffee that may go into the box instead; `score` is the expected liking from 1 to 5.

    `fits` marks those among the best for this person. `granted` says whether it may be had at
    once: what is nearly gone is kept for those whom it suits better than all that is left to them.
    """

    product_id: uuid.UUID
    name: dict[str, str]
    roast: str
    notes: tuple[str, ...]
    unit_cents: int
    score: float
    fits: bool
    granted: bool


@dataclass(frozen=True)
class Shelf:
    """What may go into one box: its board with the owner's scores, prices, and what is promised."""

    board: Board
    scores: Sequence[float]
    prices: dict[uuid.UUID, float]
    promised: dict[uuid.UUID, int]
    open_boxes: int

    def supply(self, at: int) -> Supply:
        """Return what is left of one offer."""
        offer = self.board.offers[at]
        free = offer.available - self.promised.get(offer.product_id, 0)
        return Supply(max(0, free), self.open_boxes, self.prices.get(offer.sku_id, 0.0))


def shelf_for(work: UnitOfWork, box: Box, subscription: Subscription) -> Shelf:
    """Return the shelf as it stands for one open box."""
    offers, _ = offers_on(work.session, box.ships_on)
    ruled_out = exclusions(work.session, [box.subscriber_id])
    board = lay_out(requests_for(work.session, [(box, subscription)]), offers, ruled_out)
    scores = score_board(work.session, board, live_model(work.session)).tastes
    return Shelf(
        board=board,
        scores=[float(score) for score in scores[0]],
        prices=last_prices(work.session),
        promised=promised_units(work.session, box.id),
        open_boxes=open_boxes_with(work.session, box.batch_id),
    )


def alternatives_on(
    work: UnitOfWork, shelf: Shelf, lines: Sequence[LineOutcome]
) -> tuple[Alternative, ...]:
    """Return what else may go into the box, the best liked first."""
    inside = {line.product_id for line in lines}
    known = products_by_id(work.session, [offer.product_id for offer in shelf.board.offers])
    fits = [at for at in range(len(shelf.board.offers)) if shelf.board.fits[0, at]]
    good = fitting([shelf.scores[at] for at in fits])
    leaving = least_kept(shelf, lines)
    found = [
        Alternative(
            product_id=offer.product_id,
            name=known[offer.product_id].name,
            roast=offer.facts.roast,
            notes=tuple(known[offer.product_id].notes),
            unit_cents=offer.price_cents,
            score=shelf.scores[at],
            fits=shelf.scores[at] >= good,
            granted=grants(shelf.supply(at), 1, shelf.scores[at] - leaving),
        )
        for at, offer in ((at, shelf.board.offers[at]) for at in fits)
        if offer.available > 0 and offer.product_id not in inside
    ]
    return tuple(sorted(found, key=lambda each: (-each.score, str(each.product_id))))


def least_kept(shelf: Shelf, lines: Sequence[LineOutcome]) -> float:
    """Return what the line is worth that is given up most easily: its score less its price."""
    return min(
        (line.score - shelf.prices.get(line.sku_id, 0.0) for line in lines),
        default=0.0,
    )

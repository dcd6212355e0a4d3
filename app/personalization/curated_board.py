"""Brings a curator's word onto the board of a batch. Pure: board and numbers in, numbers out."""

import uuid
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.personalization.board import Board
from app.personalization.curation import Curation

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def closed_board(board: Board, curation: Curation) -> Board:
    """Return the board on which nothing that is left out, kept back or replaced goes anywhere.

    `fits` stays, so that what somebody chose is still recognised and a substitute found for it.
    """
    closed = np.array([offer.product_id in curation.closed for offer in board.offers], dtype=bool)
    if not closed.any():
        return board
    return replace(board, fresh=board.fresh & ~closed, repeats=board.repeats & ~closed)


def stand_in_scores(board: Board, scores: Floats, curation: Curation) -> Floats:
    """Return the scores by which boxes are composed: (boxes, offers).

    What replaces a coffee is weighed like that coffee wherever that one might have gone and would
    have been liked better, so that it goes where that one would have gone.
    """
    weighed = scores
    for old, new in sorted(curation.instead.items()):
        for before in _columns(board, old):
            for after in _columns(board, new):
                both = board.fresh[:, before] & board.fits[:, after]
                better = both & (weighed[:, before] > weighed[:, after])
                if better.any():
                    weighed = weighed.copy() if weighed is scores else weighed
                    weighed[better, after] = weighed[better, before]
    return weighed


def hero_cells(
    board: Board, scores: Floats, settled: tuple[Ints, Ints, Ints], curation: Curation
) -> list[tuple[int, int]]:
    """Return (box, offer) for every box that gets the hero, one unit each.

    `settled` are the units in each box (boxes, offers), the units each offer still has, and the
    room that each box has left. A box gets the hero unless its owner excludes it, took it out, had
    it lately, has it already or filled the box alone. Where stock is short those who like it best
    come first, then the older subscription.
    """
    units, free, room = settled
    found: list[tuple[int, int]] = []
    for at in _columns(board, curation.hero):
        rows = np.flatnonzero(board.fresh[:, at] & (units[:, at] == 0) & (room > 0))
        ranked = rows[np.argsort(-scores[rows, at], kind="stable")][: max(int(free[at]), 0)]
        found.extend((int(row), at) for row in np.sort(ranked))
    return found


def _columns(board: Board, product_id: uuid.UUID | None) -> list[int]:
    return [at for at, offer in enumerate(board.offers) if offer.product_id == product_id]

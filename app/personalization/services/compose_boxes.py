"""Composes all boxes of a batch at once: choices first, then the best for everyone together."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.catalog.queries import products_by_id
from app.personalization import brain, learning, queries
from app.personalization.board import Board, fingerprint, lay_out
from app.personalization.brain import Model, Palates, Problem
from app.personalization.curated_board import closed_board, hero_cells, stand_in_scores
from app.personalization.curation import UNCURATED, Curation
from app.personalization.replay import Settled, Snapshot, write_snapshot
from app.personalization.rules import (
    BoxRequest,
    Composition,
    Offer,
)
from app.personalization.services.explain_lines import explain_lines
from app.personalization.services.judge_boxes import credit_of, judge_boxes
from app.personalization.services.limit_boxes import limit_boxes
from app.personalization.services.score_board import score_board
from app.personalization.services.write_lines import write_lines
from app.personalization.substitution import Candidate, ranked, share_out

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class Fixed:
    """What is settled before the composer starts: units (boxes, offers) and what stays missing."""

    units: Ints
    free: Ints
    instead: dict[tuple[int, int], uuid.UUID] = field(default_factory=dict)
    missing: dict[int, list[tuple[uuid.UUID, int]]] = field(default_factory=dict)
    heroes: set[tuple[int, int]] = field(default_factory=set)


@dataclass(frozen=True)
class Terms:
    """The seed of the draw, how much dearer a substitute may be, and what a curator settled."""

    seed: int
    dearer_by: int
    curation: Curation = UNCURATED


@dataclass(frozen=True, eq=False)
class Draft:
    """All that decides the boxes of a batch, read and settled, before the composer starts.

    `wished` is the problem as it would be if nothing were scarce; `credit` (boxes,) is the weight
    that each box brings along from its past; `palates` are those of boxes that are shared.
    """

    board: Board
    model: Model
    problem: Problem
    credit: Floats
    wished: Problem
    settled: Settled
    input_sha: str
    palates: Palates | None = None

    def snapshot(self) -> Snapshot:
        """Return what is kept, so that the boxes can be composed again."""
        return Snapshot(self.inputs, self.settled, self.input_sha, self.model.version)

    @property
    def inputs(self) -> tuple[Any, ...]:
        """Return what the composer is given; palates only where boxes are shared."""
        plain = (self.problem, self.credit, self.wished)
        return plain if self.palates is None else (*plain, self.palates)


def compose_boxes(
    session: Session, requests: Sequence[BoxRequest], offers: Sequence[Offer], terms: Terms
) -> Composition:
    """Return every box of the batch, with the proof of how good they are together.

    Exclusions beat choices, choices beat a curator's hero, and that beats taste. Who got little in
    past boxes comes first now. The same inputs and seed give the same boxes.
    """
    draft = draft_boxes(session, requests, offers, terms)
    solution = brain.solve(*draft.inputs)
    boxes = write_lines(draft.settled, solution)
    return Composition(
        boxes=boxes,
        value=solution.value,
        bound=solution.bound,
        method=solution.method,
        model_version=draft.model.version,
        input_sha=draft.input_sha,
        prices={
            offer.sku_id: float(price)
            for offer, price in zip(draft.board.offers, solution.prices, strict=True)
        },
        curation=terms.curation.as_record(),
        reasons=explain_lines(session, draft.model, draft.board, boxes),
        keep=lambda: write_snapshot(draft.snapshot()),
        judgements=judge_boxes(draft.snapshot(), solution),
    )


def draft_boxes(
    session: Session, requests: Sequence[BoxRequest], offers: Sequence[Offer], terms: Terms
) -> Draft:
    """Read all that decides the boxes, and settle what does not go by taste."""
    board = lay_out(
        requests,
        offers,
        queries.exclusions(session, {request.subscriber_id for request in requests}),
    )
    model = learning.live_model(session)
    scored = score_board(session, board, model)
    tastes = scored.tastes
    scores = stand_in_scores(board, tastes, terms.curation)
    board = closed_board(board, terms.curation)
    fixed = _settle_choices(session, board, terms)
    _give_heroes(board, scores, fixed, terms.curation)
    plenty = _with_plenty(board)
    wishes = _settle_choices(session, plenty, terms)
    _give_heroes(plenty, scores, wishes, terms.curation)
    return Draft(
        board=board,
        model=model,
        problem=_problem(board, scores, fixed, terms.seed),
        credit=credit_of([request.past for request in board.requests]),
        wished=_problem(plenty, scores, wishes, terms.seed),
        settled=_settled(board, tastes, fixed),
        input_sha=scored.fingerprint(
            fingerprint(board, scores, model.version, terms.seed, terms.curation.hero)
        ),
        palates=scored.palates,
    )


def _with_plenty(board: Board) -> Board:
    """Return the board with more of everything than all boxes could hold."""
    plenty = sum(request.slots for request in board.requests) + 1
    offers = tuple(replace(offer, available=plenty) for offer in board.offers)
    return replace(board, offers=offers)


def _settle_choices(session: Session, board: Board, terms: Terms) -> Fixed:
    """Give people what they chose while it lasts, then what replaces it best."""
    free = np.array([offer.available for offer in board.offers], dtype=np.int64)
    fixed = Fixed(np.zeros((len(board.requests), len(board.offers)), dtype=np.int64), free)
    out_of_stock: list[tuple[int, int, int]] = []
    for row, request in enumerate(board.requests):
        room = request.slots
        for product_id, units in request.wanted:
            column = board.column_for(row, product_id)
            units = min(units, room, request.max_per_item)
            if column is None or units == 0:
                continue
            room -= units
            units -= _replace(board, fixed, terms.curation, (row, column, units))
            given = min(units, int(fixed.free[column]))
            fixed.units[row, column] += given
            fixed.free[column] -= given
            if given < units:
                out_of_stock.append((row, column, units - given))
    if out_of_stock:
        _substitute(session, board, terms, fixed, out_of_stock)
    return fixed


def _replace(board: Board, fixed: Fixed, curation: Curation, wish: tuple[int, int, int]) -> int:
    """Put in what a curator says instead of a chosen coffee; return how many units of it."""
    row, column, units = wish
    wanted, request = board.offers[column], board.requests[row]
    product_id = curation.instead.get(wanted.product_id)
    at = board.column_for(row, product_id) if product_id else None
    if at is None or fixed.units[row, at] or product_id in request.outs:
        return 0
    if product_id in dict(request.wanted):
        return 0
    given = min(units, int(fixed.free[at]))
    if given:
        fixed.units[row, at] += given
        fixed.free[at] -= given
        fixed.instead[row, at] = wanted.sku_id
    return given


def _give_heroes(board: Board, scores: Floats, fixed: Fixed, curation: Curation) -> None:
    """Put a curator's hero into every box that may have it and has room, while there is some."""
    if curation.hero is None:
        return
    lost = _lost(board, fixed)
    slots = np.array([request.slots for request in board.requests], dtype=np.int64)
    settled = (fixed.units, fixed.free, slots - lost - fixed.units.sum(axis=1))
    for row, at in hero_cells(board, scores, settled, curation):
        fixed.units[row, at] += 1
        fixed.free[at] -= 1
        fixed.heroes.add((row, at))


def _substitute(
    session: Session,
    board: Board,
    terms: Terms,
    fixed: Fixed,
    out_of_stock: list[tuple[int, int, int]],
) -> None:
    known = products_by_id(session, {offer.product_id for offer in board.offers})
    alike = brain.similarity_of([known[offer.product_id] for offer in board.offers])
    for row, column, units in out_of_stock:
        request, wanted = board.requests[row], board.offers[column]
        candidates = [
            Candidate(
                offer.sku_id,
                offer.code,
                offer.price_cents,
                float(alike[column, at]),
                int(fixed.free[at]),
            )
            for at, offer in enumerate(board.offers)
            if at != column and board.fresh[row, at] and not fixed.units[row, at]
        ]
        order = ranked(candidates, wanted.price_cents, terms.dearer_by)
        given, missing = share_out(units, order, request.max_per_item)
        for sku_id, part in given.items():
            at = board.column[sku_id]
            fixed.units[row, at] += part
            fixed.free[at] -= part
            fixed.instead[row, at] = wanted.sku_id
        if missing and not request.refill:
            fixed.missing.setdefault(row, []).append((wanted.sku_id, missing))


def _problem(board: Board, scores: Floats, fixed: Fixed, seed: int) -> Problem:
    lost = _lost(board, fixed)
    return brain.pose(
        scores=scores,
        allowed=board.fresh | (fixed.units > 0),
        slots=np.array([request.slots for request in board.requests], dtype=np.int64) - lost,
        stock=np.array([offer.available for offer in board.offers], dtype=np.int64),
        max_per_item=np.array([request.max_per_item for request in board.requests]),
        min_distinct=np.array([request.min_distinct for request in board.requests]),
        pinned=fixed.units,
        seed=seed,
        **limit_boxes(board.requests, board.offers),
    )


def _lost(board: Board, fixed: Fixed) -> Ints:
    """Return how many units of each box stay missing whatever else is put in: (boxes,)."""
    lost = np.zeros(len(board.requests), dtype=np.int64)
    for row, parts in fixed.missing.items():
        lost[row] = sum(units for _, units in parts)
    return lost


def _settled(board: Board, tastes: Floats, fixed: Fixed) -> Settled:
    return Settled(
        boxes=tuple(request.box_id for request in board.requests),
        offers=tuple((offer.sku_id, offer.price_cents) for offer in board.offers),
        tastes=tastes,
        units=fixed.units,
        repeats=board.repeats,
        instead=fixed.instead,
        heroes=frozenset(fixed.heroes),
        missing=fixed.missing,
    )

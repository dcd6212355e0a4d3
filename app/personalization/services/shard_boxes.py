"""Composes one shard of a large batch: what decides it is read and kept once, the rest follows
from that, the quota and the common prices."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from app.personalization import brain, learning, queries
from app.personalization.board import lay_out
from app.personalization.replay import Snapshot, read_snapshot, with_quota, write_snapshot
from app.personalization.rules import BoxRequest, Composition, Offer
from app.personalization.services.compose_boxes import Draft
from app.personalization.services.explain_lines import explain_boxes
from app.personalization.services.judge_boxes import judge_boxes
from app.personalization.services.shard_file import ShardOutcome, read_outcome, write_outcome
from app.personalization.services.write_lines import write_lines


@dataclass(frozen=True)
class Gathered:
    """A shard as it was read: its file, slots to be filled, and units of each offer that are
    settled by choice and that its boxes would hold at the common prices."""

    snapshot: bytes
    slots: int
    settled: list[int]
    demand: list[int]


def wanted_units(
    session: Session, requests: Sequence[BoxRequest], offers: Sequence[Offer]
) -> list[int]:
    """Return the units of each offer that boxes ask for by name, whatever there is of it."""
    wanted = [0] * len(offers)
    asking = [request for request in requests if request.wanted]
    ruled_out = queries.exclusions(session, {request.subscriber_id for request in asking})
    board = lay_out(asking, offers, ruled_out)
    for row, request in enumerate(board.requests):
        room = request.slots
        for product_id, units in request.wanted:
            column = board.column_for(row, product_id)
            if column is not None:
                taken = min(units, room, request.max_per_item)
                wanted[column] += taken
                room -= taken
    return wanted


def allotted_units(
    stock: Sequence[int], wanted: Sequence[Sequence[int]], boxes: Sequence[int]
) -> list[list[int]]:
    """Return what the choices of each shard may take: first what they ask for, then by size."""
    found = np.zeros((len(boxes), len(stock)), dtype=np.int64)
    for at, free in enumerate(stock):
        asked = np.array([each[at] for each in wanted], dtype=np.int64)
        many = min(free, int(asked.sum()))
        rest = brain.apportioned(free - many, np.array(boxes, dtype=np.int64))
        found[:, at] = brain.apportioned(many, asked) + rest
    return [[int(units) for units in row] for row in found]


def prices_from(draft: Draft) -> list[float]:
    """Return the prices that a shard finds, as a sample of all boxes."""
    return brain.sample_prices(draft.problem)


def gather(draft: Draft, prices: Sequence[float]) -> Gathered:
    """Return what is kept of a shard before its quota is known."""
    kept = write_snapshot(draft.snapshot())
    assert kept is not None, "a shard is too large to be kept in one file"
    problem = draft.problem
    return Gathered(
        snapshot=kept[1],
        slots=int(problem.slots.sum()),
        settled=[int(units) for units in draft.settled.units.sum(axis=0)],
        demand=brain.demand_of(problem, prices),
    )


@dataclass(frozen=True, eq=False)
class ShardTerms:
    """What decides a shard besides its snapshot: units of each offer, and the common prices."""

    quota: Sequence[int]
    prices: Sequence[float]


def solve_shard(
    session: Session,
    content: bytes,
    terms: ShardTerms,
    owners: Mapping[uuid.UUID, uuid.UUID],
    product: Mapping[uuid.UUID, uuid.UUID],
) -> bytes:
    """Return the boxes of a shard as a file: the same bytes for the same snapshot and terms.

    `owners` names whose each box is, `product` what each SKU is a bag of.
    """
    snapshot = _with_quota(content, terms.quota)
    solution = brain.solve(*snapshot.inputs)
    dual = brain.dual_of(snapshot.inputs[0], solution, terms.prices)
    boxes = [box for box in write_lines(snapshot.settled, solution) if box.box_id in owners]
    reasons = explain_boxes(session, learning.live_model(session), boxes, (owners, product))
    return write_outcome(ShardOutcome(solution, dual, reasons))


@dataclass(frozen=True, eq=False)
class Opened:
    """A composed shard, ready to be written: its boxes, its part of the bound, what is empty, and
    what it was composed from."""

    composition: Composition
    dual: float
    short: int
    used: dict[uuid.UUID, int]


def quotas_together(
    kept: Sequence[tuple[bytes, Sequence[int], bytes]], stock: Sequence[int]
) -> dict[int, list[int]]:
    """Return new quotas of the shards that can swap so that fewer slots stay empty; {} if none can.

    `kept` are all shards of a batch: snapshot, quota and outcome; `stock` is that of the batch.
    """
    problems = [_with_quota(content, quota).inputs[0] for content, quota, _ in kept]
    solutions = [read_outcome(outcome).solution for _, _, outcome in kept]
    return brain.share_again(problems, solutions, stock)


def open_shard(content: bytes, quota: Sequence[int], outcome: bytes) -> Opened:
    """Return what a shard came to."""
    snapshot = _with_quota(content, quota)
    found = read_outcome(outcome)
    solution, skus = found.solution, [sku for sku, _ in snapshot.settled.offers]
    used: dict[uuid.UUID, int] = {}
    for at, units in zip(solution.item.tolist(), solution.units.tolist(), strict=True):
        used[skus[at]] = used.get(skus[at], 0) + units
    composition = Composition(
        boxes=write_lines(snapshot.settled, solution),
        value=solution.value,
        bound=solution.bound,
        method=solution.method,
        model_version=snapshot.model_version,
        input_sha=snapshot.input_sha,
        prices=dict.fromkeys(skus, 0.0),
        reasons=found.reasons,
        judgements=judge_boxes(snapshot, solution),
    )
    return Opened(composition, found.dual, int(solution.short.sum()), used)


def _with_quota(content: bytes, quota: Sequence[int]) -> Snapshot:
    snapshot, _ = read_snapshot(hashlib.sha256(content).hexdigest(), content)
    return with_quota(snapshot, quota)

"""Composes a past batch again from what was kept of it, and from nothing else."""

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.personalization import brain
from app.personalization.model_queries import content_of
from app.personalization.replay import read_snapshot
from app.personalization.rules import ComposedBox
from app.personalization.services.write_lines import write_lines


@dataclass(frozen=True)
class Rederived:
    """A batch composed again; `same_code` says whether by the code that composed it first."""

    boxes: tuple[ComposedBox, ...]
    value: float
    bound: float
    prices: dict[uuid.UUID, float]
    cents: dict[uuid.UUID, int]
    input_sha: str
    model_version: str
    same_code: bool


def rederive_boxes(session: Session, snapshot_sha: str) -> Rederived:
    """Return the boxes that the kept inputs come to; refuse a file that is not as it was stored."""
    snapshot, same_code = read_snapshot(snapshot_sha, content_of(session, snapshot_sha))
    solution = brain.solve(*snapshot.inputs)
    settled = snapshot.settled
    skus = [sku for sku, _ in settled.offers]
    return Rederived(
        boxes=write_lines(settled, solution),
        value=solution.value,
        bound=solution.bound,
        prices={sku: float(price) for sku, price in zip(skus, solution.prices, strict=True)},
        cents=dict(settled.offers),
        input_sha=snapshot.input_sha,
        model_version=snapshot.model_version,
        same_code=same_code,
    )

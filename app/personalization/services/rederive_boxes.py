"""Composes a past batch again from what was kept of it, and from nothing else."""

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.personalization import brain
from app.personalization.model_queries import content_of
from app.personalization.replay import read_bundle, read_snapshot, with_quota
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


def rederive_shards(session: Session, bundle_sha: str) -> Rederived:
    """Return the boxes that the kept shards of a large batch come to, each with its own quota;
    refuse a file that is not as it was stored."""
    bundle = read_bundle(bundle_sha, content_of(session, bundle_sha))
    boxes: list[ComposedBox] = []
    cents: dict[uuid.UUID, int] = {}
    values: list[float] = []
    duals: list[float] = []
    same, version = True, ""
    for sha, quota in bundle.shards:
        kept, same_code = read_snapshot(sha, content_of(session, sha))
        snapshot = with_quota(kept, quota)
        solution = brain.solve(*snapshot.inputs)
        boxes += write_lines(snapshot.settled, solution)
        cents = dict(snapshot.settled.offers)
        values.append(solution.value)
        duals.append(brain.dual_of(snapshot.inputs[0], solution, bundle.prices))
        same, version = same and same_code, version or snapshot.model_version
    value, bound = value_of_shards(values, duals, (bundle.prices, bundle.stock))
    prices = dict(zip(cents, bundle.prices, strict=True))
    return Rederived(tuple(boxes), value, bound, prices, cents, bundle.input_sha, version, same)


def value_of_shards(
    values: Sequence[float], duals: Sequence[float], shelf: tuple[Sequence[float], Sequence[int]]
) -> tuple[float, float]:
    """Return what all shards are worth together, and the most that any composition could reach, by
    the common prices and the stock of the batch."""
    prices, stock = shelf
    goods = math.fsum(price * units for price, units in zip(prices, stock, strict=True))
    value = math.fsum(values)
    return value, max(math.fsum([goods, *duals]), value)

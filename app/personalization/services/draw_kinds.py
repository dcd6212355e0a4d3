"""Draws what packing fewer different boxes would cost a batch, from what was kept of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.personalization import brain
from app.personalization.model_queries import content_of
from app.personalization.replay import read_bundle, read_snapshot, with_quota

SAMPLE = 1000


@dataclass(frozen=True)
class KindsPoint:
    """At most `kinds` different boxes keep a `share` of the value; `unserved` boxes find none."""

    kinds: int
    share: float
    unserved: int


@dataclass(frozen=True)
class KindsCurve:
    """The curve of a sample of `boxes`, which freely composed are `free` different boxes."""

    boxes: int
    free: int
    points: tuple[KindsPoint, ...]


def draw_kinds(session: Session, snapshot_sha: str, in_shards: bool = False) -> KindsCurve:
    """Return the curve of value against the number of different boxes.

    What people chose themselves is left aside, and a box holds different coffees; a large batch is
    answered from a sample with its share of the stock; one composed in shards from the first of
    them, which is a fair sample of all.
    """
    quota: Sequence[int] = ()
    if in_shards:
        bundle = read_bundle(snapshot_sha, content_of(session, snapshot_sha))
        snapshot_sha, quota = bundle.shards[0]
    snapshot, _ = read_snapshot(snapshot_sha, content_of(session, snapshot_sha))
    snapshot = with_quota(snapshot, quota) if in_shards else snapshot
    boxes, free, points = brain.curve_of_kinds(snapshot.inputs[0], SAMPLE)
    return KindsCurve(boxes, free, tuple(KindsPoint(*point) for point in points))

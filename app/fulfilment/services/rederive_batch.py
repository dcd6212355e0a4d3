"""Holds past boxes against what the kept inputs of their batch come to when composed again."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box, BoxLine, ComposeRun
from app.fulfilment.pricing import agreed_price
from app.fulfilment.rules import IN_SHARDS, BatchRefusal, BoxStatus
from app.personalization.rules import ComposedBox, LineSource
from app.personalization.services.rederive_boxes import (
    Rederived,
    rederive_boxes,
    rederive_shards,
)

RUNS = ("real", "late")


@dataclass(frozen=True)
class PackedLine:
    """A line to the bit; `score` as it is written, `replaces` says whether it stands in."""

    sku_id: uuid.UUID
    units: int
    unit_cents: int
    score: str
    source: str
    replaces: bool
    repeat: bool


@dataclass(frozen=True)
class ComparedBox:
    """A box as it is stored and as it comes out again."""

    box_id: uuid.UUID
    equal: bool
    stored: tuple[PackedLine, ...]
    again: tuple[PackedLine, ...]


@dataclass(frozen=True)
class ComparedBatch:
    """What composing a batch again came to; `same_code` says whether by the code of that day."""

    boxes: int
    equal: int
    same_code: bool
    same_value: bool
    same_prices: bool
    model_version: str
    seed: int
    input_sha: str
    compared: tuple[ComparedBox, ...]


def rederive_batch(
    work: UnitOfWork, batch_id: uuid.UUID, box_id: uuid.UUID | None = None
) -> ComparedBatch:
    """Compose a past batch again and compare every box of it, or one, to the bit.

    Boxes that were held and filled later were composed in a run of their own. Refuse a batch that
    was not composed, or of which nothing was kept.
    """
    runs = work.session.scalars(
        select(ComposeRun)
        .where(ComposeRun.batch_id == batch_id, ComposeRun.kind.in_(RUNS))
        .order_by(ComposeRun.created_at, ComposeRun.id)
    ).all()
    if not runs:
        raise Refused(BatchRefusal.NOT_COMPOSED)
    kept = [run for run in runs if run.snapshot_sha is not None]
    if not kept:
        raise Refused(BatchRefusal.NOT_KEPT)
    derived = [_derived(work, run) for run in kept]
    packed = _packed(work, batch_id)
    again = _again(derived)
    wanted = packed if box_id is None else {key: packed[key] for key in packed if key == box_id}
    compared = tuple(_compared(key, stored, again.get(key, ())) for key, stored in wanted.items())
    return ComparedBatch(
        boxes=len(compared),
        equal=sum(each.equal for each in compared),
        same_code=all(each.same_code for each in derived),
        same_value=all(map(_same_value, kept, derived)),
        same_prices=all(map(_same_prices, kept, derived)),
        model_version=kept[0].model_version,
        seed=kept[0].seed,
        input_sha=kept[0].input_sha,
        compared=compared,
    )


def _derived(work: UnitOfWork, run: ComposeRun) -> Rederived:
    way = rederive_shards if run.method == IN_SHARDS else rederive_boxes
    return way(work.session, run.snapshot_sha or "")


def _packed(work: UnitOfWork, batch_id: uuid.UUID) -> dict[uuid.UUID, tuple[PackedLine, ...]]:
    """Return the stored lines of all boxes that were composed, those emptied later too."""
    found: dict[uuid.UUID, list[PackedLine]] = {
        key: []
        for key in work.session.scalars(
            select(Box.id).where(Box.batch_id == batch_id, Box.status == BoxStatus.HELD)
        )
    }
    rows = work.session.scalars(
        select(BoxLine)
        .join(Box, Box.id == BoxLine.box_id)
        .where(Box.batch_id == batch_id, BoxLine.source != LineSource.ADD_ON)
        .order_by(Box.number, BoxLine.position)
    )
    for row in rows:
        found.setdefault(row.box_id, []).append(
            PackedLine(
                row.sku_id,
                row.units,
                row.unit_cents,
                repr(row.score),
                row.source.value,
                row.instead_of is not None,
                row.repeat,
            )
        )
    return {key: tuple(lines) for key, lines in found.items()}


def _again(derived: Iterable[Rederived]) -> dict[uuid.UUID, tuple[PackedLine, ...]]:
    """Return the lines of every box as composed again; a later run fills what one before held."""
    found: dict[uuid.UUID, tuple[PackedLine, ...]] = defaultdict(tuple)
    for each in derived:
        for box in each.boxes:
            found[box.box_id] = found[box.box_id] or _lines(box, each.cents)
    return found


def _lines(box: ComposedBox, cents: Mapping[uuid.UUID, int]) -> tuple[PackedLine, ...]:
    return tuple(
        PackedLine(
            line.sku_id,
            line.units,
            agreed_price(cents[line.sku_id], cents[line.instead_of] if line.instead_of else None),
            repr(line.score),
            line.source.value,
            line.instead_of is not None,
            line.repeat,
        )
        for line in box.lines
    )


def _compared(
    box_id: uuid.UUID, stored: Sequence[PackedLine], again: Sequence[PackedLine]
) -> ComparedBox:
    return ComparedBox(box_id, tuple(stored) == tuple(again), tuple(stored), tuple(again))


def _same_value(run: ComposeRun, derived: Rederived) -> bool:
    return (run.value, run.bound) == (derived.value, derived.bound)


def _same_prices(run: ComposeRun, derived: Rederived) -> bool:
    return dict(run.prices) == {str(sku): price for sku, price in derived.prices.items() if price}

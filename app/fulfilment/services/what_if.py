"""Rehearses a batch with another stock, to say what it would change before anything is bought."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.catalog.queries import sku_by_code
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Batch
from app.fulfilment.outcome import BoxOutcome
from app.fulfilment.queries import batch_of
from app.fulfilment.rules import BatchRefusal, BatchStatus
from app.fulfilment.services.compose_batch import Pair, compose, locked_boxes
from app.fulfilment.services.lock_batch import freeze_batch
from app.fulfilment.stock_change import changed_stock
from app.people.name_queries import names_of
from app.personalization.curation_queries import offers_on
from app.personalization.rules import Composition, Offer

SAMPLE = 5000
LOSERS = 12
SMALL = 1e-6


@dataclass(frozen=True)
class SkuChange:
    """One SKU before and after: what is free, what boxes take, what one more bag would be worth."""

    sku_id: uuid.UUID
    code: str
    free: tuple[int, int]
    units: tuple[int, int]
    worth: tuple[float, float]


@dataclass(frozen=True)
class BoxChange:
    """A box that comes out worse afterwards: its satisfaction, from 0 to 1, before and after."""

    box_id: uuid.UUID
    order_number: str
    name: str
    satisfaction: tuple[float, float]


@dataclass(frozen=True)
class WhatIf:
    """What another stock would change in a batch: pairs are (as it is, as it would be).

    `boxes` were composed, of `of` in the batch: a very large batch is answered from a sample whose
    stock is cut down alike, and value, units and missing bags are those of the sample. `mean` and
    `least` are satisfactions, 0 to 1.
    """

    ships_on: date
    boxes: int
    of: int
    value: tuple[float, float]
    bound: tuple[float, float]
    missing: tuple[int, int]
    mean: tuple[float, float]
    least: tuple[float, float]
    worse: int
    better: int
    losers: tuple[BoxChange, ...]
    skus: tuple[SkuChange, ...]

    @property
    def share(self) -> float:
        """How much more (or less) all boxes are worth afterwards: -0.01 is one hundredth less."""
        return (self.value[1] - self.value[0]) / (abs(self.value[0]) or 1.0)


def what_if(work: UnitOfWork, batch_id: uuid.UUID, changes: Mapping[str, str]) -> WhatIf:
    """Compose a batch as things stand, and with other stock of some SKUs (by code).

    Call it inside a unit of work that is thrown away: the batch is frozen for it.
    """
    batch = batch_of(work.session, batch_id, lock=True)
    if batch.status is BatchStatus.COMPOSED:
        raise Refused(BatchRefusal.COMPOSED)
    stock = _stock(work, batch, changes)
    if batch.status is BatchStatus.PLANNED:
        freeze_batch(work, batch)
    pairs = locked_boxes(work, batch_id)
    if not pairs:
        raise Refused(BatchRefusal.NO_BOXES)
    step = -(-len(pairs) // SAMPLE)
    sample = pairs[::step]
    part = len(sample) / len(pairs)
    before = compose(work, sample, _shelf({}, part))
    after = compose(work, sample, _shelf(stock, part))
    return _compared(work, batch, sample, (len(pairs), before, after, stock))


def _stock(work: UnitOfWork, batch: Batch, changes: Mapping[str, str]) -> dict[uuid.UUID, int]:
    offers, _ = offers_on(work.session, batch.ships_on)
    free = {offer.sku_id: offer.available for offer in offers}
    found = {}
    for code, change in changes.items():
        sku_id = sku_by_code(work.session, code).id
        then = changed_stock(free.get(sku_id, 0), change)
        if then is None:
            raise Refused(BatchRefusal.BAD_CHANGE, field="change")
        if sku_id not in free:
            raise Refused(BatchRefusal.NOT_ON_SALE, field="sku")
        found[sku_id] = then
    return found


def _shelf(stock: Mapping[uuid.UUID, int], part: float) -> Callable[[Sequence[Offer]], list[Offer]]:
    """Return what puts another stock onto the shelf, cut down to a part of the boxes."""

    def change(offers: Sequence[Offer]) -> list[Offer]:
        return [
            replace(offer, available=int(stock.get(offer.sku_id, offer.available) * part))
            for offer in offers
        ]

    return change


Made = tuple[Composition, list[BoxOutcome]]


def _compared(
    work: UnitOfWork,
    batch: Batch,
    pairs: Sequence[Pair],
    found: tuple[int, Made, Made, Mapping[uuid.UUID, int]],
) -> WhatIf:
    total, (first, one), (second, two), stock = found
    levels = (_levels(one), _levels(two))
    change = {box: levels[1].get(box, 0.0) - level for box, level in levels[0].items()}
    return WhatIf(
        ships_on=batch.ships_on,
        boxes=len(pairs),
        of=total,
        value=(first.value, second.value),
        bound=(first.bound, second.bound),
        missing=(sum(each.missing for each in one), sum(each.missing for each in two)),
        mean=(_mean(levels[0].values()), _mean(levels[1].values())),
        least=(min(levels[0].values(), default=0.0), min(levels[1].values(), default=0.0)),
        worse=sum(1 for each in change.values() if each < -SMALL),
        better=sum(1 for each in change.values() if each > SMALL),
        losers=_losers(work, two, levels[0], change),
        skus=_skus(work, batch, ((first, one), (second, two)), stock),
    )


def _levels(outcomes: Sequence[BoxOutcome]) -> dict[uuid.UUID, float]:
    """Return how satisfied each box is, 0 to 1; one that would be held is not at all."""
    return {
        each.box_id: each.judgement.satisfaction if each.judgement and each.lines else 0.0
        for each in outcomes
    }


def _mean(levels: Iterable[float]) -> float:
    found = list(levels)
    return sum(found) / len(found) if found else 0.0


def _losers(
    work: UnitOfWork,
    outcomes: Sequence[BoxOutcome],
    was: Mapping[uuid.UUID, float],
    change: Mapping[uuid.UUID, float],
) -> tuple[BoxChange, ...]:
    """Return the boxes that lose most, the first of them first."""
    worse = [each for each in outcomes if change[each.box_id] < -SMALL]
    worse.sort(key=lambda each: (change[each.box_id], each.order_number))
    names = names_of(work.session, [str(each.subscriber_id) for each in worse[:LOSERS]])
    return tuple(
        BoxChange(
            each.box_id,
            each.order_number,
            names.get(str(each.subscriber_id), ""),
            (was[each.box_id], was[each.box_id] + change[each.box_id]),
        )
        for each in worse[:LOSERS]
    )


def _skus(
    work: UnitOfWork,
    batch: Batch,
    made: tuple[Made, Made],
    stock: Mapping[uuid.UUID, int],
) -> tuple[SkuChange, ...]:
    """Return the SKUs that were changed, then those whose use or worth changes, the most first."""
    offers, curation = offers_on(work.session, batch.ships_on)
    taken = [_taken(outcomes) for _, outcomes in made]
    prices = [composition.prices for composition, _ in made]
    rows = [
        SkuChange(
            offer.sku_id,
            offer.code,
            (offer.available, stock.get(offer.sku_id, offer.available)),
            (taken[0].get(offer.sku_id, 0), taken[1].get(offer.sku_id, 0)),
            (prices[0].get(offer.sku_id, 0.0), prices[1].get(offer.sku_id, 0.0)),
        )
        for offer in offers
        if offer.product_id not in curation.closed
    ]
    touched = [
        row
        for row in rows
        if row.sku_id in stock
        or row.units[0] != row.units[1]
        or abs(row.worth[0] - row.worth[1]) > SMALL
    ]
    return tuple(
        sorted(
            touched,
            key=lambda row: (
                row.sku_id not in stock,
                -abs(row.worth[1] - row.worth[0]),
                -abs(row.units[1] - row.units[0]),
                row.code,
            ),
        )
    )


def _taken(outcomes: Sequence[BoxOutcome]) -> dict[uuid.UUID, int]:
    found: dict[uuid.UUID, int] = {}
    for each in outcomes:
        for sku_id, units in each.reserved().items():
            found[sku_id] = found.get(sku_id, 0) + units
    return found

"""Plans how a batch that is too large for one worker is composed in shards."""

import math
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, delete, func, select, text

from app.core.fail_points import reach
from app.core.job_names import Job
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Batch, Box, ComposePlan, ComposeShard
from app.fulfilment.queries import batch_of
from app.fulfilment.requests import requests_for
from app.fulfilment.rules import BatchRefusal, BatchStatus, BoxStatus
from app.fulfilment.services.compose_batch import Pair, locked_boxes
from app.personalization.curation import Curation
from app.personalization.curation_queries import offers_on
from app.personalization.rules import Offer
from app.personalization.services.compose_boxes import Draft, Terms, draft_boxes
from app.personalization.services.shard_boxes import (
    allotted_units,
    gather,
    prices_from,
    wanted_units,
)

OFFERS = TypeAdapter(list[Offer])
CURATION = TypeAdapter(Curation)
# So many workers may be asked to help; each goes on until nothing is left.
MOST_BELLS = 16


def plan_shards(work: UnitOfWork, batch_id: uuid.UUID) -> bool:
    """Say whether a locked batch is composed in shards; plan them when that is not done yet."""
    batch = batch_of(work.session, batch_id, lock=True)
    if batch.status is BatchStatus.COMPOSED:
        return False
    if batch.status is not BatchStatus.LOCKED:
        raise Refused(BatchRefusal.NOT_DUE, offer=batch.locks_at)
    if work.session.get(ComposePlan, batch_id):
        _ring(work, batch_id)
        return True
    boxes = work.session.scalar(
        select(func.count()).where(Box.batch_id == batch_id, Box.status == BoxStatus.LOCKED)
    )
    if not boxes or boxes <= work.shop.shard_above:
        return False
    _plan(work, batch, math.ceil(boxes / work.shop.shard_boxes))
    _ring(work, batch_id)
    reach("shards.planned")
    return True


def forget_plan(work: UnitOfWork, batch_id: uuid.UUID) -> None:
    """Throw a plan away whose stock is gone, so that the batch is planned anew."""
    work.session.execute(delete(ComposePlan).where(ComposePlan.batch_id == batch_id))


def shard_boxes(
    work: UnitOfWork, plan: ComposePlan, number: int, status: BoxStatus = BoxStatus.LOCKED
) -> list[Pair]:
    """Return the boxes of one shard: drawn by the subscription, so that each is a fair sample."""
    return locked_boxes(work, plan.batch_id, status, _in_shard(plan.seed, plan.shards, number))


def draft_of(work: UnitOfWork, plan: ComposePlan, shard: ComposeShard) -> Draft:
    """Read all that decides the boxes of one shard."""
    allotted = zip(OFFERS.validate_python(plan.offers), shard.allotted, strict=True)
    offers = [replace(offer, available=units) for offer, units in allotted]
    curation = CURATION.validate_python(plan.curation)
    terms = Terms(plan.seed, work.shop.swap_price_cents, curation)
    requests = requests_for(work.session, shard_boxes(work, plan, shard.number))
    return draft_boxes(work.session, requests, offers, terms)


def keep_gathered(work: UnitOfWork, plan: ComposePlan, shard: ComposeShard, draft: Draft) -> None:
    """Keep what was read of a shard, with what its boxes would hold at the common prices."""
    found = gather(draft, plan.prices)
    shard.snapshot, shard.slots = found.snapshot, found.slots
    shard.settled, shard.demand = found.settled, found.demand


def _plan(work: UnitOfWork, batch: Batch, shards: int) -> None:
    offers, curation = offers_on(work.session, batch.ships_on)
    offers = sorted(offers, key=lambda offer: offer.code)
    plan = ComposePlan(
        batch_id=batch.id,
        seed=work.shop.seed,
        shards=shards,
        offers=OFFERS.dump_python(offers, mode="json"),
        curation=CURATION.dump_python(curation, mode="json"),
        prices=[],
        created_at=work.now,
    )
    work.session.add(plan)
    work.session.flush()
    rows = _shards(work, plan, offers)
    work.session.add_all(rows)
    work.session.flush()
    # The first shard is a fair sample of all boxes: it names the prices.
    draft = draft_of(work, plan, rows[0])
    plan.prices = prices_from(draft)
    keep_gathered(work, plan, rows[0], draft)
    work.session.flush()


def _shards(work: UnitOfWork, plan: ComposePlan, offers: Sequence[Offer]) -> list[ComposeShard]:
    counts, wanted = [], []
    for number in range(plan.shards):
        pairs = shard_boxes(work, plan, number)
        counts.append(len(pairs))
        wanted.append(wanted_units(work.session, requests_for(work.session, pairs), offers))
    allotted = allotted_units([offer.available for offer in offers], wanted, counts)
    return [
        ComposeShard(
            batch_id=plan.batch_id, number=number, boxes=counts[number], allotted=allotted[number]
        )
        for number in range(plan.shards)
    ]


def _in_shard(seed: int, shards: int, number: int) -> ColumnElement[bool]:
    draw: Any = text(
        "('x' || substr(md5(box.subscription_id::text || :seed), 1, 8))::bit(32)::bigint"
        " % :shards = :number"
    ).bindparams(seed=str(seed), shards=shards, number=number)
    return draw  # type: ignore[no-any-return]  # a condition written in SQL


def _ring(work: UnitOfWork, batch_id: uuid.UUID) -> None:
    for number in range(MOST_BELLS):
        work.after_commit(Job.COMPOSE_SHARDS, batch_id, number)

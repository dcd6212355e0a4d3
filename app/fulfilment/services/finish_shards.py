"""Puts the shards of a large batch together: what is left over is pooled once, then all boxes are
written as for any other batch, in one go."""

import hashlib
import uuid
from collections import Counter

from sqlalchemy import select

from app.catalog.models import Product, Sku
from app.core.fail_points import reach
from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import ComposePlan, ComposeShard
from app.fulfilment.outcome import BoxOutcome, Skus, outcomes_of
from app.fulfilment.price_queries import price_book
from app.fulfilment.queries import batch_of
from app.fulfilment.rules import IN_SHARDS, BatchStatus
from app.fulfilment.services.compose_batch import Composed, note_run, write_boxes
from app.fulfilment.services.plan_shards import CURATION, OFFERS, plan_shards, shard_boxes
from app.fulfilment.services.work_shard import (
    claim_shard,
    shards_of,
    shards_state,
    solve,
    split_quotas,
    work_shard,
)
from app.personalization.replay import Bundle, write_bundle
from app.personalization.rules import Composition
from app.personalization.services.rederive_boxes import value_of_shards
from app.personalization.services.shard_boxes import Opened, open_shard, quotas_together
from app.personalization.services.train_model import keep_artefact


def finish_shards(work: UnitOfWork, batch_id: uuid.UUID, kind: str = "real") -> Composed | None:
    """Compose a batch from its shards; return None when it was composed before."""
    batch = batch_of(work.session, batch_id, lock=True)
    plan = work.session.get(ComposePlan, batch_id)
    if batch.status is not BatchStatus.LOCKED or plan is None:
        return None
    if not shards_state(work, batch_id).done:
        return None
    opened = _pool(work, plan)
    reach("compose.solved")
    skus = _skus(work, plan)
    outcomes: list[BoxOutcome] = []
    for number, each in enumerate(opened):
        pairs = shard_boxes(work, plan, number)
        own = outcomes_of(pairs, each.composition, skus, price_book(work, pairs, lock=True))
        write_boxes(work, pairs, own)
        outcomes += own
    shards = shards_of(work, batch_id)
    receipt = note_run(work, batch, (kind, _together(plan, shards, opened)), outcomes)
    if kind != "dry":
        _keep_shards(work, shards)
    batch.status, batch.composed_at = BatchStatus.COMPOSED, work.now
    work.session.flush()
    work.after_commit(Job.CHARGE_DUE)
    reach("compose.before_commit")
    return receipt


def compose_in_shards_here(work: UnitOfWork, batch_id: uuid.UUID, kind: str) -> Composed | None:
    """Compose a large batch alone, in this one unit of work; None if it is not a large one."""
    if not plan_shards(work, batch_id):
        return None
    while claim := claim_shard(work, batch_id):
        work_shard(work, claim)
        split_quotas(work, batch_id)
    return finish_shards(work, batch_id, kind)


def _pool(work: UnitOfWork, plan: ComposePlan) -> list[Opened]:
    """Return all shards, those with empty slots composed again: alone with what the others left,
    then together with those that could swap with them."""
    shards = shards_of(work, plan.batch_id)
    opened = [_opened(shard) for shard in shards]
    stock = {offer.sku_id: offer.available for offer in OFFERS.validate_python(plan.offers)}
    for at, shard in enumerate(shards):
        if not opened[at].short:
            continue
        used: Counter[uuid.UUID] = Counter()
        for number, each in enumerate(opened):
            if number != at:
                used.update(each.used)
        quota = [units - used[sku] for sku, units in stock.items()]
        if quota != shard.quota:
            shard.quota, shard.outcome = quota, solve(work, plan, shard, quota)
            opened[at] = _opened(shard)
    while any(each.short for each in opened) and _swap(work, plan, shards, list(stock.values())):
        opened = [_opened(shard) for shard in shards]
    return opened


def _swap(
    work: UnitOfWork, plan: ComposePlan, shards: list[ComposeShard], stock: list[int]
) -> bool:
    """Fill empty slots by swaps between shards; say whether some were filled."""
    again = quotas_together([_kept(shard) for shard in shards], stock)
    tried = {at: solve(work, plan, shards[at], quota) for at, quota in again.items()}
    before = sum(_opened(shards[at]).short for at in again)
    after = sum(
        open_shard(_kept(shards[at])[0], again[at], outcome).short for at, outcome in tried.items()
    )
    if after >= before:
        return False
    for at, outcome in tried.items():
        shards[at].quota, shards[at].outcome = again[at], outcome
    return True


def _opened(shard: ComposeShard) -> Opened:
    return open_shard(*_kept(shard))


def _kept(shard: ComposeShard) -> tuple[bytes, list[int], bytes]:
    assert shard.snapshot is not None
    assert shard.quota is not None
    assert shard.outcome is not None
    return shard.snapshot, shard.quota, shard.outcome


def _skus(work: UnitOfWork, plan: ComposePlan) -> Skus:
    ids = [offer.sku_id for offer in OFFERS.validate_python(plan.offers)]
    rows = work.session.execute(select(Sku, Product).join(Product).where(Sku.id.in_(ids)))
    return {sku.id: (sku, product) for sku, product in rows}


def _together(plan: ComposePlan, shards: list[ComposeShard], opened: list[Opened]) -> Composition:
    """Return the composition of the whole batch, with what all shards prove together."""
    offers = OFFERS.validate_python(plan.offers)
    stock = [offer.available for offer in offers]
    value, bound = value_of_shards(
        [each.composition.value for each in opened],
        [each.dual for each in opened],
        (plan.prices, stock),
    )
    parts = "".join(each.composition.input_sha for each in opened)
    decided = f"{plan.seed} {plan.shards} {plan.offers} {plan.prices} {parts}"
    input_sha = hashlib.sha256(decided.encode()).hexdigest()
    kept = [(_sha(shard), tuple(shard.quota or ())) for shard in shards]
    bundle = Bundle(tuple(kept), tuple(plan.prices), tuple(stock), input_sha)
    return Composition(
        boxes=(),
        value=value,
        bound=bound,
        method=IN_SHARDS,
        model_version=opened[0].composition.model_version,
        input_sha=input_sha,
        prices={offer.sku_id: price for offer, price in zip(offers, plan.prices, strict=True)},
        curation=CURATION.validate_python(plan.curation).as_record(),
        keep=lambda: write_bundle(bundle),
    )


def _sha(shard: ComposeShard) -> str:
    return hashlib.sha256(shard.snapshot or b"").hexdigest()


def _keep_shards(work: UnitOfWork, shards: list[ComposeShard]) -> None:
    """Keep what every shard was composed from under its sum; the shard itself lets go of it."""
    for shard in shards:
        keep_artefact(work, _sha(shard), shard.snapshot or b"")
        shard.snapshot = shard.outcome = b""
    work.session.flush()

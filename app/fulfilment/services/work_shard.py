"""Gathers and composes shards: each step is claimed, done and kept in one transaction."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, func, or_, select, update

from app.core.fail_points import reach
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import ComposePlan, ComposeShard
from app.fulfilment.services.plan_shards import OFFERS, draft_of, keep_gathered, shard_boxes
from app.personalization.brain import split_stock
from app.personalization.services.shard_boxes import ShardTerms, solve_shard

LEASE = timedelta(seconds=180)


@dataclass(frozen=True)
class ShardClaim:
    """A shard that this worker may work on for a while."""

    batch_id: uuid.UUID
    number: int


@dataclass(frozen=True)
class ShardsState:
    """How many shards a batch has, and how many of them are how far."""

    planned: int
    gathered: int
    split: int
    composed: int

    @property
    def done(self) -> bool:
        """Say whether every shard has its boxes."""
        return self.planned > 0 and self.composed == self.planned


def shards_state(work: UnitOfWork, batch_id: uuid.UUID) -> ShardsState:
    """Return how far the shards of a batch are."""
    row = work.session.execute(
        select(
            func.count(),
            func.count(ComposeShard.snapshot),
            func.count(ComposeShard.quota),
            func.count(ComposeShard.outcome),
        ).where(ComposeShard.batch_id == batch_id)
    ).one()
    return ShardsState(*row)


def claim_shard(work: UnitOfWork, batch_id: uuid.UUID) -> ShardClaim | None:
    """Claim the next shard that can be gathered or composed; None when there is none."""
    number = work.session.scalar(
        select(ComposeShard.number)
        .where(
            ComposeShard.batch_id == batch_id,
            or_(
                ComposeShard.snapshot.is_(None),
                and_(ComposeShard.quota.is_not(None), ComposeShard.outcome.is_(None)),
            ),
            or_(
                ComposeShard.lease_until.is_(None),
                ComposeShard.lease_until < func.clock_timestamp(),
            ),
        )
        .order_by(ComposeShard.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if number is None:
        return None
    work.session.execute(
        update(ComposeShard)
        .where(ComposeShard.batch_id == batch_id, ComposeShard.number == number)
        .values(
            lease_until=func.clock_timestamp() + LEASE, lease_token=ComposeShard.lease_token + 1
        )
    )
    return ShardClaim(batch_id, number)


def work_shard(work: UnitOfWork, claim: ShardClaim) -> None:
    """Do the next step of a claimed shard; what another worker did meanwhile stays."""
    plan = work.session.get(ComposePlan, claim.batch_id)
    if plan is None:
        return
    shard = work.session.scalars(
        select(ComposeShard)
        .where(ComposeShard.batch_id == claim.batch_id, ComposeShard.number == claim.number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if shard.snapshot is None:
        keep_gathered(work, plan, shard, draft_of(work, plan, shard))
        reach("shards.gathered")
    elif shard.quota is not None and shard.outcome is None:
        shard.outcome = solve(work, plan, shard, shard.quota)
        reach("shards.composed")
    shard.lease_until = None
    work.session.flush()


def split_quotas(work: UnitOfWork, batch_id: uuid.UUID) -> bool:
    """Split the stock once all shards are gathered; say whether that was done now."""
    plan = work.session.get(ComposePlan, batch_id, with_for_update=True)
    state = shards_state(work, batch_id)
    if plan is None or state.gathered < state.planned or state.split:
        return False
    shards = shards_of(work, batch_id)
    stock = [offer.available for offer in OFFERS.validate_python(plan.offers)]
    found = split_stock(
        stock,
        [shard.demand or [] for shard in shards],
        [shard.slots or 0 for shard in shards],
        [shard.settled or [] for shard in shards],
    )
    for shard, quota in zip(shards, found, strict=True):
        shard.quota = quota
    work.session.flush()
    reach("shards.split")
    return True


def shards_of(work: UnitOfWork, batch_id: uuid.UUID) -> list[ComposeShard]:
    """Return all shards of a batch in their order."""
    return list(
        work.session.scalars(
            select(ComposeShard)
            .where(ComposeShard.batch_id == batch_id)
            .order_by(ComposeShard.number)
        )
    )


def solve(work: UnitOfWork, plan: ComposePlan, shard: ComposeShard, quota: list[int]) -> bytes:
    """Return the boxes of a gathered shard within a quota, as a file."""
    assert shard.snapshot is not None
    product = {offer.sku_id: offer.product_id for offer in OFFERS.validate_python(plan.offers)}
    owners = {box.id: box.subscriber_id for box, _ in shard_boxes(work, plan, shard.number)}
    terms = ShardTerms(quota, plan.prices)
    return solve_shard(work.session, shard.snapshot, terms, owners, product)

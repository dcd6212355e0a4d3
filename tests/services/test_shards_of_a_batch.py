"""A large batch is composed in shards; whoever dies on the way changes nothing in the end."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text

from app.catalog.models import Stock
from app.catalog.services.move_stock import count_stock
from app.core.job_names import Job
from app.core.refusals import Refused
from app.fulfilment.models import (
    Batch,
    Box,
    BoxComposition,
    BoxLine,
    ComposePlan,
    ComposeRun,
    ComposeShard,
)
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.curve_of_batch import curve_of_batch
from app.fulfilment.services.finish_shards import finish_shards
from app.fulfilment.services.lock_batch import lock_batch
from app.fulfilment.services.plan_shards import forget_plan, plan_shards
from app.fulfilment.services.rederive_batch import rederive_batch
from app.fulfilment.services.rehearse_batch import rehearse_batch
from app.fulfilment.services.work_shard import (
    ShardClaim,
    claim_shard,
    shards_of,
    shards_state,
    split_quotas,
    work_shard,
)
from app.personalization.rules import Exclusion, ExclusionKind
from app.personalization.services.set_mix import set_mix
from tests.cast import Coffee, add_plan, stock_shelf, subscribe

PEOPLE = 24
SHELF = tuple(Coffee(f"coffee{n}", stock=12, acidity=float(n), decaf=n == 5) for n in range(6))
NO_DECAF = (Exclusion(ExclusionKind.DECAF),)


@pytest.fixture
def large(units):
    """Units of work of a shop in which every batch of more than ten boxes is a large one."""
    return replace(units, shop=replace(units.shop, shard_above=10, shard_boxes=6))


@pytest.fixture
def batch(large, actor, clock):
    """A locked batch of 24 boxes, some of which ask for the same scarce coffee."""
    with large(actor) as work:
        products = stock_shelf(work, SHELF)
        plan = add_plan(work, max_per_item=2)
        for n in range(PEOPLE):
            ruled_out = NO_DECAF if n % 3 == 0 else ()
            each = subscribe(work, f"Person{n}", plan, exclusions=ruled_out)
            if n < 8:
                set_mix(work, each.subscriber_id, each.id, {products["coffee0"]: 2})
    with large(actor) as work:
        found = work.session.scalars(select(Batch).order_by(Batch.locks_at)).first()
    clock.move_to(found.locks_at)
    with large(actor) as work:
        lock_batch(work, found.id)
    return found


def rehearsed(large, actor, batch):
    """Return what an undisturbed run comes to, which is then thrown away."""
    with large.rehearse(actor) as work:
        return rehearse_batch(work, batch.id).composed.outcome_sha


def let_leases_pass(large, actor):
    with large(actor) as work:
        work.session.execute(
            text("UPDATE compose_shard SET lease_until = clock_timestamp() - interval '1 second'")
        )


def go_on(large, actor, batch):
    """Do what one worker does until nothing is left to claim."""
    while True:
        with large(actor) as work:
            claim = claim_shard(work, batch.id)
        if claim is None:
            with large(actor) as work:
                if not split_quotas(work, batch.id):
                    return
            continue
        with large(actor) as work:
            work_shard(work, claim)


def test_a_small_batch_is_not_split(units, actor, batch):
    with units(actor) as work:
        assert not plan_shards(work, batch.id)
        assert work.session.get(ComposePlan, batch.id) is None


def test_workers_that_vanish_change_nothing(large, actor, queue, batch):
    wanted = rehearsed(large, actor, batch)
    with large(actor) as work:
        assert plan_shards(work, batch.id)
    assert (Job.COMPOSE_SHARDS, (str(batch.id), "0")) in queue.rings
    with large(actor) as work:
        assert claim_shard(work, batch.id) is not None  # and is never heard of again
    go_on(large, actor, batch)
    with large(actor) as work:
        assert shards_state(work, batch.id).gathered == 3
        assert finish_shards(work, batch.id) is None
    let_leases_pass(large, actor)
    with large(actor) as work:
        lost = claim_shard(work, batch.id)
    go_on(large, actor, batch)
    with pytest.raises(ZeroDivisionError), large(actor) as work:
        work_shard(work, lost)
        raise ZeroDivisionError  # the worker dies before it commits
    let_leases_pass(large, actor)
    go_on(large, actor, batch)
    with large(actor) as work:
        assert shards_state(work, batch.id).done
        work_shard(work, lost)  # a late twin finds nothing to do
        receipt = finish_shards(work, batch.id)
        assert receipt.outcome_sha == wanted
        assert finish_shards(work, batch.id) is None
        assert not plan_shards(work, batch.id)


def test_shards_together_keep_the_stock_and_prove_the_whole(large, actor, batch):
    with large(actor) as work:
        plan_shards(work, batch.id)
    go_on(large, actor, batch)
    with large(actor) as work:
        receipt = finish_shards(work, batch.id)
        assert (receipt.boxes, receipt.units, receipt.missing) == (PEOPLE, 2 * PEOPLE, 0)
        run = work.session.scalars(select(ComposeRun)).one()
        assert (run.kind, run.method) == ("real", "shards")
        assert 0 < run.value <= run.bound
        boxes = work.session.scalars(select(Box).where(Box.batch_id == batch.id)).all()
        assert {box.status for box in boxes} == {BoxStatus.COMPOSED}
        assert all(box.invoice_id for box in boxes)
        assert len(work.session.scalars(select(BoxComposition)).all()) == PEOPLE
        lines = work.session.scalars(select(BoxLine)).all()
        assert all(line.reasons for line in lines)
        # Twelve bags of what eight boxes want two of each: everyone who chose shares all twelve.
        assert sum(line.units for line in lines if line.source == "chosen") == 12
        for stock in work.session.scalars(select(Stock)):
            assert stock.on_hand >= 0
        shards = work.session.scalars(select(ComposeShard)).all()
        assert sum(shard.boxes for shard in shards) == PEOPLE


def test_a_batch_whose_stock_went_elsewhere_is_planned_anew(large, actor, batch):
    with large(actor) as work:
        plan_shards(work, batch.id)
    go_on(large, actor, batch)
    with large(actor) as work:
        for stock in work.session.scalars(select(Stock)).all():
            count_stock(work, stock.sku_id, -3, "broken", f"broken {stock.sku_id}")
    with pytest.raises(Refused), large(actor) as work:
        finish_shards(work, batch.id)
    with large(actor) as work:
        forget_plan(work, batch.id)
        assert plan_shards(work, batch.id)
    go_on(large, actor, batch)
    with large(actor) as work:
        assert finish_shards(work, batch.id).units == 2 * PEOPLE


def test_a_claim_without_a_plan_is_nothing(large, actor, batch):
    with large(actor) as work:
        work_shard(work, ShardClaim(batch.id, 0))
        assert claim_shard(work, batch.id) is None
        assert not split_quotas(work, batch.id)


def split_badly(work, batch):
    """Give what one shard needs to the next, as if demand had been misjudged."""
    assert split_quotas(work, batch.id)
    one, other, *_ = sorted(shards_of(work, batch.id), key=lambda shard: -shard.boxes)
    spare = [units - chosen for units, chosen in zip(one.quota, one.settled, strict=True)]
    other.quota = [mine + yours for mine, yours in zip(other.quota, spare, strict=True)]
    one.quota = one.settled


def test_a_batch_of_shards_comes_out_again_after_stock_moved_between_them(large, actor, batch):
    with large(actor) as work:
        plan_shards(work, batch.id)
        while claim := claim_shard(work, batch.id):
            work_shard(work, claim)
        split_badly(work, batch)
    go_on(large, actor, batch)
    with large(actor) as work:
        before = [shard.quota for shard in shards_of(work, batch.id)]
        receipt = finish_shards(work, batch.id)
        shards = shards_of(work, batch.id)
        assert receipt.missing == 0
        assert [shard.quota for shard in shards] != before
        assert {shard.snapshot for shard in shards} == {b""}
        work.session.execute(text("UPDATE sku SET price_cents = price_cents + 300"))
    with large(actor) as work:
        found = rederive_batch(work, batch.id)
        assert (found.boxes, found.equal) == (receipt.boxes, PEOPLE)
        assert (found.same_code, found.same_value, found.same_prices) == (True, True, True)
        assert curve_of_batch(work, batch.id).boxes == shards[0].boxes

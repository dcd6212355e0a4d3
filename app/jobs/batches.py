"""Runs a batch: lock, compose, and leave the charging to the payments that are due then."""

import uuid
from collections.abc import Callable

from app.core.fail_points import reach
from app.core.unit_of_work import Actor
from app.fulfilment.services.compose_batch import Composed, compose_batch
from app.fulfilment.services.lock_batch import lock_batch
from app.fulfilment.services.plan_shards import plan_shards
from app.fulfilment.services.rehearse_batch import note_rehearsal, rehearse_batch
from app.fulfilment.services.try_held import try_held
from app.jobs.shards import compose_large
from app.wiring.tools import Tools

ACTOR = Actor("job", "run_batch")
Progress = Callable[[str], None]


def run_batch(tools: Tools, batch_id: str | uuid.UUID, progress: Progress | None = None) -> None:
    """Lock and compose one batch whose time has come; each step that was done is passed over."""
    batch = uuid.UUID(str(batch_id))
    say = progress or (lambda step: None)
    say("lock")
    with tools.units(ACTOR) as work:
        lock_batch(work, batch)
    reach("lock.after_commit")
    say("compose")
    with tools.units(ACTOR) as work:
        in_shards = plan_shards(work, batch)
    if in_shards:
        compose_large(tools, batch)
    else:
        with tools.units(ACTOR) as work:
            compose_batch(work, batch)
    reach("compose.after_commit")


def fill_held(tools: Tools, batch_id: str | uuid.UUID) -> int:
    """Compose and charge what was held in a batch and can go now; return how many."""
    with tools.units(ACTOR) as work:
        return try_held(work, uuid.UUID(str(batch_id)))


def dry_run(tools: Tools, batch_id: str | uuid.UUID) -> Composed | None:
    """Lock and compose as the real run would, then throw everything away but the outcome.

    Return None when the batch was composed for real already.
    """
    with tools.units.rehearse(ACTOR) as work:
        rehearsal = rehearse_batch(work, uuid.UUID(str(batch_id)))
    if rehearsal is None:
        return None
    with tools.units(ACTOR) as work:
        note_rehearsal(work, rehearsal)
    return rehearsal.composed

"""Composes the shards of a large batch, side by side with whoever else does.

The database says what is to be done; a shard whose worker died is taken over when its lease is
over, and comes to the same boxes.
"""

import time
import uuid

import structlog
from sqlalchemy.exc import IntegrityError

from app.core.refusals import Refused
from app.core.unit_of_work import Actor
from app.fulfilment.services.finish_shards import finish_shards
from app.fulfilment.services.plan_shards import forget_plan, plan_shards
from app.fulfilment.services.work_shard import (
    claim_shard,
    shards_state,
    split_quotas,
    work_shard,
)
from app.wiring.tools import Tools

ACTOR = Actor("job", "compose_shards")
GLANCE_SECONDS = 0.2
MOST_PLANS = 3
log = structlog.get_logger()


def compose_shards(tools: Tools, batch_id: str | uuid.UUID, _bell: str = "0") -> int:
    """Gather and compose shards of a batch until none is left to claim; return how many steps."""
    batch, steps = uuid.UUID(str(batch_id)), 0
    while True:
        with tools.units(ACTOR) as work:
            claim = claim_shard(work, batch)
        if claim:
            with tools.units(ACTOR) as work:
                work_shard(work, claim)
            steps += 1
            continue
        with tools.units(ACTOR) as work:
            if not split_quotas(work, batch):
                return steps


def compose_large(tools: Tools, batch: uuid.UUID) -> None:
    """Compose a planned batch: help with its shards, wait for those of others, put them together.

    When stock or exclusions have changed so that the boxes can no longer be written, the batch is
    planned anew.
    """
    for tried in range(1, MOST_PLANS + 1):
        _wait_for_shards(tools, batch)
        try:
            with tools.units(ACTOR) as work:
                finish_shards(work, batch)
            return
        except (Refused, IntegrityError):
            log.warning("shards_planned_anew", batch=str(batch), exc_info=True)
            if tried == MOST_PLANS:
                raise
        with tools.units(ACTOR) as work:
            forget_plan(work, batch)
            plan_shards(work, batch)


def _wait_for_shards(tools: Tools, batch: uuid.UUID) -> None:
    while True:
        compose_shards(tools, batch)
        with tools.units(ACTOR) as work:
            state = shards_state(work, batch)
        if state.done or not state.planned:
            return
        time.sleep(GLANCE_SECONDS)

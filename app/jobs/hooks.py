"""Delivers what other programs asked to be told: several at a time, each at least once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import structlog

from app.core.clock import real_now
from app.core.fail_points import reach
from app.core.job_names import Job
from app.core.unit_of_work import Actor
from app.hooks.ports import Parcel
from app.hooks.rules import Answer
from app.hooks.services.claim_deliveries import AT_ONCE, claim_deliveries, record_answer
from app.wiring.tools import Tools

ACTOR = Actor("job", "send_hooks")
# Addresses that answer slowly must not keep a worker from charging and packing.
LONGEST = timedelta(minutes=1)
log = structlog.get_logger()


def send_hooks(tools: Tools) -> dict[str, int]:
    """Deliver all that is due, for a minute at most; return how many tries ended how."""
    counts: Counter[str] = Counter()
    until = real_now() + LONGEST
    with ThreadPoolExecutor(AT_ONCE, "hook") as couriers:
        while real_now() < until:
            with tools.units(ACTOR) as work:
                parcels = claim_deliveries(work)
            if not parcels:
                return dict(counts)
            answers = couriers.map(lambda parcel: _carry(tools, parcel), parcels)
            for parcel, answer in zip(parcels, answers, strict=True):
                counts[_note(tools, parcel, answer)] += 1
    with tools.units(ACTOR) as work:
        work.after_commit(Job.SEND_HOOKS)
    return dict(counts)


def _carry(tools: Tools, parcel: Parcel) -> Answer:
    return tools.courier.carry(parcel, real_now())


def _note(tools: Tools, parcel: Parcel, answer: Answer) -> str:
    reach("hook.sent")
    with tools.units(ACTOR) as work:
        verdict = record_answer(work, parcel, answer)
    if answer.status is None:
        log.warning("hook_not_delivered", delivery=parcel.delivery_id, error=answer.error)
    return verdict.value if verdict else "overtaken"

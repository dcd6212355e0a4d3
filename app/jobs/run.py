"""The one entrance for jobs: looks the handler up and gives it the tools of this process."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import structlog

from app.core.clock import real_now
from app.core.due_moments import mark_done
from app.core.job_names import Job
from app.core.unit_of_work import Actor
from app.jobs.batches import fill_held, run_batch
from app.jobs.charging import charge_due
from app.jobs.credit import post_all_credit
from app.jobs.documents import issue_missing
from app.jobs.events import apply_events, fetch_missed_events
from app.jobs.fall_due import fall_due
from app.jobs.hooks import send_hooks
from app.jobs.letters import send_mail
from app.jobs.nightly import nightly
from app.jobs.refunding import refund_due
from app.jobs.relearning import learn_again
from app.jobs.schedule import SCHEDULE
from app.jobs.shards import compose_shards
from app.jobs.sweep import sweep
from app.wiring.settings import Settings
from app.wiring.tools import Tools, build_tools

log = structlog.get_logger()

HANDLERS: dict[Job, Callable[..., Any]] = {
    Job.RUN_BATCH: run_batch,
    Job.TRY_HELD: fill_held,
    Job.COMPOSE_SHARDS: compose_shards,
    Job.CHARGE_DUE: charge_due,
    Job.APPLY_EVENTS: apply_events,
    Job.FETCH_EVENTS: fetch_missed_events,
    Job.SEND_MAIL: send_mail,
    Job.SEND_HOOKS: send_hooks,
    Job.ISSUE_DOCUMENTS: issue_missing,
    Job.REFUND_DUE: refund_due,
    Job.POST_CREDIT: post_all_credit,
    Job.FALL_DUE: fall_due,
    Job.SWEEP: sweep,
    Job.NIGHTLY: nightly,
    Job.LEARN_AGAIN: learn_again,
}


@cache
def tools_here() -> Tools:
    """Return the tools of this process, connected when they are first needed."""
    return build_tools(Settings())


def run(name: str, *ids: str) -> None:
    """Do one job in this process. What it leaves undone after a failure, the sweep finds."""
    do(tools_here(), Job(name), *ids)


def do(tools: Tools, job: Job, *ids: str) -> None:
    """Do one job; everything it writes carries its number."""
    number = f"{job.value}-{uuid.uuid4().hex[:12]}"
    tools = replace(tools, units=replace(tools.units, request_id=number))
    started = real_now()
    with structlog.contextvars.bound_contextvars(job=number):
        outcome = HANDLERS[job](tools, *ids)
        _note_done(tools, job, started)
        seconds = (real_now() - started).total_seconds()
        log.info("job_done", seconds=round(seconds, 3), outcome=_shown(outcome))


def _note_done(tools: Tools, job: Job, started: datetime) -> None:
    """Tick off the scheduled moments that this job has now dealt with."""
    with tools.units(Actor("job", job.value)) as work:
        for task in SCHEDULE:
            if task.job is job:
                mark_done(work, task.name, started, real_now())


def _shown(outcome: Any) -> Any:
    return outcome if isinstance(outcome, int | dict) else None

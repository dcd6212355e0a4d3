"""Does everything that is due, in this process, until nothing is left to do."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from app.catalog.services.move_stock import release_expired
from app.core.clock import StillClock
from app.core.job_names import Job
from app.core.unit_of_work import Actor, Ring
from app.jobs.charging import charge_due
from app.jobs.credit import post_all_credit
from app.jobs.documents import issue_missing
from app.jobs.events import apply_events
from app.jobs.fall_due import fall_due
from app.jobs.hooks import send_hooks
from app.jobs.letters import send_mail
from app.jobs.refunding import refund_due
from app.wiring.tools import Tools

ACTOR = Actor("job", "drain")
# In this order what one step leaves behind is mostly done by a later one in the same round.
STEPS: dict[Job, Callable[[Tools], Any]] = {
    Job.FALL_DUE: fall_due,
    Job.CHARGE_DUE: charge_due,
    Job.APPLY_EVENTS: apply_events,
    Job.REFUND_DUE: refund_due,
    Job.POST_CREDIT: post_all_credit,
    Job.ISSUE_DOCUMENTS: issue_missing,
    Job.SEND_MAIL: send_mail,
    Job.SEND_HOOKS: send_hooks,
}
# Others bring events while we work, and papers have no bell of their own.
UNRUNG = {Job.APPLY_EVENTS, Job.ISSUE_DOCUMENTS}
# One step may make another due (a charge releases a box, a box owes a refund), but not for ever:
# what is not quiet by then waits for somebody else, and is not to be waited for.
MOST_ROUNDS = 20


@dataclass
class _Ear:
    """Hears what is rung for, and lets everybody else hear it too."""

    ring_on: Ring
    heard: set[Job] = field(default_factory=set)

    def ring(self, job: Job, ids: tuple[str, ...]) -> None:
        # A batch that is to be run falls due.
        self.heard.add(Job.FALL_DUE if job is Job.RUN_BATCH else job)
        self.ring_on(job, ids)


def drain(tools: Tools) -> None:
    """Do each kind of work once, for time makes it due unasked; then whatever was rung for.

    In the sandbox all of it happens at the moment at which its clock stands.
    """
    ear = _Ear(tools.units.ring)
    with tools.units(ACTOR) as work:
        release_expired(work)
        clock = StillClock(work.now) if tools.settings.sandbox else tools.units.clock
    tools = replace(tools, units=replace(tools.units, ring=ear.ring, clock=clock))
    wanted = set(STEPS)
    for _ in range(MOST_ROUNDS):
        _round(tools, ear, wanted)
        if not ear.heard & set(STEPS):
            return
        wanted = UNRUNG


def _round(tools: Tools, ear: _Ear, wanted: set[Job]) -> None:
    for job, step in STEPS.items():
        if job in wanted | ear.heard:
            ear.heard.discard(job)
            step(tools)
            if job is Job.FALL_DUE:
                # It runs the batches that it locks by itself.
                ear.heard.discard(job)

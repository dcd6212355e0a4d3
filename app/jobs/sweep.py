"""Rings again for whatever waits, so that losing every bell loses nothing."""

from app.catalog.services.move_stock import release_expired
from app.core.job_names import Job
from app.core.replies import forget_replies
from app.core.unit_of_work import Actor
from app.wiring.tools import Tools

ACTOR = Actor("job", "sweep")
# What falls due by the shop's clock has a bell of its own every minute (see `schedule`).
WAITING = (
    Job.CHARGE_DUE,
    Job.APPLY_EVENTS,
    Job.REFUND_DUE,
    Job.POST_CREDIT,
    Job.SEND_MAIL,
    Job.SEND_HOOKS,
    Job.ISSUE_DOCUMENTS,
)


def sweep(tools: Tools) -> None:
    """Let go of stock and API answers whose time is over, then ring every job whose rows may wait.

    Each of them first takes over what others began and left: expired leases, payments in doubt.
    """
    with tools.units(ACTOR) as work:
        release_expired(work)
        forget_replies(work)
        for job in WAITING:
            work.after_commit(job)

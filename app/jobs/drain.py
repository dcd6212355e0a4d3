"""Does everything that is due, in this process, until nothing is left to do."""

from app.catalog.services.move_stock import release_expired
from app.core.unit_of_work import Actor
from app.jobs.charging import charge_due
from app.jobs.documents import issue_missing
from app.jobs.events import apply_events
from app.jobs.fall_due import fall_due
from app.jobs.hooks import send_hooks
from app.jobs.letters import send_mail
from app.jobs.refunding import refund_due
from app.wiring.tools import Tools

ACTOR = Actor("job", "drain")
# One step may make another due (a charge releases a box, a box owes a refund), but not for ever:
# what is not quiet by then waits for somebody else, and is not to be waited for.
MOST_ROUNDS = 20
UNDECIDED = {"unknown", "waiting", "stopped"}


def drain(tools: Tools) -> int:
    """Do all that is due by now; return in how many rounds something was done."""
    with tools.units(ACTOR) as work:
        release_expired(work)
    for done in range(MOST_ROUNDS):
        if not _round(tools):
            return done
    return MOST_ROUNDS


def _round(tools: Tools) -> bool:
    """Do each kind of work once; say whether there was any."""
    due = fall_due(tools)
    moved = [_progress(step(tools)) for step in (charge_due, apply_events, refund_due)]
    issue_missing(tools)
    letters = send_mail(tools)
    send_hooks(tools)
    return bool(due.planned or due.billed or due.batches or any(moved) or letters)


def _progress(counts: dict[str, int]) -> int:
    return sum(count for ended, count in counts.items() if ended not in UNDECIDED)

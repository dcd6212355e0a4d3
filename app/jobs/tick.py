"""Looks at the clock and rings what is due. Two tickers, or none for a day, do no harm.

Every due moment is a row that only one ticker can write; the job is promised in the same
transaction. A row whose ring was lost is rung again when it is long not done.
"""

import signal
import threading
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core import garbage  # noqa: F401  # first: see there
from app.core.clock import real_now
from app.core.due_moments import forget_before, has_undone, last_noted, note_due
from app.core.unit_of_work import Actor, UnitOfWork
from app.jobs.schedule import KEEP_ROWS, SCHEDULE, Task
from app.wiring.logs import configure_logs
from app.wiring.settings import Settings
from app.wiring.tools import Tools, build_tools

ACTOR = Actor("system", "tick")
GLANCE_SECONDS = 5
UNHEARD = timedelta(minutes=10)
log = structlog.get_logger()


def tick(tools: Tools, now: datetime | None = None) -> None:
    """Write down and ring everything that became due by `now`, the machine's time."""
    now = now or real_now()
    for task in SCHEDULE:
        with tools.units(ACTOR) as work:
            _ring_if_due(work, task, now)


def _ring_if_due(work: UnitOfWork, task: Task, now: datetime) -> None:
    last = last_noted(work.session, task.name) or now - timedelta(minutes=1)
    fresh = note_due(work, task.name, task.moments(last, now, work.shop.zone))
    if fresh or has_undone(work.session, task.name, now - UNHEARD):
        work.after_commit(task.job)
    forget_before(work, now - KEEP_ROWS)


def keep_ticking(tools: Tools, stop: threading.Event) -> None:
    """Tick until told to stop; a database that is away for a while is waited for."""
    while not stop.is_set():
        try:
            tick(tools)
        except SQLAlchemyError:
            log.warning("tick_failed", exc_info=True)
        stop.wait(GLANCE_SECONDS)


def main() -> None:
    """Run the ticker of one shop."""
    configure_logs()
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    keep_ticking(build_tools(Settings()), stop)


if __name__ == "__main__":
    main()

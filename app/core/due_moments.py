"""Due moments of scheduled tasks, written down once however many tickers look at the clock."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.records import ScheduleRun
from app.core.unit_of_work import UnitOfWork


def last_noted(session: Session, task: str) -> datetime | None:
    """Return the latest due moment of a task that was written down."""
    return session.scalar(select(func.max(ScheduleRun.run_at)).where(ScheduleRun.task == task))


def note_due(work: UnitOfWork, task: str, moments: Sequence[datetime]) -> bool:
    """Write due moments down; say whether any of them was new."""
    if not moments:
        return False
    rows = [{"task": task, "run_at": moment} for moment in moments]
    noted = work.session.execute(
        insert(ScheduleRun).values(rows).on_conflict_do_nothing().returning(ScheduleRun.run_at)
    )
    return bool(noted.all())


def has_undone(session: Session, task: str, before: datetime) -> bool:
    """Say whether a moment of a task, due before another, still waits for its job."""
    undone = select(ScheduleRun.task).where(
        ScheduleRun.task == task, ScheduleRun.run_at < before, ScheduleRun.done_at.is_(None)
    )
    return session.scalar(select(undone.exists())) or False


def mark_done(work: UnitOfWork, task: str, started: datetime, ended: datetime) -> None:
    """Write down that a job, begun at `started`, did all that was due until then."""
    work.session.execute(
        update(ScheduleRun)
        .where(
            ScheduleRun.task == task, ScheduleRun.run_at <= started, ScheduleRun.done_at.is_(None)
        )
        .values(done_at=ended)
    )


def forget_before(work: UnitOfWork, moment: datetime) -> None:
    """Throw away what was due and done before a moment."""
    work.session.execute(
        delete(ScheduleRun).where(ScheduleRun.run_at < moment, ScheduleRun.done_at.is_not(None))
    )

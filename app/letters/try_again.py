"""Lets letters that could not be sent go out again, for instance after the mail server is back."""

from sqlalchemy import update

from app.core.job_names import Job
from app.core.outbox import Letter
from app.core.unit_of_work import UnitOfWork


def try_letters_again(work: UnitOfWork) -> int:
    """Give every letter that failed all its attempts back, and ring; return how many."""
    waiting = work.session.execute(
        update(Letter)
        .where(Letter.sent_at.is_(None), Letter.last_error.is_not(None))
        .values(attempts=0, lease_until=None)
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    ).all()
    if waiting:
        work.after_commit(Job.SEND_MAIL)
    return len(waiting)

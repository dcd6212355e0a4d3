"""One transaction around one use case: the only place that commits.

A door opens a unit of work, calls one use case and closes it. Everything written inside carries
the same actor, request and moment; jobs promised inside are rung only after the commit.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from app.core.clock import Clock
from app.core.job_names import Job
from app.core.shop import Shop

SIGNATURE = text(
    "SELECT set_config('boxwright.actor', :actor, true),"
    " set_config('boxwright.request', :request, true),"
    " set_config('boxwright.now', :now, true)"
)
log = structlog.get_logger()


@dataclass(frozen=True)
class Actor:
    """Who acts: `kind` is subscriber, staff, api, job, provider, operator or system."""

    kind: str
    id: str = ""
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass
class UnitOfWork:
    """An open transaction with its moment, its shop and its actor."""

    session: Session
    now: datetime
    shop: Shop
    actor: Actor
    rings: list[tuple[Job, tuple[str, ...]]] = field(default_factory=list)

    def after_commit(self, job: Job, *ids: object) -> None:
        """Promise to ring a job once this unit is committed; the same ring is promised once."""
        ring = (job, tuple(str(each) for each in ids))
        if ring not in self.rings:
            self.rings.append(ring)


Ring = Callable[[Job, tuple[str, ...]], None]


@dataclass(frozen=True)
class UnitOfWorkFactory:
    """Opens units of work for one process.

    `request_id` is the job that all of them belong to; without it each actor brings its own.
    Without `signed` the database is not told who acts, which is for tables alone that no audit
    trail follows.
    """

    sessions: sessionmaker[Session]
    clock: Clock
    shop: Shop
    ring: Ring
    request_id: str | None = None
    signed: bool = True

    @contextmanager
    def __call__(self, actor: Actor) -> Iterator[UnitOfWork]:
        """Open a unit of work; commit when the block ends well, roll back when it raises."""
        with self.sessions() as session:
            work = self._open(session, actor)
            if self.signed:
                sign(session, work)
            yield work
            session.commit()
        for job, ids in work.rings:
            self._ring(job, ids)

    @contextmanager
    def rehearse(self, actor: Actor) -> Iterator[UnitOfWork]:
        """Open a unit of work whose writes and rings are always thrown away."""
        with self.sessions() as session:
            work = self._open(session, actor)
            sign(session, work)
            try:
                yield work
            finally:
                session.rollback()

    def _open(self, session: Session, actor: Actor) -> UnitOfWork:
        if self.request_id:
            actor = replace(actor, request_id=self.request_id)
        return UnitOfWork(session, self.clock.now(session), self.shop, actor)

    def _ring(self, job: Job, ids: tuple[str, ...]) -> None:
        try:
            self.ring(job, ids)
        except Exception:
            # The row is already in the database; the sweep rings again for what waits.
            log.warning("ring_failed", job=job.value, exc_info=True)


def sign(session: Session, work: UnitOfWork) -> None:
    """Tell the database who acts in this transaction, for its audit triggers."""
    session.connection().execute(
        SIGNATURE,
        {
            "actor": f"{work.actor.kind}:{work.actor.id}",
            "request": work.actor.request_id,
            "now": work.now.isoformat(),
        },
    )

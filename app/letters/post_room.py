"""Hands out letters that wait to be sent, each to one sender at a time, and notes what became of
them. Sending happens outside, between the two, so that a letter goes out at least once."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import DateTime, Interval, case, func, or_, select, update

from app.core.outbox import Letter
from app.core.unit_of_work import UnitOfWork
from app.people.models import Person
from app.subscriptions.models import Gift
from app.subscriptions.place_models import WaitEntry

MOST_ATTEMPTS = 10
# Twenty letters at thirty seconds each, the longest a mail server may take, end within the lease.
AT_ONCE = 20
LEASE = timedelta(minutes=10)
_NOW = func.clock_timestamp(type_=DateTime(timezone=True))

# Nobody hears of a gift before the day that the giver chose.
_UNREVEALED = (
    select(Gift.subscription_id)
    .where(Gift.recipient_id == Letter.person_id, Gift.revealed_at.is_(None))
    .exists()
)


@dataclass(frozen=True)
class ClaimedLetter:
    """A letter to send now; `to_staff` letters have no person, `email` None means it is gone."""

    id: int
    kind: str
    facts: dict[str, Any]
    to_staff: bool
    email: str | None
    name: str
    locale: str

    @property
    def message_id(self) -> str:
        """Return the name by which mail servers tell a letter sent twice."""
        return f"{self.kind}-{self.id}"


def claim_letters(work: UnitOfWork, limit: int = AT_ONCE) -> tuple[ClaimedLetter, ...]:
    """Take up to `limit` unsent letters that nobody else is sending, the oldest first."""
    free = (
        select(Letter.id)
        .where(
            Letter.sent_at.is_(None),
            Letter.attempts < MOST_ATTEMPTS,
            or_(Letter.lease_until.is_(None), Letter.lease_until < _NOW),
            ~_UNREVEALED,
        )
        .order_by(Letter.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = work.session.scalars(
        update(Letter)
        .where(Letter.id.in_(free))
        .values(lease_until=_NOW + LEASE, attempts=Letter.attempts + 1)
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    ).all()
    found = work.session.execute(
        select(
            Letter.id,
            Letter.kind,
            Letter.facts,
            Letter.person_id.is_(None),
            func.coalesce(Gift.email, Person.email, WaitEntry.email),
            func.coalesce(Person.name, WaitEntry.name, ""),
            func.coalesce(Person.locale, WaitEntry.locale, "en"),
        )
        .outerjoin(Person, Person.id == Letter.person_id)
        .outerjoin(WaitEntry, WaitEntry.id == Letter.person_id)
        .outerjoin(Gift, Gift.recipient_id == Letter.person_id)
        .where(Letter.id.in_(taken))
        .order_by(Letter.id)
    )
    return tuple(ClaimedLetter(*row) for row in found)


def note_sent(work: UnitOfWork, letter_id: int) -> None:
    """Note that a letter went out; the first time stands."""
    work.session.execute(
        update(Letter)
        .where(Letter.id == letter_id, Letter.sent_at.is_(None))
        .values(sent_at=work.now, lease_until=None, last_error=None)
    )


def note_failed(work: UnitOfWork, letter_id: int, error: str) -> None:
    """Note why a letter did not go out; it waits longer each time, and is left after the last."""
    minutes = Letter.attempts * Letter.attempts
    wait = func.make_interval(0, 0, 0, 0, 0, minutes, type_=Interval)
    again = case((Letter.attempts < MOST_ATTEMPTS, _NOW + wait), else_=None)
    work.session.execute(
        update(Letter)
        .where(Letter.id == letter_id, Letter.sent_at.is_(None))
        .values(last_error=error[:500], lease_until=again)
        .execution_options(synchronize_session=False)
    )

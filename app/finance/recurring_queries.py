"""Recurring revenue, month by month, from the log that the database keeps of subscriptions.

Only who moved within a month is looked at; what it began with is what the months before came to,
and closed months are read as they were kept.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.clock import instant_of, local_day
from app.finance.models import Period, RecurringMonth, SubscriptionState
from app.finance.period_rules import month_of, months_after, months_between
from app.finance.recurring_rules import Moved, MoveKind, RecurringOverview, follow

# Each subscriber who changed within the month, by what they were worth at its two ends. A person
# is counted once, with all their subscriptions together.
MOVES = """
WITH touched AS (
  SELECT DISTINCT subscriber_id FROM subscription_state WHERE at >= :starts AND at < :ends),
told AS (SELECT s.* FROM touched JOIN subscription_state s USING (subscriber_id)
         WHERE s.at < :ends),
before AS (SELECT DISTINCT ON (subscription_id) * FROM told WHERE at < :starts
           ORDER BY subscription_id, at DESC, id DESC),
after AS (SELECT DISTINCT ON (subscription_id) * FROM told
          ORDER BY subscription_id, at DESC, id DESC),
worth AS (
  SELECT subscriber_id,
    coalesce(sum(mrr_cents) FILTER (WHERE at_end AND status IN ('active', 'paused')), 0) AS later,
    coalesce(sum(mrr_cents) FILTER (WHERE at_end AND status = 'paused'), 0) AS paused_later,
    coalesce(sum(mrr_cents) FILTER (WHERE NOT at_end AND status IN ('active', 'paused')), 0)
      AS earlier,
    coalesce(sum(mrr_cents) FILTER (WHERE NOT at_end AND status = 'paused'), 0) AS paused_earlier,
    coalesce(bool_or(at_end AND at >= :starts AND status = 'cancelled'), false) AS stopped
  FROM (SELECT subscriber_id, status, mrr_cents, at, true AS at_end FROM after
        UNION ALL SELECT subscriber_id, status, mrr_cents, at, false FROM before) AS ends
  GROUP BY subscriber_id),
moved AS (
  SELECT subscriber_id, earlier, later, later - earlier AS cents,
    CASE WHEN earlier = 0 AND EXISTS (SELECT FROM told t
           WHERE t.subscriber_id = worth.subscriber_id AND t.at < :starts
             AND t.status IN ('active', 'paused') AND t.mrr_cents > 0) THEN 'reactivation'
         WHEN earlier = 0 THEN 'new'
         WHEN later = 0 AND stopped THEN 'churn'
         WHEN later = 0 THEN 'ended'
         WHEN later > earlier THEN 'expansion'
         ELSE 'contraction' END AS kind
  FROM worth WHERE later <> earlier
  UNION ALL
  SELECT subscriber_id, paused_earlier, paused_later, paused_later - paused_earlier, 'paused'
  FROM worth WHERE paused_later <> paused_earlier)
"""
SUMS = text(MOVES + "SELECT kind, count(*), sum(cents) FROM moved GROUP BY kind")
ROWS = text(
    MOVES
    + """SELECT m.subscriber_id, p.name, p.email, m.earlier, m.later, m.cents
         FROM moved m JOIN person p ON p.id = m.subscriber_id
         WHERE m.kind = :kind ORDER BY abs(m.cents) DESC, m.subscriber_id
         LIMIT :limit OFFSET :offset"""
)
LONGEST = 24


@dataclass(frozen=True)
class MovedRow:
    """One subscriber whose recurring revenue moved: what it was and what it became, in cents."""

    subscriber_id: uuid.UUID
    name: str
    email: str
    earlier_cents: int
    later_cents: int
    cents: int


def recurring_moves(session: Session, month: date, zone: ZoneInfo) -> dict[MoveKind, Moved]:
    """Return what moved within a month."""
    found = session.execute(SUMS, _ends(month, zone))
    return {MoveKind(row[0]): Moved(row[1], int(row[2])) for row in found}


def recurring_rows(
    session: Session, month: date, kind: MoveKind, zone: ZoneInfo, limits: tuple[int, int]
) -> tuple[MovedRow, ...]:
    """Return the subscribers behind one figure, the largest first."""
    asked = {"kind": kind.value, "limit": limits[0], "offset": limits[1]}
    return tuple(MovedRow(*row) for row in session.execute(ROWS, _ends(month, zone) | asked))


def recurring_months(
    session: Session, last: date, zone: ZoneInfo, shown: int = LONGEST
) -> tuple[RecurringOverview, ...]:
    """Return the newest `shown` months until `last`, each with what it began with."""
    began = session.scalar(select(func.min(SubscriptionState.at)))
    if began is None or month_of(local_day(began, zone)) > last:
        return ()
    kept: dict[date, dict[MoveKind, Moved]] = {}
    for row in session.scalars(select(RecurringMonth)):
        kept.setdefault(row.month, {})[MoveKind(row.kind)] = Moved(row.subscribers, row.cents)
    closed = _last_closed(session)
    months = months_between(local_day(began, zone), last)
    return follow(
        [
            (month, True, kept.get(month, {}))
            if closed and month <= closed
            else (month, False, recurring_moves(session, month, zone))
            for month in months
        ]
    )[-shown:]


def _last_closed(session: Session) -> date | None:
    return session.scalar(select(func.max(Period.month)))


def _ends(month: date, zone: ZoneInfo) -> dict[str, datetime]:
    return {
        "starts": instant_of(month, time(0), zone),
        "ends": instant_of(months_after(month, 1), time(0), zone),
    }

"""Reads about what has got stuck between the shop and its payment provider."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Interval, cast, func, select
from sqlalchemy.orm import Session

from app.billing.models import Payment, Refund
from app.billing.rules import FINAL, RefundStatus
from app.core.outbox import Letter
from app.finance.models import ProviderEvent
from app.finance.rules import EventStatus


@dataclass(frozen=True)
class Stuck:
    """How much of each kind was begun by a worker and never finished, or has failed for good."""

    payments: int
    refunds: int
    events: int
    letters: int
    failed_refunds: int
    dead_events: int

    @property
    def leases(self) -> int:
        """How many rows are held by somebody who does not come back."""
        return self.payments + self.refunds + self.events + self.letters


def stuck(session: Session, since: timedelta = timedelta(minutes=15)) -> Stuck:
    """Count rows whose lease ran out that long ago by the machine's time, though work is left."""
    before = func.clock_timestamp() - cast(since, Interval)
    undecided = Refund.status.in_([RefundStatus.DUE, RefundStatus.PENDING])
    return Stuck(
        payments=_count(session, Payment.lease_until < before, Payment.status.not_in(FINAL)),
        refunds=_count(session, Refund.lease_until < before, undecided),
        events=_count(
            session,
            ProviderEvent.lease_until < before,
            ProviderEvent.status == EventStatus.WAITING,
        ),
        letters=_count(session, Letter.lease_until < before, Letter.sent_at.is_(None)),
        failed_refunds=_count(session, Refund.status == RefundStatus.FAILED),
        dead_events=_count(session, ProviderEvent.status == EventStatus.DEAD),
    )


def _count(session: Session, *conditions: ColumnElement[Any]) -> int:
    return session.scalar(select(func.count()).where(*conditions)) or 0

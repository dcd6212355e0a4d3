"""Close a month of the books for good: only when its checklist holds, with a checksum."""

from dataclasses import asdict
from datetime import date

from sqlalchemy import text

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.finance.checklist_queries import checklist
from app.finance.journal_queries import journal_digest
from app.finance.models import Period, RecurringMonth
from app.finance.period_queries import ClosedMonth, closed_month
from app.finance.period_rules import PeriodRefusal, months_after, written
from app.finance.recurring_queries import recurring_moves
from app.finance.services.tell_finance import tell_month

KEEP = text("""
INSERT INTO ledger_month (month, account, currency, source, plan_id, billed_month,
                          entries, debit_cents, credit_cents)
SELECT :month, p.account, e.currency, e.source, e.plan_id, e.billed_month, count(*),
       coalesce(sum(p.amount_cents) FILTER (WHERE p.amount_cents > 0), 0),
       coalesce(-sum(p.amount_cents) FILTER (WHERE p.amount_cents < 0), 0)
FROM entry e JOIN posting p ON p.entry_id = e.id
WHERE e.effective_on >= :month AND e.effective_on < :until
GROUP BY p.account, e.currency, e.source, e.plan_id, e.billed_month
ORDER BY p.account, e.currency, e.source, e.plan_id, e.billed_month""")


def close_month(work: UnitOfWork, month: date) -> ClosedMonth:
    """Close a month; what is found out later goes into the first open one.

    Raises Refused with the points of the checklist that do not hold.
    """
    # Entries being written now are waited for, and none is written until the month is closed.
    work.session.execute(text("LOCK TABLE entry IN SHARE ROW EXCLUSIVE MODE"))
    if closed_month(work.session, month):
        raise Refused(PeriodRefusal.ALREADY_CLOSED, offer=written(month))
    points = checklist(work.session, month, work.now, work.shop.zone)
    failing = [point.check.value for point in points if not point.holds]
    if failing:
        raise Refused(PeriodRefusal.NOT_READY, offer=failing)
    entries, sha256 = journal_digest(work.session, month)
    work.session.add(
        Period(
            month=month,
            closed_at=work.now,
            closed_by=f"{work.actor.kind}:{work.actor.id}",
            entries=entries,
            sha256=sha256,
            checklist=[asdict(point) for point in points],
        )
    )
    work.session.flush()
    work.session.execute(KEEP, {"month": month, "until": months_after(month, 1)})
    _keep_recurring(work, month)
    found = closed_month(work.session, month)
    assert found is not None
    tell_month(work, found)
    return found


def _keep_recurring(work: UnitOfWork, month: date) -> None:
    moves = recurring_moves(work.session, month, work.shop.zone)
    work.session.add_all(
        RecurringMonth(month=month, kind=kind.value, subscribers=move.subscribers, cents=move.cents)
        for kind, move in moves.items()
    )
    work.session.flush()

"""Prove the books: ask everything that must hold, and compare with the provider's own lists."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import select, text

from app.core.clock import local_day
from app.core.unit_of_work import UnitOfWork
from app.finance import (
    proof_boxes,
    proof_money,
    proof_papers,
    proof_payouts,
    proof_periods,
    proof_prices,
    proof_sharing,
    proof_terms,
    proof_work,
)
from app.finance.journal_queries import journal_digest
from app.finance.models import BookCheck
from app.finance.period_queries import closed_months
from app.finance.period_rules import written
from app.finance.ports import ProviderFacts
from app.finance.proof_balance import wrong_balance, wrong_disputes
from app.finance.proof_dates import wrong_dates
from app.finance.proof_provider import missed_events, wrong_cash, wrong_payments, wrong_refunds
from app.finance.rules import Question, Violation
from app.fulfilment.export_rules import render
from app.fulfilment.models import BatchExport

GRACE = timedelta(minutes=15)
COUNTED = ("box", "invoice", "payment", "refund", "entry", "provider_event", "audit_entry")
ALL: tuple[Question, ...] = (
    *proof_money.QUESTIONS,
    *proof_papers.QUESTIONS,
    *proof_prices.QUESTIONS,
    *proof_terms.QUESTIONS,
    *proof_sharing.QUESTIONS,
    *proof_payouts.QUESTIONS,
    *proof_boxes.QUESTIONS,
    *proof_work.QUESTIONS,
    *proof_periods.QUESTIONS,
)
COMPARISONS = (
    wrong_payments,
    wrong_refunds,
    wrong_cash,
    wrong_disputes,
    wrong_balance,
    missed_events,
)


def check_books(
    work: UnitOfWork,
    provider: ProviderFacts | None = None,
    grace: timedelta = GRACE,
) -> tuple[Violation, ...]:
    """Return everything that does not hold, and keep the outcome.

    `grace` is how long things may be under way.
    """
    today = local_day(work.now, work.shop.zone)
    found = [*_asked(work, grace), *wrong_dates(work.session, work.now, today)]
    found.extend(_changed_exports(work))
    found.extend(_changed_months(work))
    if provider is not None:
        for compare in COMPARISONS:
            found.extend(compare(work.session, provider))
    violations = tuple(sorted(set(found), key=lambda each: (each.invariant, each.subject)))
    work.session.add(
        BookCheck(
            checked_at=work.now,
            violations=[asdict(each) for each in violations],
            counts=_counts(work),
        )
    )
    work.session.flush()
    return violations


def _asked(work: UnitOfWork, grace: timedelta) -> Iterator[Violation]:
    facts = {"settled_by": work.now - grace, "grace": grace.total_seconds()}
    for question in ALL:
        wanted = {name: fact for name, fact in facts.items() if f":{name}" in question.sql}
        for subject, sentence in work.session.execute(text(question.sql), wanted):
            yield Violation(question.invariant, subject, sentence)


def _changed_exports(work: UnitOfWork) -> Iterator[Violation]:
    """Write every stored export anew from its rows: the bytes must come out the same."""
    for export in work.session.scalars(select(BatchExport).execution_options(yield_per=20)):
        if render(export.rows) != export.csv:
            yield Violation("I10", f"export {export.id}", "would come out otherwise today")


def _changed_months(work: UnitOfWork) -> Iterator[Violation]:
    """Read the newest closed month again: its lines must come to the same checksum."""
    for closed in closed_months(work.session, 1):
        if journal_digest(work.session, closed.month) != (closed.entries, closed.sha256):
            yield Violation("I5", f"month {written(closed.month)}", "changed after it was closed")


def _counts(work: UnitOfWork) -> dict[str, int]:
    asked = ", ".join(f"(SELECT count(*) FROM {table})" for table in COUNTED)
    row = work.session.execute(text(f"SELECT {asked}")).one()
    return dict(zip(COUNTED, row, strict=True))

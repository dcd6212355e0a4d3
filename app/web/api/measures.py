"""Measures: how the shop's money stands, for a monitoring system that asks now and then."""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from app.core.unit_of_work import UnitOfWork
from app.finance.health_queries import stuck
from app.finance.payout_queries import unmatched_count
from app.finance.period_queries import closed_months
from app.finance.queries import last_check
from app.people.rules import Scope
from app.web.api.chapter import Chapter, TextFile

MEASURES = Chapter("Measures", "How the shop's money stands, for a monitoring system.")


@MEASURES.get("/metrics", Scope.BILLING_READ)
def get_metrics(work: UnitOfWork) -> TextFile:
    """Get the newest proof of the books and what has got stuck, in Prometheus' text format."""
    registry = CollectorRegistry()

    def measure(name: str, words: str, value: float) -> None:
        Gauge(f"boxwright_{name}", words, registry=registry).set(value)

    check, held = last_check(work.session), stuck(work.session)
    if check:
        measure("books_violations", "Rules of the books that did not hold.", len(check.violations))
        measure(
            "books_checked_timestamp_seconds",
            "When the books were proved last, on the shop's clock.",
            check.checked_at.timestamp(),
        )
    measure("stuck_leases", "Pieces of work begun and never finished.", held.leases)
    measure("failed_refunds", "Refunds that the provider refused.", held.failed_refunds)
    measure("dead_events", "Events of the provider that failed for good.", held.dead_events)
    measure(
        "unmatched_payout_lines",
        "Movements in payouts that match no entry.",
        unmatched_count(work.session),
    )
    closed = closed_months(work.session, 1)
    if closed:
        first = closed[0].month
        measure(
            "closed_month", "The newest closed month, as 202701.", first.year * 100 + first.month
        )
    return TextFile(generate_latest(registry), "metrics.txt", CONTENT_TYPE_LATEST)

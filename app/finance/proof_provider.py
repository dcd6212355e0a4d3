"""Compares our books with the provider's own lists: each may know what the other does not."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.billing.ports import Outcome
from app.billing.rules import PaymentStatus, RefundStatus
from app.finance.ports import ProviderFacts
from app.finance.rules import Violation

OURS = "SELECT provider_id, id::text, status, amount_cents FROM payment"
GIVEN = "SELECT provider_id, status, amount_cents FROM refund WHERE provider_id IS NOT NULL"
FEES = """SELECT e.source_id, o.amount_cents FROM entry e JOIN posting o ON o.entry_id = e.id
          WHERE e.source = 'fee' AND o.account = '5000'"""
CASH = """SELECT e.currency, sum(o.amount_cents) FROM entry e JOIN posting o ON o.entry_id = e.id
          WHERE o.account = '1100'
            AND e.source IN ('payment', 'fee', 'refund', 'refund_failed') GROUP BY e.currency"""


def wrong_payments(session: Session, facts: ProviderFacts) -> Iterator[Violation]:
    """Yield charges that only one side knows, or knows otherwise."""
    rows = session.execute(text(OURS)).all()
    names = {row[1] for row in rows}
    paid = {row[0]: row[3] for row in rows if row[2] == "succeeded"}
    theirs = [
        each
        for each in facts.payments
        if each.status is PaymentStatus.SUCCEEDED and each.payment_id in names
    ]
    for payment_id, count in Counter(each.payment_id for each in theirs).items():
        if count > 1:
            yield Violation("I1", f"payment {payment_id}", f"charged {count} times")
    for each in theirs:
        if paid.get(each.provider_id) != each.amount_cents:
            yield Violation(
                "I5",
                f"payment {each.provider_id}",
                f"the provider took {each.amount_cents} cents, we know of"
                f" {paid.get(each.provider_id, 0)}",
            )
    known = {each.provider_id for each in theirs}
    for missing in sorted(set(paid) - known):
        yield Violation("I5", f"payment {missing}", "paid here, but not at the provider")
    yield from _wrong_fees(session, theirs)


def _wrong_fees(session: Session, theirs: list[Outcome]) -> Iterator[Violation]:
    ours: dict[str, int] = {row[0]: row[1] for row in session.execute(text(FEES))}
    for each in theirs:
        if each.fee_cents is not None and ours.get(each.provider_id, 0) != each.fee_cents:
            yield Violation(
                "I5",
                f"payment {each.provider_id}",
                f"its fee was {each.fee_cents} cents, we know of {ours.get(each.provider_id, 0)}",
            )


def wrong_refunds(session: Session, facts: ProviderFacts) -> Iterator[Violation]:
    """Yield refunds of our payments that only one side knows, or knows otherwise."""
    payments = {row[0] for row in session.execute(text(OURS))}
    given = {row[0]: row[2] for row in session.execute(text(GIVEN)) if row[1] == "succeeded"}
    theirs = {
        each.provider_id: each.amount_cents
        for each in facts.refunds
        if each.status is RefundStatus.SUCCEEDED and each.provider_payment_id in payments
    }
    for refund in sorted(given.keys() | theirs.keys()):
        if given.get(refund) != theirs.get(refund):
            yield Violation(
                "I5",
                f"refund {refund}",
                f"the provider gave {theirs.get(refund, 0)} cents back, we know of"
                f" {given.get(refund, 0)}",
            )


def wrong_cash(session: Session, facts: ProviderFacts) -> Iterator[Violation]:
    """Yield every currency in which cash is not charges minus refunds minus fees."""
    names = {row[1]: row[0] for row in session.execute(text(OURS))}
    charged: Counter[str] = Counter()
    currency_of = {}
    for each in facts.payments:
        if each.status is PaymentStatus.SUCCEEDED and each.payment_id in names:
            charged[each.currency] += each.amount_cents - (each.fee_cents or 0)
            currency_of[each.provider_id] = each.currency
    for back in facts.refunds:
        currency = currency_of.get(back.provider_payment_id or "")
        if currency and back.status is RefundStatus.SUCCEEDED:
            charged[currency] -= back.amount_cents
    cash = {row[0]: int(row[1]) for row in session.execute(text(CASH))}
    for currency in sorted(charged.keys() | cash.keys()):
        if cash.get(currency, 0) != charged[currency]:
            yield Violation(
                "I5",
                f"account 1100 {currency}",
                f"charges less refunds and fees are {cash.get(currency, 0)} cents,"
                f" at the provider {charged[currency]}",
            )


def missed_events(session: Session, facts: ProviderFacts) -> Iterator[Violation]:
    """Yield the provider's events that never reached us."""
    here = {row[0] for row in session.execute(text("SELECT id FROM provider_event"))}
    for event_id in sorted(set(facts.event_ids) - here):
        yield Violation("I6", f"event {event_id}", "never reached us")

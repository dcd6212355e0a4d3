"""Compares what the diary says of the provider's balance and of disputes with the provider."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.billing.rules import PaymentStatus
from app.finance.dispute_rules import DECIDED
from app.finance.ports import ProviderFacts
from app.finance.rules import Violation

OURS = "SELECT provider_id FROM payment WHERE provider_id IS NOT NULL"
DISPUTES = "SELECT provider_id, status FROM dispute"
HELD = """SELECT e.currency, o.account, sum(o.amount_cents)
          FROM entry e JOIN posting o ON o.entry_id = e.id
          WHERE o.account IN ('1100', '1150') GROUP BY e.currency, o.account"""
WAITING = "SELECT provider_id FROM payment WHERE status = 'processing'"
# While something is under way the provider may be ahead of the diary, or behind it.
UNDER_WAY = """SELECT EXISTS (SELECT FROM provider_event WHERE status = 'waiting')
    OR EXISTS (SELECT FROM attempt WHERE status = 'begun')
    OR EXISTS (SELECT FROM refund WHERE status = 'due' AND lease_until IS NOT NULL)"""


def wrong_balance(session: Session, facts: ProviderFacts) -> Iterator[Violation]:
    """Yield every currency in which account 1100 is not what the provider holds.

    Nothing is said while an event, a charge or a refund is under way.
    """
    if facts.balances is None or session.scalar(text(UNDER_WAY)) or _just_paid(session, facts):
        return
    ours = _held(session, "1100")
    for currency in sorted(ours.keys() | facts.balances.keys()):
        theirs = facts.balances.get(currency, 0)
        if ours[currency] != theirs:
            yield Violation(
                "I5",
                f"balance {currency}",
                f"account 1100 holds {ours[currency]} cents, the provider {theirs}",
            )


def _just_paid(session: Session, facts: ProviderFacts) -> bool:
    """Say whether the provider knows of a success that we have not heard of yet."""
    waiting = set(session.scalars(text(WAITING)))
    return any(
        each.provider_id in waiting and each.status is PaymentStatus.SUCCEEDED
        for each in facts.payments
    )


def wrong_disputes(session: Session, facts: ProviderFacts) -> Iterator[Violation]:
    """Yield disputes of our payments that only one side knows, and disputed funds that differ."""
    payments = set(session.scalars(text(OURS)))
    theirs = {each.provider_id: each for each in facts.disputes}
    ours = {row[0]: row[1] for row in session.execute(text(DISPUTES))}
    open_funds: Counter[str] = Counter()
    for name, each in sorted(theirs.items()):
        if each.provider_payment_id not in payments:
            continue
        if each.status not in DECIDED:
            open_funds[each.currency] += each.held_cents
        if ours.get(name) != each.status:
            yield Violation(
                "I6", f"dispute {name}", f"is {each.status}, we know of {ours.get(name, 'none')}"
            )
    if not facts.disputes and not ours:
        return
    held = _held(session, "1150")
    for currency in sorted(held.keys() | open_funds.keys()):
        if held[currency] != open_funds[currency]:
            yield Violation(
                "I5",
                f"account 1150 {currency}",
                f"holds {held[currency]} cents, open disputes {open_funds[currency]}",
            )


def _held(session: Session, account: str) -> Counter[str]:
    rows = session.execute(text(HELD))
    return Counter({row[0]: int(row[2]) for row in rows if row[1] == account})

"""What a month earned with the first boxes of subscriptions, and what with all later ones."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.finance.period_rules import months_after
from app.finance.rules import Ledger, Source

# A box is a first one when nothing of its subscription was earned before it.
EARNED = text("""
SELECT first, count(DISTINCT box.id), coalesce(-sum(p.amount_cents), 0)
FROM (SELECT e.id, NOT EXISTS (
        SELECT FROM entry b WHERE b.subscription_id = e.subscription_id
          AND b.source = ANY(:sources) AND b.number < e.number) AS first
      FROM entry e
      WHERE e.effective_on >= :month AND e.effective_on < :until
        AND e.source = ANY(:sources) AND e.currency = :currency) AS box
JOIN posting p ON p.entry_id = box.id AND p.account = ANY(:accounts)
GROUP BY first""")
SOURCES = [Source.SHIPMENT.value, Source.INSTALMENT.value]
ACCOUNTS = [Ledger.BOXES.value, Ledger.ADD_ONS.value, Ledger.SHIPPING.value]


@dataclass(frozen=True)
class FirstAndLater:
    """What sending boxes earned, net in cents: the first one of each subscription, and others."""

    new_boxes: int
    new_cents: int
    later_boxes: int
    later_cents: int

    @property
    def total_cents(self) -> int:
        return self.new_cents + self.later_cents

    @property
    def new_share(self) -> float:
        """Return how much of it is new, from 0 to 1."""
        return self.new_cents / self.total_cents if self.total_cents else 0.0


def first_and_later(session: Session, month: date, currency: str) -> FirstAndLater:
    """Return what a month earned in a currency, before what was given back later."""
    found = {
        row[0]: (row[1], int(row[2]))
        for row in session.execute(
            EARNED,
            {
                "month": month,
                "until": months_after(month, 1),
                "sources": SOURCES,
                "accounts": ACCOUNTS,
                "currency": currency,
            },
        )
    }
    return FirstAndLater(*found.get(True, (0, 0)), *found.get(False, (0, 0)))

"""Tax of a month by where boxes go and at which rate, worked out from the diary's own lines.

An entry's tax is shared out over the rates of its invoice so that the shares add up to it to the
cent: whatever the rows say, their sum is what account 2100 moved.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.finance.period_rules import months_after

ROWS = text("""
WITH moved AS (
  SELECT e.id, e.invoice_id, e.currency,
    -coalesce(sum(p.amount_cents) FILTER (WHERE p.account = '2100'), 0) AS tax,
    -coalesce(sum(p.amount_cents) FILTER (WHERE p.account IN
      ('2000', '2050', '4000', '4050', '4060', '4900', '4990')), 0) AS net
  FROM entry e JOIN posting p ON p.entry_id = e.id
  WHERE e.effective_on >= :month AND e.effective_on < :until
  GROUP BY e.id),
taxed AS (SELECT * FROM moved WHERE tax <> 0 OR (net <> 0 AND invoice_id IS NOT NULL)),
rates AS (
  SELECT l.invoice_id, l.tax_bp, sum(l.net_cents) AS net, sum(l.tax_cents) AS tax
  FROM invoice_line l
  WHERE l.invoice_id IN (SELECT invoice_id FROM taxed)
  GROUP BY l.invoice_id, l.tax_bp HAVING sum(l.net_cents) <> 0 OR sum(l.tax_cents) <> 0
  UNION ALL
  SELECT i.id, i.tax_bp, i.net_cents, i.tax_cents FROM invoice i
  WHERE i.id IN (SELECT invoice_id FROM taxed) AND NOT EXISTS (
    SELECT FROM invoice_line l WHERE l.invoice_id = i.id AND (l.net_cents <> 0 OR l.tax_cents <> 0))
),
weighed AS (
  SELECT t.id, t.invoice_id, t.currency, t.tax, t.net, r.tax_bp,
    sum(r.tax) OVER up AS tax_to, sum(r.tax) OVER up - r.tax AS tax_from,
    sum(r.tax) OVER (PARTITION BY t.id) AS tax_all,
    sum(r.net) OVER up AS net_to, sum(r.net) OVER up - r.net AS net_from,
    sum(r.net) OVER (PARTITION BY t.id) AS net_all,
    row_number() OVER up AS place
  FROM taxed t LEFT JOIN rates r ON r.invoice_id = t.invoice_id
  WINDOW up AS (PARTITION BY t.id ORDER BY r.tax_bp)),
shared AS (
  SELECT id, invoice_id, currency, tax_bp,
    CASE WHEN coalesce(tax_all, 0) = 0 THEN CASE WHEN place = 1 THEN tax ELSE 0 END
      ELSE round(tax * tax_to / tax_all) - round(tax * tax_from / tax_all) END AS tax,
    CASE WHEN coalesce(net_all, 0) = 0 THEN CASE WHEN place = 1 THEN net ELSE 0 END
      ELSE round(net * net_to / net_all) - round(net * net_from / net_all) END AS net
  FROM weighed)
SELECT coalesce(b.address ->> 'country', a.country, ''),
  coalesce(b.address ->> 'region', a.region, ''), s.tax_bp, s.currency,
  coalesce(sum(s.net) FILTER (WHERE s.net >= 0 AND s.tax >= 0), 0),
  coalesce(sum(s.tax) FILTER (WHERE s.net >= 0 AND s.tax >= 0), 0),
  -coalesce(sum(s.net) FILTER (WHERE s.net < 0 OR s.tax < 0), 0),
  -coalesce(sum(s.tax) FILTER (WHERE s.net < 0 OR s.tax < 0), 0)
FROM shared s
LEFT JOIN invoice i ON i.id = s.invoice_id
LEFT JOIN box b ON b.invoice_id = i.id
LEFT JOIN subscription n ON n.id = i.subscription_id
LEFT JOIN address a ON a.id = n.address_id
GROUP BY 1, 2, 3, 4 HAVING sum(abs(s.net)) + sum(abs(s.tax)) > 0
ORDER BY 1, 2, 3, 4""")
OWED = text("""
SELECT coalesce(-sum(p.amount_cents), 0) FROM entry e JOIN posting p ON p.entry_id = e.id
WHERE p.account = '2100' AND e.effective_on >= :month AND e.effective_on < :until""")


@dataclass(frozen=True)
class TaxRow:
    """What was sold and given back in one place at one rate, net and tax, in cents.

    `rate_bp` None belongs to no invoice.
    """

    country: str
    region: str
    rate_bp: int | None
    currency: str
    sold_cents: int
    taxed_cents: int
    back_cents: int
    tax_back_cents: int

    @property
    def owed_cents(self) -> int:
        return self.taxed_cents - self.tax_back_cents


@dataclass(frozen=True)
class TaxMonth:
    """The tax of a month; `ledger_cents` is what the account of tax moved."""

    rows: tuple[TaxRow, ...]
    ledger_cents: int

    @property
    def ties(self) -> bool:
        return sum(row.owed_cents for row in self.rows) == self.ledger_cents


def tax_of(session: Session, month: date) -> TaxMonth:
    """Return the tax of a month by place and rate."""
    asked = {"month": month, "until": months_after(month, 1)}
    rows = session.execute(ROWS, asked)
    return TaxMonth(
        tuple(TaxRow(*row[:4], *(int(cents) for cents in row[4:])) for row in rows),
        int(session.execute(OWED, asked).scalar_one()),
    )

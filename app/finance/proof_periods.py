"""What must hold of months of the books that are closed, as questions in SQL."""

from app.finance.rules import Question

QUESTIONS = (
    Question(
        "I5",
        """SELECT 'month ' || to_char(month, 'YYYY-MM') || ' account ' || account,
                  'was closed with ' || sum(kept) || ' cents, its entries say ' || sum(said)
           FROM (
             SELECT month, account, currency, debit_cents - credit_cents AS kept, 0 AS said
             FROM ledger_month
             UNION ALL
             SELECT date_trunc('month', e.effective_on)::date, p.account, e.currency, 0,
                    p.amount_cents
             FROM entry e JOIN posting p ON p.entry_id = e.id
             WHERE e.effective_on < (SELECT max(month) + interval '1 month' FROM period)
           ) AS told
           GROUP BY month, account, currency HAVING sum(kept) <> sum(said)""",
    ),
    Question(
        "I5",
        """SELECT 'month ' || to_char(p.month, 'YYYY-MM'),
                  'closed though an earlier month with entries is open'
           FROM period p JOIN entry e
             ON e.effective_on >= p.month - interval '1 month' AND e.effective_on < p.month
           WHERE NOT EXISTS (SELECT FROM period before
             WHERE before.month = p.month - interval '1 month')
           GROUP BY p.month""",
    ),
)

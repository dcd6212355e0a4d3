"""What must hold of invoices and credit notes as papers, and of what was to be told, in SQL."""

from app.finance.rules import Question

QUESTIONS = (
    Question(
        "I14",
        """SELECT 'series ' || s.series, 'its numbers go up to ' || coalesce(max(d.number), 0)
                  || ', the last given is ' || s.last_number || ', and there are '
                  || count(d.id) || ' papers'
           FROM document_series s LEFT JOIN document d ON d.series = s.series
           GROUP BY s.series
           HAVING count(d.id) <> s.last_number OR coalesce(max(d.number), 0) <> s.last_number""",
    ),
    Question(
        "I14",
        """SELECT 'paper ' || d.series || '-' || d.number, 'says ' || d.total_cents
                  || ' cents, its invoice ' || i.total_cents
           FROM document d JOIN invoice i ON i.id = d.invoice_id
           WHERE d.kind = 'invoice'
             AND (d.total_cents <> i.total_cents OR d.tax_cents <> i.tax_cents)""",
    ),
    Question(
        "I14",
        """SELECT 'paper ' || d.series || '-' || d.number, 'takes off ' || d.total_cents
                  || ' cents, given back were ' || r.amount_cents
           FROM document d JOIN refund r ON r.id = d.refund_id
           WHERE d.total_cents <> r.amount_cents""",
    ),
    Question(
        "I14",
        """SELECT 'invoice ' || i.number, 'its credit notes take off more than it had'
           FROM invoice i JOIN document d ON d.invoice_id = i.id AND d.kind <> 'invoice'
           GROUP BY i.id
           HAVING sum(CASE d.kind WHEN 'reversal' THEN -d.total_cents ELSE d.total_cents END)
                  NOT BETWEEN 0 AND i.total_cents""",
    ),
    Question(
        "I14",
        """SELECT 'invoice ' || i.number, 'paid at ' || i.paid_at || ', and still without its paper'
           FROM invoice i
           WHERE i.status IN ('paid', 'refunded') AND i.total_cents > 0
             AND i.paid_at < CAST(:settled_by AS timestamptz) - interval '1 day'
             AND EXISTS (SELECT FROM document_series)
             AND NOT EXISTS (SELECT FROM document d
                             WHERE d.invoice_id = i.id AND d.kind = 'invoice')""",
    ),
    Question(
        "I11",
        """SELECT 'webhook delivery ' || d.id, 'was due at ' || d.next_try_at
           FROM hook_delivery d JOIN hook_endpoint e ON e.id = d.endpoint_id
           WHERE d.status = 'waiting' AND e.enabled
             AND coalesce(e.resting_until, d.next_try_at) < clock_timestamp()
                 - make_interval(secs => greatest(:grace, 900))
             AND d.next_try_at < clock_timestamp()
                 - make_interval(secs => greatest(:grace, 900))""",
    ),
)

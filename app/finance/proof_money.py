"""What must hold of invoices, payments, refunds and the diary, as questions in SQL."""

from app.finance.rules import Question

QUESTIONS = (
    Question(
        "I1",
        """SELECT 'payment ' || payment_id, count(*) || ' attempts succeeded'
           FROM attempt WHERE status = 'succeeded' GROUP BY payment_id HAVING count(*) > 1""",
    ),
    Question(
        "I1",
        """SELECT 'subscription ' || subscription_id || ' cycle ' || cycle,
                  count(*) || ' boxes in one cycle'
           FROM box GROUP BY subscription_id, cycle HAVING count(*) > 1""",
    ),
    Question(
        "I3",
        """SELECT 'invoice ' || i.number, 'paid, but there is no box and no full refund'
           FROM invoice i
           WHERE i.status = 'paid' AND i.total_cents > 0 AND i.paid_at <= :settled_by
             AND i.term_id IS NULL
             AND NOT EXISTS (SELECT FROM box b WHERE b.invoice_id = i.id AND b.status IN
               ('planned', 'locked', 'held', 'composed', 'released', 'shipped'))""",
    ),
    Question(
        "I3",
        """SELECT 'box ' || b.number, 'paid and composed, but not released'
           FROM box b JOIN invoice i ON i.id = b.invoice_id
           WHERE b.status = 'composed' AND i.status = 'paid' AND i.paid_at <= :settled_by
             AND NOT EXISTS (SELECT FROM term t WHERE t.id = b.term_id AND t.status = 'due')""",
    ),
    Question(
        "I3",
        """SELECT 'invoice ' || i.number, 'its payment is ' || p.status || ', it is ' || i.status
           FROM invoice i JOIN payment p ON p.invoice_id = i.id
           WHERE (p.status = 'succeeded') <> (i.status IN ('paid', 'refunded'))
              OR (p.status = 'cancelled') <> (i.status = 'void')""",
    ),
    Question(
        "I3",
        """SELECT 'invoice ' || i.number, 'owed without a payment'
           FROM invoice i WHERE i.total_cents > i.credit_cents + i.carried_cents
             AND i.status NOT IN ('draft', 'void')
             AND NOT EXISTS (SELECT FROM payment p WHERE p.invoice_id = i.id)""",
    ),
    Question(
        "I5",
        """SELECT 'entry ' || e.source || ' ' || e.source_id, 'sums to ' || sum(p.amount_cents)
           FROM entry e LEFT JOIN posting p ON p.entry_id = e.id
           GROUP BY e.id HAVING coalesce(sum(p.amount_cents), 1) <> 0""",
    ),
    Question(
        "I5",
        """SELECT 'payment ' || p.provider_id, 'paid, but the diary has '
                  || coalesce(o.amount_cents || ' cents', 'nothing')
           FROM payment p
           LEFT JOIN entry e ON e.source = 'payment' AND e.source_id = p.provider_id
           LEFT JOIN posting o ON o.entry_id = e.id AND o.account = '1100'
           WHERE p.status = 'succeeded' AND o.amount_cents IS DISTINCT FROM p.amount_cents""",
    ),
    Question(
        "I5",
        """SELECT 'entry payment ' || e.source_id, 'no payment of ours succeeded'
           FROM entry e WHERE e.source = 'payment' AND NOT EXISTS (SELECT FROM payment p
             WHERE p.provider_id = e.source_id AND p.status = 'succeeded')""",
    ),
    Question(
        "I5",
        """SELECT 'refund ' || r.provider_id, 'given back, but the diary has '
                  || coalesce(-o.amount_cents || ' cents', 'nothing')
           FROM refund r
           LEFT JOIN entry e ON e.source = 'refund' AND e.source_id = r.provider_id
           LEFT JOIN posting o ON o.entry_id = e.id AND o.account = '1100'
           WHERE r.status = 'succeeded' AND o.amount_cents IS DISTINCT FROM -r.amount_cents""",
    ),
    Question(
        "I5",
        """SELECT 'invoice ' || i.number, 'says ' || i.refunded_cents || ' cents were given back, '
                  || 'its refunds and credit say ' || coalesce(r.cents, 0) + coalesce(c.cents, 0)
           FROM invoice i
           LEFT JOIN (SELECT p.invoice_id, sum(r.amount_cents) AS cents
                      FROM payment p JOIN refund r ON r.payment_id = p.id
                      WHERE r.status = 'succeeded' GROUP BY p.invoice_id) AS r
             ON r.invoice_id = i.id
           LEFT JOIN (SELECT invoice_id, sum(amount_cents) AS cents FROM credit_entry
                      WHERE reason = 'refunded' GROUP BY invoice_id) AS c ON c.invoice_id = i.id
           WHERE i.refunded_cents
                 <> least(i.total_cents, coalesce(r.cents, 0) + coalesce(c.cents, 0))""",
    ),
    Question(
        "I5",
        """SELECT 'invoice ' || i.number, 'its lines come to ' || coalesce(sum(l.amount_cents), 0)
                  || ' cents, it says ' || i.net_cents
           FROM invoice i LEFT JOIN invoice_line l
             ON l.invoice_id = i.id AND l.kind <> 'carried'
           GROUP BY i.id
           HAVING CASE WHEN i.inclusive THEN i.total_cents ELSE i.net_cents END
                  <> coalesce(sum(l.amount_cents), 0)""",
    ),
    Question(
        "I5",
        """SELECT 'box ' || b.number, 'shipped, but its price is still deferred'
           FROM box b JOIN invoice i ON i.id = b.invoice_id
           JOIN (SELECT e.invoice_id, sum(o.amount_cents) AS left_over
                 FROM entry e JOIN posting o ON o.entry_id = e.id AND o.account = '2000'
                 GROUP BY e.invoice_id) AS owed ON owed.invoice_id = i.id
           WHERE b.status = 'shipped' AND owed.left_over <> 0""",
    ),
    Question(
        "I9",
        """SELECT 'payment ' || p.id, 'tried at ' || a.begun_at || ', after it was cancelled'
           FROM payment p JOIN attempt a ON a.payment_id = p.id
           WHERE a.begun_at > p.cancel_wanted_at""",
    ),
)

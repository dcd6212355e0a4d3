"""What must hold of boxes that are paid ahead, as questions in SQL."""

from app.finance.rules import Question

# An instalment is worth an even part of the term's net price; the last one takes the remainder.
WORTH = """CASE WHEN b.instalment = t.boxes
                THEN i.net_cents - (i.net_cents / t.boxes) * (t.boxes - 1)
                ELSE i.net_cents / t.boxes END"""
OWED = f"""
SELECT i.number, -coalesce((SELECT sum(o.amount_cents) FROM entry e
           JOIN posting o ON o.entry_id = e.id AND o.account = '2050'
           WHERE e.invoice_id = i.id), 0) AS held,
       coalesce((SELECT sum({WORTH}) FROM box b
                 WHERE b.term_id = t.id AND b.status <> 'shipped'), 0)
       + CASE WHEN t.status IN ('paid', 'done') THEN i.net_cents - coalesce((
                SELECT sum({WORTH}) FROM box b WHERE b.term_id = t.id), 0)
              WHEN EXISTS (SELECT FROM refund r WHERE r.reference = 'term:' || t.id
                           AND r.status = 'succeeded') THEN 0
              ELSE t.forgone_cents END AS owed
FROM term t JOIN invoice i ON i.term_id = t.id
WHERE i.status IN ('paid', 'refunded')"""

QUESTIONS = (
    Question(
        "I5",
        f"""SELECT 'invoice ' || x.number, x.held || ' cents are kept for boxes paid ahead,'
                   || ' its boxes to come are worth ' || x.owed
            FROM ({OWED}) AS x WHERE x.held <> x.owed""",
    ),
    Question(
        "I5",
        """SELECT 'entry ' || e.source || ' ' || e.source_id, 'kept for no boxes paid ahead'
           FROM entry e JOIN posting o ON o.entry_id = e.id AND o.account = '2050'
           WHERE NOT EXISTS (SELECT FROM invoice i WHERE i.id = e.invoice_id
             AND i.term_id IS NOT NULL)""",
    ),
    Question(
        "I1",
        """SELECT 'box ' || b.number, 'is number ' || b.instalment || ' of ' || t.boxes
           FROM box b JOIN term t ON t.id = b.term_id
           WHERE b.instalment NOT BETWEEN 1 AND t.boxes
              OR b.subscription_id <> t.subscription_id""",
    ),
    Question(
        "I2",
        """SELECT 'box ' || b.number, b.status || ' although its term is ' || t.status
           FROM box b JOIN term t ON t.id = b.term_id
           WHERE b.status IN ('released', 'shipped') AND t.paid_at IS NULL""",
    ),
    Question(
        "I3",
        """SELECT 'invoice ' || i.number, 'paid, but its term is ' || t.status
           FROM invoice i JOIN term t ON t.id = i.term_id
           WHERE i.status = 'paid' AND i.paid_at <= :settled_by
             AND (t.status = 'due' OR (t.status = 'cancelled' AND t.forgone_cents > 0
               AND NOT EXISTS (SELECT FROM refund r WHERE r.reference = 'term:' || t.id)))""",
    ),
)

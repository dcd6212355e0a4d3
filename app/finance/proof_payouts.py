"""What must hold of payouts and disputed money, as questions in SQL."""

from app.finance.rules import Question

QUESTIONS = (
    Question(
        "I5",
        """SELECT 'payout ' || p.provider_id, 'its lines come to '
                  || coalesce(sum(l.net_cents), 0) || ' cents, it says ' || p.amount_cents
           FROM payout p LEFT JOIN payout_line l ON l.payout_id = p.id
           WHERE p.read_at IS NOT NULL
           GROUP BY p.id HAVING coalesce(sum(l.net_cents), 0) <> p.amount_cents""",
    ),
    Question(
        "I5",
        """SELECT 'payout ' || p.provider_id, 'the diary has '
                  || coalesce(sum(o.amount_cents), 0) || ' cents of it in the bank, it is '
                  || p.status || ' with ' || p.amount_cents
           FROM payout p
           LEFT JOIN entry e ON e.source IN ('payout', 'payout_back')
             AND e.source_id = p.provider_id
           LEFT JOIN posting o ON o.entry_id = e.id AND o.account = '1000'
           GROUP BY p.id HAVING coalesce(sum(o.amount_cents), 0)
             <> CASE WHEN p.status IN ('failed', 'canceled') THEN 0 ELSE p.amount_cents END""",
    ),
    Question(
        "I5",
        """SELECT 'account 1150 ' || e.currency, 'holds ' || sum(o.amount_cents)
                  || ' cents, but no dispute is open'
           FROM entry e JOIN posting o ON o.entry_id = e.id AND o.account = '1150'
           WHERE NOT EXISTS (SELECT FROM dispute d
             WHERE d.closed_at IS NULL AND d.currency = e.currency)
           GROUP BY e.currency HAVING sum(o.amount_cents) <> 0""",
    ),
    Question(
        "I9",
        """SELECT 'box ' || b.number, 'composed while a payment of its subscription is disputed'
           FROM dispute d JOIN payment p ON p.id = d.payment_id
           JOIN invoice i ON i.id = p.invoice_id
           JOIN box_hold h ON h.cause = 'dispute' AND h.reference = d.provider_id
           JOIN box b ON b.subscription_id = i.subscription_id AND b.locked_at > h.since
           WHERE h.ended_at IS NULL AND b.status IN ('composed', 'released', 'shipped')""",
    ),
)

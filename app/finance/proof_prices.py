"""What must hold of prices, discounts, credit and vouchers, as questions in SQL."""

from app.finance.rules import Question

# Credit that open invoices took is owed until they are paid; lines that the diary does not have
# yet are waiting in `credit_to_post`.
OWED = """
SELECT coalesce((SELECT sum(balance_cents) FROM credit_balance), 0)
     + coalesce((SELECT sum(credit_cents) FROM invoice
                 WHERE status = 'open' AND on_account_at IS NULL), 0)
     + coalesce((SELECT sum(i.credit_cents) FROM invoice i JOIN carry c ON c.invoice_id = i.id
                 WHERE c.posted_at IS NULL), 0)
     + coalesce((SELECT sum(left_cents) FROM voucher WHERE expired_at IS NULL), 0)
     - coalesce((SELECT sum(c.amount_cents) FROM credit_entry c
                 JOIN credit_to_post w ON w.credit_entry_id = c.id), 0) AS owed,
       -coalesce((SELECT sum(amount_cents) FROM posting WHERE account = '2200'), 0) AS held"""

# A box that left before it was paid is owed; so is a rest that was carried over, until an invoice
# that brings it in is paid, or it has ended.
RECEIVABLE = """
SELECT coalesce((SELECT sum(total_cents - credit_cents) FROM invoice
                 WHERE status = 'open' AND on_account_at IS NOT NULL), 0)
     + coalesce((SELECT sum(c.amount_cents) FROM carry c
                 LEFT JOIN invoice n ON n.id = c.next_invoice_id
                 WHERE c.posted_at IS NOT NULL AND c.ended_at IS NULL
                   AND coalesce(n.status, 'open') NOT IN ('paid', 'refunded')), 0)
     - coalesce((SELECT sum(c.amount_cents) FROM credit_entry c
                 JOIN credit_to_post w ON w.credit_entry_id = c.id
                 WHERE c.reason = 'carried'), 0) AS owed,
       coalesce((SELECT sum(amount_cents) FROM posting WHERE account = '1200'), 0) AS held"""

QUESTIONS = (
    Question(
        "I5",
        """SELECT 'invoice ' || i.number, 'its lines have ' || coalesce(sum(l.net_cents), 0)
                  || ' net and ' || coalesce(sum(l.tax_cents), 0) || ' tax, it says '
                  || i.net_cents || ' and ' || i.tax_cents
           FROM invoice i LEFT JOIN invoice_line l ON l.invoice_id = i.id
           GROUP BY i.id HAVING i.net_cents <> coalesce(sum(l.net_cents), 0)
              OR i.tax_cents <> coalesce(sum(l.tax_cents), 0)""",
    ),
    Question(
        "I5",
        """SELECT 'invoice ' || i.number, 'is owed ' || i.total_cents - i.credit_cents
                  || ' cents besides credit, its payment is over ' || p.amount_cents
           FROM invoice i JOIN payment p ON p.invoice_id = i.id
           WHERE p.amount_cents <> i.total_cents - i.credit_cents + i.brought_cents""",
    ),
    Question(
        "I5",
        """SELECT 'credit of ' || b.subscriber_id, 'is ' || b.balance_cents
                  || ', its lines come to ' || coalesce(sum(c.amount_cents), 0)
           FROM credit_balance b LEFT JOIN credit_entry c ON c.subscriber_id = b.subscriber_id
           GROUP BY b.subscriber_id HAVING b.balance_cents <> coalesce(sum(c.amount_cents), 0)""",
    ),
    Question(
        "I5",
        """SELECT 'voucher …' || v.ending, 'has ' || v.left_cents || ' of ' || v.value_cents
                  || ' left, ' || coalesce(sum(u.amount_cents), 0) || ' were used'
           FROM voucher v LEFT JOIN voucher_use u ON u.voucher_id = v.id
           GROUP BY v.id HAVING v.left_cents <> v.value_cents - coalesce(sum(u.amount_cents), 0)""",
    ),
    Question(
        "I5",
        f"""SELECT 'account 2200', 'holds ' || x.held || ' cents, credit and vouchers are worth '
                   || x.owed
            FROM ({OWED}) AS x WHERE x.held <> x.owed""",
    ),
    Question(
        "I5",
        f"""SELECT 'account 1200', 'holds ' || x.held || ' cents, receivables are worth ' || x.owed
            FROM ({RECEIVABLE}) AS x WHERE x.held <> x.owed""",
    ),
    Question(
        "I5",
        """SELECT 'invoice ' || i.number, 'brings ' || i.brought_cents
                  || ' cents in, earlier ones left it ' || coalesce(sum(c.amount_cents), 0)
           FROM invoice i LEFT JOIN carry c ON c.next_invoice_id = i.id
           WHERE i.status <> 'void'
           GROUP BY i.id HAVING i.brought_cents <> coalesce(sum(c.amount_cents), 0)""",
    ),
    Question(
        "I5",
        """SELECT 'invoice ' || i.number, 'leaves ' || i.carried_cents
                  || ' cents over, carried are ' || coalesce(c.amount_cents, 0)
           FROM invoice i LEFT JOIN carry c ON c.invoice_id = i.id
           WHERE i.carried_cents <> coalesce(c.amount_cents, 0)""",
    ),
    Question(
        "I5",
        """SELECT 'discount ' || d.id, 'is for ' || d.boxes
                  || ' boxes and was used for ' || count(*)
           FROM discount d JOIN discount_use u ON u.discount_id = d.id
           JOIN invoice i ON i.id = u.invoice_id AND i.status IN ('open', 'paid')
           WHERE d.boxes IS NOT NULL GROUP BY d.id HAVING count(*) > d.boxes""",
    ),
)

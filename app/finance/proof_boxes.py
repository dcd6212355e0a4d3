"""What must hold of boxes, stock, batches and exports, as questions in SQL."""

from app.finance.rules import Question

QUESTIONS = (
    Question(
        "I2",
        """SELECT 'box ' || b.number, b.status || ' while its invoice is '
                  || coalesce(i.status, 'missing')
           FROM box b LEFT JOIN invoice i ON i.id = b.invoice_id
           WHERE b.status IN ('released', 'shipped')
             AND coalesce(i.status, '') NOT IN ('paid', 'refunded')
             AND i.on_account_at IS NULL""",
    ),
    Question(
        "I2",
        """SELECT 'parcel ' || k.order_number, k.status || ' while its box is ' || b.status
           FROM parcel k JOIN box b ON b.id = k.box_id
           WHERE (k.status = 'ready' AND b.status <> 'released')
              OR (k.status = 'shipped' AND b.status <> 'shipped')""",
    ),
    Question(
        "I2",
        """SELECT 'box ' || b.number, b.status || ' without a parcel'
           FROM box b WHERE b.status IN ('released', 'shipped')
             AND NOT EXISTS (SELECT FROM parcel k WHERE k.box_id = b.id)""",
    ),
    Question(
        "I4",
        """SELECT 'SKU ' || k.code, 'holds ' || s.reserved || ' reserved, ' || s.shipped
                  || ' shipped; its reservations say ' || coalesce(r.held, 0) || ' and '
                  || coalesce(r.gone, 0)
           FROM stock s JOIN sku k ON k.id = s.sku_id
           LEFT JOIN (SELECT sku_id, sum(quantity) FILTER (WHERE status = 'held') AS held,
                             sum(quantity) FILTER (WHERE status = 'shipped') AS gone
                      FROM reservation GROUP BY sku_id) AS r ON r.sku_id = s.sku_id
           WHERE s.reserved <> coalesce(r.held, 0) OR s.shipped <> coalesce(r.gone, 0)""",
    ),
    Question(
        "I4",
        """SELECT 'SKU ' || k.code, 'received ' || s.received || ' and wrote off '
                  || s.written_off || '; the counts say ' || coalesce(c.came, 0) || ' and '
                  || coalesce(c.went, 0)
           FROM stock s JOIN sku k ON k.id = s.sku_id
           LEFT JOIN (SELECT sku_id, sum(quantity) FILTER (WHERE quantity > 0) AS came,
                             -sum(quantity) FILTER (WHERE quantity < 0) AS went
                      FROM stock_count GROUP BY sku_id) AS c ON c.sku_id = s.sku_id
           WHERE s.received <> coalesce(c.came, 0) OR s.written_off <> coalesce(c.went, 0)
              OR s.on_hand < 0 OR s.reserved < 0""",
    ),
    Question(
        "I4",
        """SELECT 'box ' || b.number, 'has ' || sum(l.units) || ' units of SKU ' || k.code
                  || ', reserved are ' || coalesce(max(r.quantity), 0)
           FROM box b JOIN box_line l ON l.box_id = b.id JOIN sku k ON k.id = l.sku_id
           LEFT JOIN reservation r ON r.holder = 'box' AND r.holder_id = b.id
             AND r.sku_id = l.sku_id AND r.status IN ('held', 'shipped')
           WHERE b.status IN ('composed', 'released', 'shipped')
           GROUP BY b.id, k.id HAVING sum(l.units) <> coalesce(max(r.quantity), 0)""",
    ),
    Question(
        "I9",
        """SELECT 'box ' || b.number, 'skipped at ' || a.at || ', after its cut-off'
           FROM audit_entry a JOIN box b ON b.id::text = a.row_id
           WHERE a.table_name = 'box' AND a.action = 'update'
             AND a.change -> 'status' ->> 1 = 'skipped'
             AND date_trunc('second', a.at) > b.cutoff_at""",
    ),
    Question(
        "I9",
        """SELECT 'box ' || b.number, b.status || ', but it has a parcel on its way'
           FROM box b JOIN parcel k ON k.box_id = b.id
           WHERE b.status IN ('skipped', 'paused', 'missed', 'cancelled', 'voided')
             AND k.status <> 'cancelled'""",
    ),
    Question(
        "I9",
        """SELECT 'box ' || b.number, b.status || ', but it is still collected'
           FROM box b JOIN payment p ON p.invoice_id = b.invoice_id
           WHERE b.status IN ('skipped', 'missed', 'cancelled', 'voided')
             AND p.status IN ('due', 'created') AND p.cancel_wanted_at IS NULL""",
    ),
    Question(
        "I10",
        """SELECT 'export ' || x.id, 'its bytes do not match their checksum'
           FROM batch_export x WHERE encode(sha256(x.csv), 'hex') <> x.sha256""",
    ),
    Question(
        "I13",
        """SELECT 'batch ' || b.ships_on, 'the dry run came to ' || d.total_cents
                  || ' cents, the real one to ' || r.total_cents
           FROM compose_run r JOIN compose_run d
             ON d.batch_id = r.batch_id AND d.kind = 'dry' AND d.input_sha = r.input_sha
           JOIN batch b ON b.id = r.batch_id
           WHERE r.kind = 'real'
             AND (d.total_cents <> r.total_cents OR d.outcome_sha <> r.outcome_sha)""",
    ),
)

"""The end state of a shop without ids and times: two runs of the same story must agree on it."""

from typing import Any

from sqlalchemy import Engine, text

CYCLE = "s.number, b.cycle"
OF_BOX = "FROM box b JOIN subscription s ON s.id = b.subscription_id"
OF_INVOICE = "FROM invoice i JOIN subscription s ON s.id = i.subscription_id"
QUESTIONS = {
    "batches": "SELECT ships_on, run, status FROM batch",
    "boxes": f"SELECT {CYCLE}, b.ships_on, b.status, b.reason, b.missing, b.size, b.price_cents,"
    f" b.tax_bp, b.address::text, b.note {OF_BOX}",
    "lines": f"SELECT {CYCLE}, l.position, k.code, l.units, l.unit_cents, l.source, l.instead_of,"
    f" l.repeat {OF_BOX} JOIN box_line l ON l.box_id = b.id JOIN sku k ON k.id = l.sku_id",
    "invoices": "SELECT s.number, i.cycle, i.net_cents, i.tax_cents, i.total_cents,"
    f" i.refunded_cents, i.status {OF_INVOICE}",
    "payments": f"SELECT s.number, i.cycle, p.amount_cents, p.status, p.tries {OF_INVOICE}"
    " JOIN payment p ON p.invoice_id = i.id",
    "attempts": f"SELECT s.number, i.cycle, a.number, a.status, a.decline_code {OF_INVOICE}"
    " JOIN payment p ON p.invoice_id = i.id JOIN attempt a ON a.payment_id = p.id",
    "ledger": f"SELECT s.number, i.cycle, e.source, o.account, o.amount_cents {OF_INVOICE}"
    " JOIN entry e ON e.invoice_id = i.id JOIN posting o ON o.entry_id = e.id",
    "stock": "SELECT k.code, t.on_hand, t.reserved, t.shipped FROM stock t"
    " JOIN sku k ON k.id = t.sku_id",
    "parcels": "SELECT order_number, status FROM parcel",
    "letters": "SELECT kind, person_id, count(*), count(sent_at) FROM letter GROUP BY 1, 2",
    "runs": "SELECT kind, input_sha, outcome_sha, total_cents FROM compose_run",
}


def digest(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that counts, in an order that does not depend on the run."""
    with engine.connect() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(text(query))), key=repr)
            for name, query in QUESTIONS.items()
        }

"""What a shop has come to: everything that people, the warehouse and the bank can see."""

import json
from collections import Counter

import requests
from sqlalchemy import text

from app.wiring.tools import Tools

SEEN = {
    "boxes": """SELECT s.number, b.cycle, b.status, b.missing, b.price_cents, b.tax_bp, b.note,
        b.address::text FROM box b JOIN subscription s ON s.id = b.subscription_id ORDER BY 1, 2""",
    "lines": """SELECT s.number, b.cycle, l.position, k.code, l.units, l.unit_cents, l.source
        FROM box_line l JOIN box b ON b.id = l.box_id JOIN sku k ON k.id = l.sku_id
        JOIN subscription s ON s.id = b.subscription_id ORDER BY 1, 2, 3""",
    "invoices": """SELECT s.number, i.cycle, i.status, i.net_cents, i.tax_cents, i.total_cents,
        i.refunded_cents FROM invoice i JOIN subscription s ON s.id = i.subscription_id
        ORDER BY 1, 2""",
    "payments": """SELECT s.number, i.cycle, p.status, p.amount_cents, p.next_try_at IS NULL
        FROM payment p JOIN invoice i ON i.id = p.invoice_id
        JOIN subscription s ON s.id = i.subscription_id ORDER BY 1, 2""",
    "ledger": """SELECT s.number, i.cycle, e.source, p.account, p.amount_cents FROM posting p
        JOIN entry e ON e.id = p.entry_id LEFT JOIN invoice i ON i.id = e.invoice_id
        LEFT JOIN subscription s ON s.id = i.subscription_id ORDER BY 1, 2, 3, 4, 5""",
    "stock": """SELECT k.code, on_hand, reserved, shipped, received, written_off
        FROM stock JOIN sku k ON k.id = stock.sku_id ORDER BY 1""",
    "parcels": "SELECT order_number, status FROM parcel ORDER BY 1",
    "exports": "SELECT version, sha256, orders FROM batch_export ORDER BY 1",
    "letters": """SELECT kind, p.email, count(*) FROM letter l
        LEFT JOIN person p ON p.id = l.person_id GROUP BY 1, 2 ORDER BY 1, 2""",
    "batches": "SELECT ships_on, run, status FROM batch ORDER BY 1, 2",
}


def state_of(tools: Tools) -> dict[str, list[str]]:
    """Return every visible row of a shop, without the names and moments that chance gives."""
    with tools.engine.connect() as connection:
        return {
            name: [repr(tuple(row)) for row in connection.execute(text(query))]
            for name, query in SEEN.items()
        }


def successes_at_provider(tools: Tools) -> Counter[str]:
    """Return how often the provider was paid for each of this shop's payments, by its own list."""
    with tools.engine.connect() as connection:
        ours = {str(row[0]) for row in connection.execute(text("SELECT id FROM payment"))}
    provider_url = tools.settings.stripe_api_base
    listed = requests.get(f"{provider_url}/_sandbox/export", timeout=30).json()
    found: Counter[str] = Counter()
    for intent in listed["payment_intents"]:
        payment_id = intent["metadata"].get("payment_id")
        if payment_id in ours and intent["status"] == "succeeded":
            found[payment_id] += 1
    return found


def difference(left: dict[str, list[str]], right: dict[str, list[str]]) -> str:
    """Return what two states do not share, for a person to read."""
    apart = {
        name: {
            "missing": sorted(set(left[name]) - set(right[name]))[:5],
            "extra": sorted(set(right[name]) - set(left[name]))[:5],
            "counts": [len(left[name]), len(right[name])],
        }
        for name in left
        if left[name] != right[name]
    }
    return json.dumps(apart, indent=1)

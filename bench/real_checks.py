"""Looks at a batch with plain SQL that shares nothing with the code which made it."""

from typing import Any

import requests
from sqlalchemy import text

from app.wiring.tools import Tools

# Lists of what was looked at when, which grow whenever somebody looks.
DIARIES = ("book_check", "schedule_run")

BROKEN = text("""
SELECT count(*) FROM box_line AS line
JOIN box ON box.id = line.box_id
JOIN sku ON sku.id = line.sku_id
JOIN product ON product.id = sku.product_id
JOIN exclusion AS rule ON rule.subscriber_id = box.subscriber_id
WHERE (rule.kind = 'decaf' AND product.decaf)
   OR (rule.kind = 'caffeine' AND NOT product.decaf)
   OR (rule.kind = 'roast' AND product.roast = rule.value)
   OR (rule.kind = 'process' AND product.process = rule.value)
   OR (rule.kind = 'origin' AND lower(product.origin) = rule.value)
   OR (rule.kind = 'product' AND product.id::text = rule.value)
   OR (rule.kind = 'allergen'
       AND (product.allergens IS NULL OR rule.value = ANY (product.allergens)))
""")

# What a shelf ever took in, against what boxes hold of it.
OVERSOLD = text("""
SELECT count(*) FROM (
  SELECT (SELECT coalesce(sum(quantity), 0) FROM stock_count WHERE sku_id = sku.id) AS came_in,
         (SELECT coalesce(sum(line.units), 0) FROM box_line AS line
          JOIN box ON box.id = line.box_id
          WHERE line.sku_id = sku.id AND box.status NOT IN ('cancelled', 'voided')) AS went_out
  FROM sku) AS shelf
WHERE went_out > came_in
""")

REPEATED = text("""
SELECT count(*) FROM (SELECT 1 FROM box_line GROUP BY box_id, product_id
                      HAVING count(*) > 1 OR sum(units) > 1) AS twice
""")

FILL = text("""
SELECT coalesce(sum(missing), 0) AS missing,
       count(*) FILTER (WHERE status = 'held') AS held,
       (SELECT coalesce(sum(units), 0) FROM box_line) AS units,
       (SELECT round(avg(score)::numeric, 3)::float FROM box_line) AS liking
FROM box WHERE batch_id = :batch
""")

TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")


def count_rows(tools: Tools) -> dict[str, int]:
    """Count the rows of every table, but for the lists of checks and ticks."""
    with tools.sessions() as session:
        names = [name for name in session.scalars(TABLES) if name not in DIARIES]
        return {
            name: session.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()
            for name in names
        }


def look_at(tools: Tools, batch_id: object) -> dict[str, Any]:
    """Return broken exclusions, oversold bags, repeated coffees, and how full boxes are."""
    with tools.sessions() as session:
        fill = session.execute(FILL, {"batch": batch_id}).one()
        return {
            "exclusions_broken": session.scalar(BROKEN),
            "oversold": session.scalar(OVERSOLD),
            "repeated_in_a_box": session.scalar(REPEATED),
            "missing_units": int(fill.missing),
            "held": fill.held,
            "units": int(fill.units),
            "mean_score": fill.liking,
        }


def successes_at_provider(tools: Tools) -> tuple[int, int]:
    """Return how many payments the provider collected, and of how many different boxes."""
    everything = requests.get(f"{tools.settings.stripe_api_base}/_sandbox/export", timeout=120)
    everything.raise_for_status()
    intents = [each for each in everything.json()["payment_intents"] if _is_paid(each)]
    return len(intents), len({_payment_of(each) for each in intents})


def _is_paid(intent: dict[str, Any]) -> bool:
    return bool(intent["status"] == "succeeded")


def _payment_of(intent: dict[str, Any]) -> str:
    return str(intent.get("payment_id") or intent.get("metadata", {}).get("payment_id"))

"""The rows of a batch's export, in the shape that ShipStation imports. Pure.

One row for each line of a box; all rows of a box carry the same order number, which never changes,
so that importing a newer version updates orders and adds none. The same facts give the same bytes
everywhere: no clock, time zone or locale is asked.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from itertools import groupby
from typing import Any

from app.fulfilment.export_cells import decimal_cell, guard_cell, many_lines, one_line
from app.fulfilment.rules import order_number

ORDER, STATUS, SKU, QUANTITY = "Order #", "Order Status", "SKU", "Quantity"
HEADINGS = (
    ORDER,
    "Order Date",
    "Ship By Date",
    "Hold Until Date",
    STATUS,
    "Recipient Full Name",
    "Address Line 1",
    "Address Line 2",
    "City",
    "State",
    "Postal Code",
    "Country Code",
    SKU,
    "Item Name",
    QUANTITY,
    "Unit Price",
    "Unit Weight (g)",
    "Customer Notes",
    "Gift",
    "Gift Message",
    "Custom Field 1",
    "Custom Field 2",
    "Custom Field 3",
)
REASON = "Reason"
LONG_TEXTS = frozenset({"Customer Notes", "Gift Message"})
# The importing side refuses longer cells.
LIMITS = {
    ORDER: 50,
    SKU: 50,
    "Item Name": 200,
    "Customer Notes": 1000,
    "Gift Message": 1000,
    "Custom Field 1": 100,
    "Custom Field 2": 100,
    "Custom Field 3": 100,
}
Row = dict[str, str]


class OrderStatus(StrEnum):
    """What the warehouse is told about an order."""

    AWAITING = "Awaiting Shipment"
    SHIPPED = "Shipped"
    CANCELLED = "Cancelled"


@dataclass(frozen=True)
class BatchFacts:
    """What all orders of a batch share; `ordered_at` is local, `digits` are the currency's."""

    ships_on: date
    ordered_at: datetime
    digits: int


@dataclass(frozen=True)
class LineFacts:
    """One line of one box, with its box's address and note."""

    subscription_number: int
    cycle: int
    shipped: bool
    address: Mapping[str, str]
    note: str
    sku: str
    name: str
    units: int
    unit_cents: int
    grams: int
    gift_message: str = ""


@dataclass(frozen=True)
class Sheet:
    """The rows of one version, in order, and what had to be cut."""

    rows: tuple[Row, ...]
    warnings: tuple[str, ...]

    @property
    def orders(self) -> int:
        return len({row[ORDER] for row in self.rows})


@dataclass(frozen=True)
class ExportFiles:
    """One stored version as files: a CSV, what changed in it, and its manifest."""

    ships_on: date
    run: int
    version: int
    csv: bytes
    delta: bytes
    manifest: bytes

    def named(self) -> dict[str, bytes]:
        """Return each file's content by its name; a day's later batches carry their run."""
        run = f"-run{self.run}" if self.run > 1 else ""
        stem = f"batch-{self.ships_on.isoformat()}{run}-v{self.version}"
        return {
            f"{stem}.csv": self.csv,
            f"{stem}-delta.csv": self.delta,
            f"{stem}-manifest.json": self.manifest,
        }


def build_sheet(batch: BatchFacts, lines: Iterable[LineFacts], earlier: Sequence[Row]) -> Sheet:
    """Return the rows of a batch; orders of the `earlier` version that are gone are cancelled."""
    warnings: dict[str, None] = {}
    rows = [_row(batch, line, warnings) for line in lines]
    present = {row[ORDER] for row in rows}
    rows += [
        {**row, STATUS: OrderStatus.CANCELLED.value} for row in earlier if row[ORDER] not in present
    ]
    rows.sort(key=lambda row: order_key(row[ORDER]))
    return Sheet(tuple(rows), tuple(warnings))


def order_key(number: str) -> tuple[int, ...]:
    """Return what orders are sorted by: the numbers within their number."""
    return tuple(int(each) for each in re.findall(r"\d+", number))


def by_order(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows of each order, as they stand in the file."""
    return {number: list(group) for number, group in groupby(rows, key=lambda row: row[ORDER])}


def render(rows: Iterable[Row], headings: Sequence[str] = HEADINGS) -> bytes:
    """Return rows as CSV: UTF-8 without a mark, LF, headings always in the same order."""
    out = io.StringIO()
    writer = csv.DictWriter(out, headings, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def sha256_of(content: bytes) -> str:
    """Return the checksum by which a version is known."""
    return hashlib.sha256(content).hexdigest()


def render_manifest(manifest: Mapping[str, Any]) -> bytes:
    """Return a manifest as JSON that is the same for the same content."""
    return (json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def sku_totals(rows: Iterable[Row]) -> dict[str, int]:
    """Return the units of each SKU that orders not cancelled ask for."""
    totals: dict[str, int] = {}
    for row in rows:
        if row[STATUS] != OrderStatus.CANCELLED.value:
            totals[row[SKU]] = totals.get(row[SKU], 0) + int(row[QUANTITY])
    return dict(sorted(totals.items()))


def _row(batch: BatchFacts, line: LineFacts, warnings: dict[str, None]) -> Row:
    number = order_number(line.subscription_number, line.cycle)
    status = OrderStatus.SHIPPED if line.shipped else OrderStatus.AWAITING
    fixed = {
        "Order Date": f"{batch.ordered_at:%Y-%m-%d %H:%M:%S}",
        "Ship By Date": f"{datetime.combine(batch.ships_on, time(23, 59, 59)):%Y-%m-%d %H:%M:%S}",
        # Nothing on hold is ever exported; the column stays so that headings never move.
        "Hold Until Date": "",
        STATUS: status.value,
        QUANTITY: str(line.units),
        "Unit Price": decimal_cell(line.unit_cents, batch.digits),
        "Unit Weight (g)": decimal_cell(line.grams, 0),
        "Gift": "Yes" if line.gift_message else "No",
    }
    texts = {ORDER: number, **_texts(batch, line)}
    cells = {heading: _cell(number, heading, text, warnings) for heading, text in texts.items()}
    return {heading: (fixed | cells)[heading] for heading in HEADINGS}


def _texts(batch: BatchFacts, line: LineFacts) -> Row:
    return {
        "Recipient Full Name": line.address.get("name", ""),
        "Address Line 1": line.address.get("line1", ""),
        "Address Line 2": line.address.get("line2", ""),
        "City": line.address.get("city", ""),
        "State": line.address.get("region", ""),
        "Postal Code": line.address.get("postcode", ""),
        "Country Code": line.address.get("country", ""),
        SKU: line.sku,
        "Item Name": line.name or line.sku,
        "Customer Notes": line.note,
        "Gift Message": line.gift_message,
        "Custom Field 1": str(line.cycle),
        "Custom Field 2": batch.ships_on.isoformat(),
        "Custom Field 3": str(line.subscription_number),
    }


def _cell(number: str, heading: str, text: str, warnings: dict[str, None]) -> str:
    cell = guard_cell(many_lines(text) if heading in LONG_TEXTS else one_line(text))
    limit = LIMITS.get(heading, len(cell))
    if len(cell) > limit:
        warnings[f"{number}: {heading} was cut from {len(cell)} to {limit} characters."] = None
    return cell[:limit]

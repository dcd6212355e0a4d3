"""What tests of exports share: the warehouse's side of the file, and a corrected address."""

import csv
import io

from app.fulfilment.export_queries import (
    export_files,
)
from app.fulfilment.export_rules import HEADINGS
from app.fulfilment.services.export_batch import export_batch
from app.people.rules import AddressFields

ELSEWHERE = AddressFields("Zoë 李", "9 High Street", "Salem", "01970", "us", region="MA")


def import_orders(orders: dict, content: bytes) -> None:
    """Import a file as the warehouse's program does: by order number, new rows in place of old."""
    read: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(content.decode(), newline="")):
        assert len(row) >= len(HEADINGS)
        read.setdefault(row["Order #"], []).append(row)
    orders.update(read)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def export(units, actor, shelf):
    with units(actor) as work:
        receipt = export_batch(work, shelf.batch_id)
    with units(actor) as work:
        return receipt, export_files(work.session, shelf.batch_id)

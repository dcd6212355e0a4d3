"""A batch leaves the house as versions of one file that can be imported again and again."""

import csv
import io
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from app.adapters.files import write_export
from app.billing.models import Invoice
from app.billing.rules import InvoiceStatus
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWorkFactory
from app.fulfilment.export_cells import open_cell
from app.fulfilment.export_queries import (
    altered_exports,
    export_files,
    list_exports,
    pick_list,
    render_again,
)
from app.fulfilment.export_rules import HEADINGS
from app.fulfilment.models import Batch, BatchExport, Box
from app.fulfilment.rules import BatchRefusal, BatchStatus, BoxRefusal, BoxStatus
from app.fulfilment.services.correct_address import correct_address
from app.fulfilment.services.export_batch import export_batch
from app.people.rules import AddressFields, PeopleRefusal
from tests.services.paid_boxes import SHIPS_ON, add_box, open_shelf, set_box

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


@pytest.fixture
def three(units, actor):
    """Three paid boxes (one of three coffees, with hostile texts) and others that may not ship."""
    with units(actor) as work:
        shelf = open_shelf(work)
        add_box(work, shelf, 1002, name='=HYPERLINK("x")', note='two\nlines, "quoted"')
        add_box(work, shelf, 1001, lines=3, name="Zoë 李", note="x" * 1200)
        add_box(work, shelf, 1010)
        add_box(work, shelf, 2001, status=BoxStatus.COMPOSED, invoice=InvoiceStatus.OPEN)
        add_box(work, shelf, 2002, status=BoxStatus.HELD)
        add_box(work, shelf, 2003, status=BoxStatus.SKIPPED)
        add_box(work, shelf, 2004, status=BoxStatus.CANCELLED)
        add_box(work, shelf, 2005, status=BoxStatus.VOIDED, invoice=InvoiceStatus.VOID)
        add_box(work, shelf, 2006, invoice=InvoiceStatus.OPEN)
    return shelf


def test_an_export_holds_each_paid_box_with_one_row_a_line(units, actor, three):
    receipt, files = export(units, actor, three)
    rows = rows_of(files.csv)
    assert [row["Order #"] for row in rows] == ["BW-1001-0"] * 3 + ["BW-1002-0", "BW-1010-0"]
    assert (receipt.version, receipt.orders, receipt.rows, receipt.new) == (1, 3, 5, True)
    assert rows[0] == {
        "Order #": "BW-1001-0",
        "Order Date": "2027-03-01 02:00:00",
        "Ship By Date": "2027-03-03 23:59:59",
        "Hold Until Date": "",
        "Order Status": "Awaiting Shipment",
        "Recipient Full Name": "Zoë 李",
        "Address Line 1": "1 Main Street",
        "Address Line 2": "",
        "City": "Boston",
        "State": "MA",
        "Postal Code": "02134",
        "Country Code": "US",
        "SKU": "SKU-1",
        "Item Name": "Coffee 1",
        "Quantity": "1",
        "Unit Price": "15.00",
        "Unit Weight (g)": "250.00",
        "Customer Notes": "x" * 1000,
        "Gift": "No",
        "Gift Message": "",
        "Custom Field 1": "0",
        "Custom Field 2": "2027-03-03",
        "Custom Field 3": "1001",
    }
    assert receipt.warnings == ("BW-1001-0: Customer Notes was cut from 1200 to 1000 characters.",)


def test_hostile_cells_are_inert_and_texts_stay_whole(units, actor, three):
    _, files = export(units, actor, three)
    content = files.csv.decode()
    assert content.startswith(",".join(HEADINGS) + "\n") and "\r" not in content
    assert '"\'=HYPERLINK(""x"")"' in content
    assert '"two\nlines, ""quoted"""' in content
    row = rows_of(files.csv)[3]
    assert open_cell(row["Recipient Full Name"]) == '=HYPERLINK("x")'
    assert row["Customer Notes"] == 'two\nlines, "quoted"'


def test_the_same_export_again_adds_no_version(units, actor, clock, three):
    first, _ = export(units, actor, three)
    clock.move_to(clock.moment.replace(year=2028))
    second, _ = export(units, actor, three)
    assert second == replace(first, new=False)
    with units(actor) as work:
        assert len(work.session.scalars(select(BatchExport.version)).all()) == 1


def test_export_twice_with_a_cancel_and_a_correction_in_between(units, actor, three):
    warehouse: dict[str, list[dict[str, str]]] = {}
    _, files = export(units, actor, three)
    import_orders(warehouse, files.csv)
    with units(actor) as work:
        set_box(work, three.boxes[0], BoxStatus.CANCELLED, "refunded at the subscriber's wish")
        correct_address(work, three.boxes[2], ELSEWHERE)
    receipt, files = export(units, actor, three)
    import_orders(warehouse, files.csv)

    statuses = {number: rows[0]["Order Status"] for number, rows in warehouse.items()}
    assert statuses == {
        "BW-1001-0": "Awaiting Shipment",
        "BW-1002-0": "Cancelled",
        "BW-1010-0": "Awaiting Shipment",
    }
    assert receipt.version == 2 and receipt.rows == 5
    moved = warehouse["BW-1010-0"][0]
    assert (moved["Recipient Full Name"], moved["Postal Code"], moved["Country Code"]) == (
        "Zoë 李",
        "01970",
        "US",
    )
    delta = rows_of(files.delta)
    assert [(row["Order #"], row["Reason"]) for row in delta] == [
        ("BW-1002-0", "cancelled: refunded at the subscriber's wish"),
        ("BW-1010-0", "changed: Recipient Full Name, Address Line 1, City, Postal Code"),
    ]


def test_a_cancelled_order_stays_cancelled_in_later_versions(units, actor, three):
    export(units, actor, three)
    with units(actor) as work:
        set_box(work, three.boxes[0], BoxStatus.CANCELLED)
    export(units, actor, three)
    with units(actor) as work:
        correct_address(work, three.boxes[2], ELSEWHERE)
    _, files = export(units, actor, three)
    assert [row["Order #"] for row in rows_of(files.delta)] == ["BW-1010-0"]
    assert rows_of(files.csv)[3]["Order Status"] == "Cancelled"


def test_a_box_whose_money_went_back_is_cancelled_in_the_next_version(units, actor, three):
    export(units, actor, three)
    with units(actor) as work:
        box = work.session.get_one(Box, three.boxes[0])
        work.session.get_one(Invoice, box.invoice_id).status = InvoiceStatus.REFUNDED
    _, files = export(units, actor, three)
    assert [row["Reason"] for row in rows_of(files.delta)] == ["cancelled: refunded"]


def test_a_box_paid_later_is_new_in_the_next_version(units, actor, three):
    export(units, actor, three)
    with units(actor) as work:
        set_box(work, three.boxes[3], BoxStatus.RELEASED)
        box = work.session.get_one(Box, three.boxes[3])
        work.session.get_one(Invoice, box.invoice_id).status = InvoiceStatus.PAID
    receipt, files = export(units, actor, three)
    assert [(row["Order #"], row["Reason"]) for row in rows_of(files.delta)] == [
        ("BW-2001-0", "new")
    ]
    assert receipt.orders == 4


def test_the_manifest_proves_the_file_and_sums_it_up(units, actor, three):
    first, _ = export(units, actor, three)
    with units(actor) as work:
        set_box(work, three.boxes[0], BoxStatus.CANCELLED, "moved away")
    second, files = export(units, actor, three)
    manifest = json.loads(files.manifest)
    assert manifest["batch_day"] == SHIPS_ON.isoformat()
    assert (manifest["version"], manifest["orders"], manifest["rows"]) == (2, 3, 5)
    assert manifest["sha256"] == second.sha256 != manifest["previous_sha256"] == first.sha256
    assert manifest["units_by_sku"] == {"SKU-1": 2, "SKU-2": 2, "SKU-3": 3}
    assert manifest["delta"] == {
        "new": 0,
        "changed": 0,
        "cancelled": 1,
        "rows": 1,
        "reasons": {"cancelled: moved away": 1},
        "orders": {"BW-1002-0": "cancelled: moved away"},
    }
    with units(actor) as work:
        newest, oldest = list_exports(work.session, three.batch_id)
    assert (newest.version, newest.cancelled, oldest.version, oldest.new) == (2, 1, 1, 3)


def test_stored_rows_give_the_same_bytes_again(units, actor, three):
    receipt, _ = export(units, actor, three)
    with units(actor) as work:
        stored = work.session.scalars(select(BatchExport)).one()
        assert render_again(work.session, stored.id) == receipt.sha256
        assert altered_exports(work.session) == ()
    with units(actor) as work:
        work.session.execute(text("UPDATE batch_export SET csv = csv || 'x'"))
        assert [each.version for each in altered_exports(work.session)] == [1]


def test_the_pick_list_counts_what_is_paid_and_still_here(units, actor, three):
    with units(actor) as work:
        picks = pick_list(work.session, three.batch_id)
    assert [(each.sku, each.units, each.boxes) for each in picks] == [
        ("SKU-1", 3, 3),
        ("SKU-2", 2, 1),
        ("SKU-3", 3, 1),
    ]


def test_an_export_without_paid_boxes_is_refused(units, actor):
    with units(actor) as work:
        shelf = open_shelf(work)
        add_box(work, shelf, 1001, status=BoxStatus.COMPOSED, invoice=InvoiceStatus.OPEN)
    with pytest.raises(Refused) as refused, units(actor) as work:
        export_batch(work, shelf.batch_id)
    assert refused.value.refusal is BatchRefusal.EMPTY


def test_a_batch_that_is_not_composed_is_refused(units, actor):
    with units(actor) as work:
        shelf = open_shelf(work)
        other = Batch(
            ships_on=date(2027, 4, 3),
            cutoff_at=work.now,
            locks_at=work.now,
            status=BatchStatus.LOCKED,
        )
        work.session.add(other)
        work.session.flush()
        with pytest.raises(Refused) as refused:
            export_batch(work, other.id)
        assert refused.value.refusal is BatchRefusal.NOT_COMPOSED
        with pytest.raises(Refused) as refused:
            export_batch(work, shelf.plan_id)
        assert refused.value.refusal is BatchRefusal.UNKNOWN


@pytest.mark.parametrize(
    ("place", "refusal"), [(4, None), (5, BoxRefusal.NOT_FROZEN), (6, BoxRefusal.ENDED)]
)
def test_only_a_box_that_is_frozen_and_here_can_be_sent_elsewhere(
    units, actor, three, place, refusal
):
    with units(actor) as work:
        if refusal is None:
            correct_address(work, three.boxes[place], ELSEWHERE)
            assert work.session.get_one(Box, three.boxes[place]).address["city"] == "Salem"
            return
        with pytest.raises(Refused) as refused:
            correct_address(work, three.boxes[place], ELSEWHERE)
        assert refused.value.refusal is refusal


def test_an_address_with_a_blank_is_refused_with_its_field(units, actor, three):
    with units(actor) as work, pytest.raises(Refused) as refused:
        correct_address(work, three.boxes[0], replace(ELSEWHERE, city=" "))
    assert (refused.value.refusal, refused.value.field) == (
        PeopleRefusal.ADDRESS_INCOMPLETE,
        "city",
    )


def test_files_appear_whole_and_writing_them_again_changes_nothing(units, actor, three, tmp_path):
    _, files = export(units, actor, three)
    folder = tmp_path / "out" / "warehouse"
    for _ in range(2):
        paths = write_export(files, folder)
        assert [path.name for path in paths] == [
            "batch-2027-03-03-v1.csv",
            "batch-2027-03-03-v1-delta.csv",
            "batch-2027-03-03-v1-manifest.json",
        ]
        assert sorted(folder.iterdir()) == sorted(paths)
        assert paths[0].read_bytes() == files.csv
    later = replace(files, run=2)
    assert write_export(later, folder)[0].name == "batch-2027-03-03-run2-v1.csv"


ELSEWHERE_SCRIPT = """
import sys, uuid
from app.core.clock import RealClock
from app.core.database import make_engine, make_sessions
from app.core.shop import Shop
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.fulfilment.services.export_batch import export_batch
units = UnitOfWorkFactory(make_sessions(make_engine(sys.argv[1])), RealClock(), Shop(), print)
with units.rehearse(Actor("system")) as work:
    print(export_batch(work, uuid.UUID(sys.argv[2])).sha256)
"""


@pytest.mark.parametrize(
    ("zone", "locale", "seed"), [("Pacific/Kiritimati", "C", "1"), ("UTC", "de_DE.UTF-8", "77")]
)
def test_bytes_do_not_depend_on_the_machine(units, actor, three, database_url, zone, locale, seed):
    with units.rehearse(actor) as work:
        here = export_batch(work, three.batch_id).sha256
    there = subprocess.run(
        [sys.executable, "-c", ELSEWHERE_SCRIPT, database_url, str(three.batch_id)],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == here


def test_the_shops_own_zone_decides_the_order_date(units, actor, three, shop):
    tokyo = replace(shop, zone=ZoneInfo("Asia/Tokyo"))
    abroad = UnitOfWorkFactory(units.sessions, units.clock, tokyo, units.ring)
    _, files = export(abroad, actor, three)
    assert rows_of(files.csv)[0]["Order Date"] == "2027-03-01 16:00:00"


def test_a_large_batch_is_exported_in_seconds(units, actor):
    with units(actor) as work:
        shelf = open_shelf(work)
        first = add_box(work, shelf, 900_000, lines=3)
        copy_box(work, first, 2_845)
    started = time.perf_counter()
    with units(actor) as work:
        receipt = export_batch(work, shelf.batch_id)
    assert (receipt.orders, receipt.rows) == (2_846, 8_538)
    assert time.perf_counter() - started < 6


def copy_box(work, box_id, copies: int) -> None:
    """Copy a box with its lines, subscription and invoice many times over."""
    work.session.execute(
        text(
            """
            CREATE TEMPORARY TABLE twin ON COMMIT DROP AS SELECT n,
              gen_random_uuid() AS box, gen_random_uuid() AS sub, gen_random_uuid() AS bill
              FROM generate_series(1, :copies) AS n;
            INSERT INTO subscription (id, number, subscriber_id, plan_id, address_id, size,
              price_cents, grind, status)
              SELECT sub, 900000 + n, subscriber_id, plan_id, address_id, size, price_cents, grind,
              status FROM subscription, twin WHERE number = 900000;
            INSERT INTO invoice (id, subscription_id, subscriber_id, cycle, currency, net_cents,
              tax_cents, total_cents, tax_bp, status, issued_at)
              SELECT bill, sub, subscriber_id, cycle, currency, net_cents, tax_cents, total_cents,
              tax_bp, status, issued_at FROM invoice, twin;
            INSERT INTO box (id, subscription_id, subscriber_id, cycle, batch_id, ships_on,
              cutoff_at, status, address, note, invoice_id)
              SELECT twin.box, sub, subscriber_id, cycle, batch_id, ships_on, cutoff_at, status,
              address, note, bill FROM box, twin WHERE box.id = :box;
            INSERT INTO box_line (box_id, position, sku_id, product_id, name, units, unit_cents,
              score, source)
              SELECT twin.box, position, sku_id, product_id, name, units, unit_cents, score, source
              FROM box_line, twin WHERE box_id = :box;
            """.replace(":copies", str(copies)).replace(":box", f"'{box_id}'")
        )
    )


def test_exports_at_once_make_one_version(units, actor, three):
    def run(_):
        with units(actor) as work:
            return export_batch(work, three.batch_id)

    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(run, range(4)))
    assert sorted(receipt.new for receipt in receipts) == [False, False, False, True]
    assert len({(receipt.version, receipt.sha256) for receipt in receipts}) == 1

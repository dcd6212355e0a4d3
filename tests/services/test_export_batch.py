"""A batch leaves the house as versions of one file that can be imported again and again."""

import json
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, text

from app.billing.models import Invoice
from app.billing.rules import InvoiceStatus
from app.core.refusals import Refused
from app.fulfilment.export_cells import open_cell
from app.fulfilment.export_queries import (
    altered_exports,
    list_exports,
    pick_list,
    render_again,
)
from app.fulfilment.export_rules import HEADINGS
from app.fulfilment.models import Batch, BatchExport, Box
from app.fulfilment.rules import BatchRefusal, BatchStatus, BoxStatus
from app.fulfilment.services.correct_address import correct_address
from app.fulfilment.services.export_batch import export_batch
from tests.services.exported import ELSEWHERE, export, import_orders, rows_of
from tests.services.paid_boxes import SHIPS_ON, add_box, open_shelf, set_box


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

"""Tracking numbers come back: boxes leave once, letters are promised once, numbers are kept."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from app.catalog.models import Reservation, Stock
from app.catalog.rules import HoldStatus
from app.core.outbox import Letter
from app.fulfilment.export_queries import export_files
from app.fulfilment.models import Box, Parcel, Tracking
from app.fulfilment.rules import BoxStatus, ParcelStatus
from app.fulfilment.services.export_batch import export_batch
from app.fulfilment.services.record_tracking import record_tracking
from app.fulfilment.tracking_rules import LineProblem, TrackingRow, read_tracking
from tests.services.paid_boxes import add_box, open_shelf, set_box

FILE = """Order #,Carrier,Tracking #,Ship Date
BW-1001-0,UPS,1Z-A,2027-03-03
BW-1001-0,UPS,1Z-B,2027-03-03
BW-1002-0,USPS,9400,
"""


@pytest.fixture
def shelf(units, actor, clock):
    clock.move_to(datetime(2027, 3, 4, 15, 0, tzinfo=UTC))
    with units(actor) as work:
        shelf = open_shelf(work)
        add_box(work, shelf, 1001, lines=2)
        add_box(work, shelf, 1002)
        add_box(work, shelf, 1003)
    return shelf


def record(units, actor, rows):
    with units(actor) as work:
        return record_tracking(work, rows)


def count(units, actor, what) -> int:
    with units(actor) as work:
        return work.session.scalar(select(func.count()).select_from(what))


def test_the_first_number_ships_the_box_its_parcel_and_its_stock(units, actor, shelf):
    report = record(units, actor, read_tracking(FILE).rows)
    assert set(report.shipped) == set(shelf.boxes[:2])
    assert (report.duplicates, report.problems) == (0, ())
    with units(actor) as work:
        box = work.session.get_one(Box, shelf.boxes[0])
        parcel = work.session.scalars(select(Parcel).where(Parcel.box_id == box.id)).one()
        assert (box.status, parcel.status) == (BoxStatus.SHIPPED, ParcelStatus.SHIPPED)
        assert box.shipped_at == parcel.shipped_at == datetime(2027, 3, 3, 17, 0, tzinfo=UTC)
        assert work.session.get_one(Box, shelf.boxes[1]).shipped_at == work.now
        holds = work.session.execute(select(Reservation.status, func.count()).group_by("status"))
        assert dict(holds.all()) == {HoldStatus.SHIPPED: 3, HoldStatus.HELD: 1}
        stock = work.session.get_one(Stock, shelf.skus[0].id)
        assert (stock.on_hand, stock.reserved, stock.shipped) == (87, 1, 2)


def test_importing_twice_sends_one_letter_and_keeps_both_numbers(units, actor, shelf):
    record(units, actor, read_tracking(FILE).rows)
    again = record(units, actor, read_tracking(FILE).rows)
    assert (again.shipped, again.duplicates, again.problems) == ((), 3, ())
    assert count(units, actor, Tracking) == 3
    with units(actor) as work:
        letters = work.session.scalars(select(Letter).order_by(Letter.id)).all()
        assert [letter.kind for letter in letters] == ["box_shipped"] * 2
        assert letters[0].reference == str(shelf.boxes[0])
        assert letters[0].facts == {
            "order_number": "BW-1001-0",
            "shipped_on": "2027-03-03",
            "numbers": [
                {"carrier": "UPS", "number": "1Z-A"},
                {"carrier": "UPS", "number": "1Z-B"},
            ],
        }


def test_a_number_that_comes_later_is_added_without_a_second_letter(units, actor, shelf):
    record(units, actor, [TrackingRow("BW-1001-0", "UPS", "1")])
    later = record(units, actor, [TrackingRow("BW-1001-0", "UPS", "2")])
    assert (later.shipped, later.duplicates) == ((), 0)
    assert (count(units, actor, Tracking), count(units, actor, Letter)) == (2, 1)


def test_the_same_number_twice_in_a_file_counts_once(units, actor, shelf):
    report = record(units, actor, [TrackingRow("BW-1001-0", "UPS", "1")] * 2)
    assert (len(report.shipped), report.duplicates) == (1, 1)


def test_rows_that_fit_no_box_are_named_and_the_others_recorded(units, actor, shelf):
    with units(actor) as work:
        set_box(work, shelf.boxes[1], BoxStatus.CANCELLED)
    row = TrackingRow("BW-1001-0", "UPS", "1", line=2)
    report = record(
        units,
        actor,
        [
            row,
            replace(row, order_number="BW-9-9", line=3),
            replace(row, order_number="BW-1002-0", line=4),
            replace(row, order_number="BW-1003-0", shipped_on=date(2027, 3, 5), line=7),
        ],
    )
    assert report.shipped == (shelf.boxes[0],)
    assert report.problems == (
        LineProblem(3, "order_number", "There is no released box with this number."),
        LineProblem(4, "order_number", "This box was cancelled."),
        LineProblem(7, "shipped_on", "This day lies ahead."),
    )


def test_no_rows_change_nothing(units, actor, shelf, queue):
    report = record(units, actor, [])
    assert (report.shipped, report.duplicates, report.problems, queue.rings) == ((), 0, (), [])


def test_shipped_boxes_are_exported_as_shipped(units, actor, shelf):
    with units(actor) as work:
        export_batch(work, shelf.batch_id)
        record_tracking(work, read_tracking(FILE).rows)
    with units(actor) as work:
        assert export_batch(work, shelf.batch_id).version == 2
        files = export_files(work.session, shelf.batch_id)
    assert files.csv.decode().count(",Shipped,") == 3
    assert files.delta.decode().count("changed: Order Status") == 3


def test_the_same_file_imported_by_several_at_once_ships_each_box_once(units, actor, shelf):
    rows = read_tracking(FILE).rows
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: record(units, actor, rows), range(4)))
    assert sorted(len(report.shipped) for report in reports) == [0, 0, 0, 2]
    assert (count(units, actor, Tracking), count(units, actor, Letter)) == (3, 2)
    with units(actor) as work:
        assert work.session.get_one(Stock, shelf.skus[0].id).shipped == 2

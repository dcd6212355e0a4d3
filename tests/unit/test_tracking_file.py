"""Tracking files are read line by line; each bad line is named with its field and reason."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.fulfilment.tracking_rules import LineProblem, TrackingRow, read_tracking

HEAD = "Order #,Carrier,Tracking Number,Ship Date\n"


def test_good_rows_are_read_with_the_names_that_programs_use():
    read = read_tracking(
        "\ufeff" + HEAD + "BW-1-0,UPS, 1Z 9 ,2027-03-03\r\n\nBW-2-0,USPS,94,3/4/2027\n"
    )
    assert read.rows == (
        TrackingRow("BW-1-0", "UPS", "1Z 9", date(2027, 3, 3), 2),
        TrackingRow("BW-2-0", "USPS", "94", date(2027, 3, 4), 4),
    )
    assert read.problems == ()


def test_columns_may_stand_in_any_order_and_the_day_may_be_left_out():
    read = read_tracking("number,extra,order_number,carrier\n7,x,BW-1-0,DHL\n")
    assert read.rows == (TrackingRow("BW-1-0", "DHL", "7", None, 2),)


def test_each_bad_line_is_named_and_the_good_ones_are_kept():
    read = read_tracking(
        HEAD
        + ",UPS,1,\n"
        + "BW-1-0,,2,tomorrow\n"
        + 'BW-1-0,"UPS"x,3,\n'
        + "BW-1-0\n"
        + f"BW-1-0,UPS,{'9' * 101},\n"
        + "BW-1-0,UPS,4,2027-02-30\n"
        + "BW-1-0,UPS,5,\n"
    )
    assert [row.number for row in read.rows] == ["5"]
    assert sorted((each.line, each.field) for each in read.problems) == [
        (2, "order_number"),
        (3, "carrier"),
        (3, "shipped_on"),
        (4, "line"),
        (5, "carrier"),
        (5, "number"),
        (6, "number"),
        (7, "shipped_on"),
    ]


def test_a_file_without_the_needed_columns_names_them():
    assert read_tracking("a,b\n1,2\n").problems == tuple(
        LineProblem(1, field, "There is no such column.")
        for field in ("order_number", "carrier", "number")
    )
    assert len(read_tracking("").problems) == 3


def test_a_quote_that_never_ends_is_named_with_the_line_where_it_began():
    read = read_tracking(HEAD + 'BW-1-0,UPS,1,\nBW-2-0,"UPS,2,\nBW-3-0,UPS,3,\n')
    assert [row.number for row in read.rows] == ["1"]
    assert [(each.line, each.field) for each in read.problems] == [(3, "line")]


@given(st.text() | st.text(alphabet='",\r\n\0ab').map(lambda text: HEAD + text))
def test_no_text_stops_the_reading(text):
    read_tracking(text)

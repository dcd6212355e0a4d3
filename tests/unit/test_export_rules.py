"""Rows and differences of exports, from facts alone."""

from datetime import date, datetime

import pytest

from app.fulfilment.export_delta import changes_between, delta_rows, delta_summary
from app.fulfilment.export_rules import (
    HEADINGS,
    LIMITS,
    BatchFacts,
    LineFacts,
    build_sheet,
    render,
    sku_totals,
)

BATCH = BatchFacts(date(2027, 3, 3), datetime(2027, 3, 1, 2, 0), 2)


def line(number=1001, **changes):
    facts = {
        "subscription_number": number,
        "cycle": 0,
        "shipped": False,
        "address": {"name": "Ada", "line1": "1 Main Street", "city": "Boston", "country": "US"},
        "note": "",
        "sku": "SKU-1",
        "name": "Coffee",
        "units": 1,
        "unit_cents": 1500,
        "grams": 250,
    }
    return LineFacts(**{**facts, **changes})


def sheet(*lines, earlier=()):
    return build_sheet(BATCH, lines, earlier)


def test_orders_are_sorted_by_their_numbers_not_their_letters():
    rows = sheet(line(1010), line(999, cycle=12), line(999, cycle=2)).rows
    assert [row["Order #"] for row in rows] == ["BW-999-2", "BW-999-12", "BW-1010-0"]


def test_headings_stand_in_the_declared_order_whatever_order_a_row_has():
    row = sheet(line()).rows[0]
    backwards = dict(reversed(row.items()))
    assert render([row]) == render([backwards])
    assert render([row]).decode().splitlines()[0] == ",".join(HEADINGS)


@pytest.mark.parametrize(
    ("field", "heading"),
    [
        ("note", "Customer Notes"),
        ("name", "Item Name"),
        ("sku", "SKU"),
        ("gift_message", "Gift Message"),
    ],
)
def test_a_text_that_is_too_long_is_cut_with_one_warning(field, heading):
    limit = LIMITS[heading]
    fits = sheet(line(**{field: "x" * limit}))
    assert fits.warnings == () and fits.rows[0][heading] == "x" * limit
    cut = sheet(*[line(**{field: "=" * (limit + 1)})] * 2)
    assert cut.rows[0][heading] == "'" + "=" * (limit - 1)
    assert cut.warnings == (
        f"BW-1001-0: {heading} was cut from {limit + 2} to {limit} characters.",
    )


def test_a_gift_carries_its_flag_and_message():
    row = sheet(line(gift_message="With love,\r\nAda")).rows[0]
    assert (row["Gift"], row["Gift Message"]) == ("Yes", "With love,\nAda")


def test_an_address_on_several_lines_becomes_one_line():
    row = sheet(line(address={"line1": " 1 Main\r\nStreet\t"})).rows[0]
    assert row["Address Line 1"] == "1 Main Street"


def test_a_shipped_box_is_a_changed_order():
    before = sheet(line()).rows
    after = sheet(line(shipped=True), earlier=before).rows
    changes = changes_between(before, after, {})
    assert [(each.kind, each.reason) for each in changes] == [("changed", "changed: Order Status")]


def test_only_the_rows_that_differ_are_in_the_delta():
    before = sheet(line(sku="A"), line(sku="B")).rows
    after = sheet(line(sku="A"), line(sku="B", units=2), earlier=before).rows
    rows = delta_rows(changes_between(before, after, {}))
    assert [(row["SKU"], row["Reason"]) for row in rows] == [("B", "changed: Quantity")]


def test_an_order_with_a_line_more_or_less_is_told_whole():
    before = sheet(line(sku="A"), line(sku="B")).rows
    after = sheet(line(sku="A"), earlier=before).rows
    rows = delta_rows(changes_between(before, after, {}))
    assert [(row["SKU"], row["Reason"]) for row in rows] == [("A", "changed: lines")]


def test_a_cancelled_order_names_its_reason_on_one_line_and_leaves_the_totals():
    before = sheet(line(), line(1002)).rows
    after = sheet(line(1002), earlier=before).rows
    changes = changes_between(before, after, {"BW-1001-0": "moved\naway"})
    assert delta_summary(changes) == {
        "new": 0,
        "changed": 0,
        "cancelled": 1,
        "rows": 1,
        "reasons": {"cancelled: moved away": 1},
        "orders": {"BW-1001-0": "cancelled: moved away"},
    }
    assert sku_totals(after) == {"SKU-1": 1}


def test_the_same_rows_have_no_difference():
    rows = sheet(line(), line(1002)).rows
    assert changes_between(rows, sheet(line(), line(1002), earlier=rows).rows, {}) == ()

"""Cells of the warehouse's file are inert, lose nothing, and fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fulfilment.export_cells import decimal_cell, guard_cell, many_lines, one_line, open_cell

DANGEROUS = "=+-@\t\r\n＝＋－＠"


@pytest.mark.parametrize("start", DANGEROUS)
def test_a_cell_that_could_be_a_formula_starts_with_an_apostrophe(start):
    assert guard_cell(f"{start}1+1") == f"'{start}1+1"
    assert guard_cell(f"  {start}1+1") == f"'  {start}1+1"


@pytest.mark.parametrize("text", ["", "Zoë 李", "02134", "'t Hooft", "O'Neil", "a=b", "1-2"])
def test_other_cells_stay_as_they_are(text):
    assert guard_cell(text) == open_cell(text) == text


@given(st.text(alphabet=st.sampled_from(" '=+-@\tab李"), max_size=8) | st.text())
def test_what_was_written_is_read_back(text):
    assert open_cell(guard_cell(text)) == text
    assert guard_cell(text).strip()[:1] not in tuple(DANGEROUS)


@given(st.text())
def test_notes_have_plain_line_ends_only(text):
    for cell in (many_lines(text), one_line(text)):
        assert cell.split("\n") == (cell.splitlines() or [""])
        assert not set(cell) & {"\0", "\r", "\x1b", "\x7f"}
    assert "\n" not in one_line(text)


@pytest.mark.parametrize(
    ("minor", "digits", "cell"),
    [(1500, 2, "15.00"), (5, 2, "0.05"), (1500, 0, "1500.00"), (12345, 3, "12.35"), (0, 2, "0.00")],
)
def test_amounts_have_two_decimals_in_every_currency(minor, digits, cell):
    assert decimal_cell(minor, digits) == cell

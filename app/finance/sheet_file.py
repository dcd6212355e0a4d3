"""Writes tables as CSV and XLSX files that come out the same, byte for byte, on every run.

Rows are taken one at a time, so that a file of any length needs the same memory. No text of ours
or of a subscriber can become a formula: in CSV it is guarded, in XLSX every text is written as
text. Amounts are exact: cents in, decimals of the currency out.
"""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import BinaryIO

from babel.numbers import get_currency_precision
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.core.money import Money
from app.fulfilment.export_cells import guard_cell, one_line

Cell = str | int | date | Money | None
# What a spreadsheet can hold; the heading takes a row of it.
MOST_ROWS = 1_048_575
LONGEST_TEXT = 32_767
# A file says nothing of when it was written, or it would never come out the same again.
BORN = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)


class FileKind(StrEnum):
    """How a table is written."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True)
class Sheet:
    """A table: its name, the headings of its columns and its rows, which are read once."""

    name: str
    headings: tuple[str, ...]
    rows: Iterable[tuple[Cell, ...]]


def write_sheet(sheet: Sheet, kind: FileKind, file: BinaryIO) -> int:
    """Write a table into an open file; return how many rows it has without the heading."""
    return WRITERS[kind](sheet, file)


def amount(money: Money) -> Decimal:
    """Return an amount in whole units of its currency, with as many digits as that has."""
    return Decimal(money.cents).scaleb(-get_currency_precision(money.currency))


def _write_csv(sheet: Sheet, file: BinaryIO) -> int:
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(sheet.headings)
    count = 0
    for row in sheet.rows:
        writer.writerow([_plain(cell) for cell in row])
        count += 1
    text.detach()
    return count


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Money):
        return f"{amount(cell):f}"
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell) if isinstance(cell, int) else guard_cell(one_line(cell))


def _write_xlsx(sheet: Sheet, file: BinaryIO) -> int:
    book = Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    book.set_properties({"title": sheet.name, "created": BORN})
    pages = _Pages(book, sheet)
    count = 0
    for count, row in enumerate(sheet.rows, start=1):
        page, at = pages.place(count)
        for column, cell in enumerate(row):
            pages.write(page, at, column, cell)
    book.close()
    return count


class _Pages:
    """The pages of one workbook: a further one where the table is longer than a page can be."""

    def __init__(self, book: Workbook, sheet: Sheet) -> None:
        self.book, self.sheet = book, sheet
        self.bold = book.add_format({"bold": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.money: dict[int, Format] = {}
        self.page = self._add(sheet.name)

    def place(self, count: int) -> tuple[Worksheet, int]:
        """Return the page and the line on which row number `count` stands."""
        number, at = divmod(count - 1, MOST_ROWS)
        if number and not at:
            self.page = self._add(f"{self.sheet.name} {number + 1}")
        return self.page, at + 1

    def write(self, page: Worksheet, at: int, column: int, cell: Cell) -> None:
        """Write one cell by its kind; a text is never anything but a text."""
        if isinstance(cell, Money):
            page.write_number(at, column, amount(cell), self._money(cell.currency))
        elif isinstance(cell, date):
            page.write_datetime(at, column, cell, self.day)
        elif isinstance(cell, int):
            page.write_number(at, column, cell)
        elif cell:
            page.write_string(at, column, one_line(cell)[:LONGEST_TEXT])

    def _money(self, currency: str) -> Format:
        digits = get_currency_precision(currency)
        if digits not in self.money:
            pattern = "#,##0" + ("." + "0" * digits if digits else "")
            self.money[digits] = self.book.add_format({"num_format": pattern})
        return self.money[digits]

    def _add(self, name: str) -> Worksheet:
        page = self.book.add_worksheet(name[:31])
        page.set_column(0, len(self.sheet.headings) - 1, 16)
        page.freeze_panes(1, 0)
        for column, heading in enumerate(self.sheet.headings):
            page.write_string(0, column, heading, self.bold)
        return page


WRITERS: dict[FileKind, Callable[[Sheet, BinaryIO], int]] = {
    FileKind.CSV: _write_csv,
    FileKind.XLSX: _write_xlsx,
}

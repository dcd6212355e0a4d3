"""Reads a CSV file as the world sends it: every bad line is named, every good one is kept.

Pure: bytes in, lines and problems out. UTF-8 with or without a mark at its start, any line ends.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from app.core.refusals import Refusal, Refused

LARGEST_FILE = 64_000_000
LONGEST_CELL = 2_000
SHOWN = 40
BLANK = "This must not be blank."
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


class FileRefusal(Refusal):
    """Why a file cannot be read at all."""

    EMPTY = "This file is empty."
    TOO_LARGE = "This file is too large. Please split it."
    NOT_UTF8 = "This file is not UTF-8 text. Please save it as CSV in UTF-8."
    WRONG_HEADINGS = "This file has other columns than expected. These are missing:"
    TWICE = "A column stands twice in this file:"


class Severity(StrEnum):
    """What was done about a problem: the row left out, its value left out, or its value changed."""

    ROW_DROPPED = "row-dropped"
    VALUE_DROPPED = "value-dropped"
    VALUE_CHANGED = "value-changed"


@dataclass(frozen=True)
class LineProblem:
    """What is wrong in a file: which line, which field of it, why, and what was done about it."""

    line: int
    field: str
    reason: str
    severity: Severity


@dataclass(frozen=True)
class Line:
    """A line of a file by its headings, cells without blanks around them; `number` counts from 1.

    What a reader finds wrong with it is collected in `problems`, which the whole file shares.
    """

    number: int
    cells: Mapping[str, str]
    problems: list[LineProblem]

    def __getitem__(self, field: str) -> str:
        """Return a cell; a column that the file does not have is blank."""
        return self.cells.get(field, "")

    def drop(self, field: str, reason: str) -> None:
        """Note that the whole row is left out."""
        self.problems.append(LineProblem(self.number, field, reason, Severity.ROW_DROPPED))

    def drop_value(self, field: str, reason: str) -> None:
        """Note that one value is left out and the row kept."""
        self.problems.append(LineProblem(self.number, field, reason, Severity.VALUE_DROPPED))

    def change_value(self, field: str, reason: str) -> None:
        """Note that one value was changed and the row kept."""
        self.problems.append(LineProblem(self.number, field, reason, Severity.VALUE_CHANGED))


@dataclass(frozen=True)
class ImportReport:
    """What an import did: rows new, changed, unchanged and dropped, and all that was wrong."""

    new: int
    changed: int
    unchanged: int
    problems: tuple[LineProblem, ...]

    @property
    def dropped(self) -> int:
        """How many rows were left out."""
        return len({each.line for each in self.problems if each.severity is Severity.ROW_DROPPED})


def read_lines(
    content: bytes, needed: Sequence[str], problems: list[LineProblem]
) -> Iterator[Line]:
    """Return the lines of a CSV file that can be read; refuse a file without the needed columns."""
    records = _records(_rows_of(content), problems)
    _, first = next(records, (1, []))
    headings = [" ".join(cell.split()).casefold() for cell in first]
    _check_headings(headings, needed)
    return _good_lines(records, headings, problems)


def without_repeats(lines: Iterable[Line], field: str) -> Iterator[Line]:
    """Leave out lines without a value in `field`, or with one that an earlier line has."""
    seen: dict[str, int] = {}
    for line in lines:
        value = line[field]
        if not value:
            line.drop(field, BLANK)
        elif value in seen:
            line.drop(field, f"{shown(value)} stands in line {seen[value]} already.")
        else:
            seen[value] = line.number
            yield line


def shown(value: str) -> str:
    """Return a value as a report quotes it: short and on one line."""
    plain = " ".join(value.split())
    return f"“{plain[:SHOWN]}…”" if len(plain) > SHOWN else f"“{plain}”"


def _rows_of(content: bytes) -> list[str]:
    if len(content) > LARGEST_FILE:
        raise Refused(FileRefusal.TOO_LARGE)
    if content.startswith(WIDE_MARKS):
        raise Refused(FileRefusal.NOT_UTF8)
    # Bytes that are not UTF-8 are kept as marks, so that the lines they stand in can be named.
    text = content.decode("utf-8-sig", errors="surrogateescape")
    if not text.strip():
        raise Refused(FileRefusal.EMPTY)
    # Other separators of Unicode are part of a cell.
    return [f"{row}\n" for row in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def _records(rows: Sequence[str], problems: list[LineProblem]) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of a record's first row and its cells.

    After a broken record it goes on with the next row, so that a quotation mark that never closes
    costs its own row and not the rest of the file.
    """
    start, width = 0, 0
    while start < len(rows):
        base = start
        reader = csv.reader(islice(rows, base, None), strict=True)
        try:
            for cells in reader:
                end = base + reader.line_num
                if end - start > 1 and width not in (0, len(cells)):
                    raise csv.Error("a quotation mark is not closed")
                yield start + 1, cells
                start, width = end, width or len(cells)
        except csv.Error as error:
            reason = f"This line is not CSV: {error}."
            problems.append(LineProblem(start + 1, "line", reason, Severity.ROW_DROPPED))
            start += 1


def _check_headings(headings: Sequence[str], needed: Sequence[str]) -> None:
    missing = [heading for heading in needed if heading not in headings]
    if missing:
        raise Refused(FileRefusal.WRONG_HEADINGS, offer=", ".join(missing), field=missing[0])
    twice = sorted({name for name in headings if name and headings.count(name) > 1})
    if twice:
        raise Refused(FileRefusal.TWICE, offer=", ".join(twice), field=twice[0])


def _good_lines(
    records: Iterator[tuple[int, list[str]]], headings: Sequence[str], problems: list[LineProblem]
) -> Iterator[Line]:
    for number, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        line = Line(number, dict(zip(headings, map(str.strip, cells), strict=False)), problems)
        if len(cells) != len(headings):
            line.drop("line", f"This line has {len(cells)} cells, the headings {len(headings)}.")
        elif fault := _fault_in(line.cells):
            line.drop(*fault)
        else:
            yield line


def _fault_in(cells: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the first cell that cannot be stored, and why."""
    for field, cell in cells.items():
        if len(cell) > LONGEST_CELL:
            return field, f"This is longer than {LONGEST_CELL} characters."
        if any("\udc80" <= sign <= "\udcff" for sign in cell):
            return field, "This is not UTF-8."
        if "\0" in cell:
            return field, "This holds a sign that no text may hold."
    return None

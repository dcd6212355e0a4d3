"""Tracking numbers as a carrier's file brings them. Pure: text in, rows and problems out."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

# What carriers and shipping programs call the columns.
COLUMNS = {
    "order_number": ("order_number", "order #", "order number", "order"),
    "carrier": ("carrier", "carrier name", "shipping carrier", "provider"),
    "number": ("number", "tracking number", "tracking #", "tracking", "tracking_number"),
    "shipped_on": ("shipped_on", "ship date", "shipped on", "date shipped", "ship_date"),
}
NEEDED = ("order_number", "carrier", "number")
LONGEST = 100


@dataclass(frozen=True)
class TrackingRow:
    """One tracking number of one order; `line` is where it stood in the file."""

    order_number: str
    carrier: str
    number: str
    shipped_on: date | None = None
    line: int = 0


@dataclass(frozen=True)
class LineProblem:
    """A line that was left out: which one, which field of it, and why."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True)
class TrackingFile:
    """What a file says: rows to record, and the lines that cannot be."""

    rows: tuple[TrackingRow, ...]
    problems: tuple[LineProblem, ...]


def read_tracking(text: str) -> TrackingFile:
    """Read a CSV file with headings; every bad line is named, every good one is kept."""
    rows: list[TrackingRow] = []
    problems: list[LineProblem] = []
    lines = _lines(text, problems)
    _, headings = next(lines, (1, []))
    columns = _columns(headings)
    missing = [field for field in NEEDED if field not in columns]
    if missing:
        problems += [LineProblem(1, field, "There is no such column.") for field in missing]
        return TrackingFile((), tuple(problems))
    for line, cells in lines:
        row = _row(line, {field: _at(cells, place) for field, place in columns.items()}, problems)
        if row is not None:
            rows.append(row)
    return TrackingFile(tuple(rows), tuple(problems))


def _lines(text: str, problems: list[LineProblem]) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that say something, each with its number; stop where the file breaks."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.append(LineProblem(start, "line", f"This line is not CSV: {error}."))
            continue
        if any(cell.strip() for cell in cells):
            yield start, cells


def _columns(headings: list[str]) -> dict[str, int]:
    names = [" ".join(heading.casefold().split()) for heading in headings]
    return {
        field: names.index(name)
        for field, known in COLUMNS.items()
        for name in reversed(known)
        if name in names
    }


def _at(cells: list[str], place: int) -> str:
    return " ".join(cells[place].split()) if place < len(cells) else ""


def _row(line: int, cells: dict[str, str], problems: list[LineProblem]) -> TrackingRow | None:
    faults = [
        LineProblem(line, field, "This must not be blank.") for field in NEEDED if not cells[field]
    ]
    faults += [
        LineProblem(line, field, f"This is longer than {LONGEST} characters.")
        for field, cell in cells.items()
        if len(cell) > LONGEST
    ]
    shipped_on = cells.get("shipped_on", "")
    day = _day(shipped_on)
    if shipped_on and day is None:
        faults.append(LineProblem(line, "shipped_on", "This is not a day such as 2027-03-03."))
    problems += faults
    if faults:
        return None
    return TrackingRow(cells["order_number"], cells["carrier"], cells["number"], day, line)


def _day(text: str) -> date | None:
    """Read an ISO day, or the month/day/year that shipping programs write."""
    month, slash, rest = text.partition("/")
    day, _, year = rest.partition("/")
    iso = f"{year[:4]}-{month:0>2}-{day:0>2}" if slash else text[:10]
    try:
        return date.fromisoformat(iso)
    except ValueError:
        return None

"""What may stand in a cell of a file for the warehouse: clean, short enough, inert. Pure.

A cell whose text could be read as a formula gets one apostrophe in front, which spreadsheets take
as "this is text" and which looks the same in every version, so that importing a file again changes
nothing. `open_cell` takes it off again; no two texts share a written form.
"""

import re
from decimal import ROUND_HALF_UP, Decimal

# A formula may hide behind blanks and apostrophes, and full-width signs count in some languages.
_FORMULA = re.compile(r"['\s]*[=+\-@\t\r\n＝＋－＠]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_CENT = Decimal("0.01")


def guard_cell(text: str) -> str:
    """Return the text so that no spreadsheet runs it as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def open_cell(cell: str) -> str:
    """Return the text that `guard_cell` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def one_line(text: str) -> str:
    """Return the text on one line, without control characters."""
    return _CONTROLS.sub("", " ".join(text.split()))


def many_lines(text: str) -> str:
    """Return the text with plain line ends and without other control characters."""
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", text)).strip()


def decimal_cell(minor: int, digits: int) -> str:
    """Return an amount in minor units with two decimals; `digits` is what its currency has."""
    return str(Decimal(minor).scaleb(-digits).quantize(_CENT, ROUND_HALF_UP))

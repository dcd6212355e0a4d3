"""What is different between two versions of an export, row by row, with reasons. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.fulfilment.export_cells import one_line
from app.fulfilment.export_rules import ORDER, REASON, STATUS, OrderStatus, Row, by_order


@dataclass(frozen=True)
class OrderChange:
    """One order that differs: `kind` is new, changed or cancelled; `rows` are those to import."""

    kind: str
    reason: str
    rows: tuple[Row, ...]


def changes_between(
    earlier: Sequence[Row], rows: Sequence[Row], why_cancelled: Mapping[str, str]
) -> tuple[OrderChange, ...]:
    """Return every order that differs from the earlier version, in the order of the file."""
    before = by_order(earlier)
    found = (
        _change(before.get(number), after, why_cancelled.get(number, ""))
        for number, after in by_order(rows).items()
    )
    return tuple(each for each in found if each is not None)


def delta_rows(changes: Sequence[OrderChange]) -> list[Row]:
    """Return the rows to import, each with the reason of its order."""
    return [{**row, REASON: change.reason} for change in changes for row in change.rows]


def delta_summary(changes: Sequence[OrderChange]) -> dict[str, Any]:
    """Return how many orders are new, changed and cancelled, and why."""
    kinds = Counter(change.kind for change in changes)
    reasons = Counter(change.reason for change in changes)
    return {
        "new": kinds["new"],
        "changed": kinds["changed"],
        "cancelled": kinds["cancelled"],
        "rows": sum(len(change.rows) for change in changes),
        "reasons": dict(sorted(reasons.items())),
        "orders": {
            change.rows[0][ORDER]: change.reason for change in changes if change.kind != "new"
        },
    }


def _change(before: list[Row] | None, after: list[Row], why: str) -> OrderChange | None:
    if before is None:
        return OrderChange("new", "new", tuple(after))
    if before == after:
        return None
    if _is_cancelled(after) and not _is_cancelled(before):
        reason = f"cancelled: {one_line(why)}" if why.strip() else "cancelled"
        return OrderChange("cancelled", reason, tuple(after))
    if len(before) != len(after):
        return OrderChange("changed", "changed: lines", tuple(after))
    headings = dict.fromkeys(
        heading
        for old, new in zip(before, after, strict=True)
        for heading in new
        if old.get(heading) != new[heading]
    )
    rows = tuple(new for old, new in zip(before, after, strict=True) if old != new)
    return OrderChange("changed", f"changed: {', '.join(headings)}", rows)


def _is_cancelled(rows: list[Row]) -> bool:
    return rows[0][STATUS] == OrderStatus.CANCELLED.value

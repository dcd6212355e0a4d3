"""What is owed as boxes, from month to month. Pure: what accounts moved in, a roll-forward out."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Part(StrEnum):
    """Why what is owed as boxes changes."""

    BILLED = "billed"
    EARNED = "earned"
    REFUNDED = "refunded"
    ADJUSTED = "adjusted"


# Every other cause is an adjustment.
PARTS = {
    "payment": Part.BILLED,
    "carried": Part.BILLED,
    "on_account": Part.BILLED,
    "on_account_back": Part.REFUNDED,
    "shipment": Part.EARNED,
    "instalment": Part.EARNED,
    "breakage": Part.EARNED,
    "refund": Part.REFUNDED,
    "refund_failed": Part.REFUNDED,
}
# Credit pays for boxes, and what is given back may come as credit.
CREDIT = "credit"


def part_of(source: str, cents: int) -> Part:
    """Return why a cause that adds so many cents changes what is owed as boxes."""
    if source == CREDIT:
        return Part.BILLED if cents > 0 else Part.REFUNDED
    return PARTS.get(source, Part.ADJUSTED)


def sources_of(part: Part) -> tuple[str, ...]:
    """Return the causes that are known to belong to a part."""
    known = tuple(source for source, each in PARTS.items() if each is part)
    return (*known, CREDIT) if part in (Part.BILLED, Part.REFUNDED) else known


@dataclass(frozen=True)
class Owed:
    """What one cause added in a month, in cents (less when negative)."""

    month: date
    plan_id: uuid.UUID | None
    currency: str
    source: str
    cents: int


@dataclass(frozen=True)
class RollRow:
    """What was owed, what changed it, what is owed now, in cents; earned and refunded lessen it."""

    month: date
    plan_id: uuid.UUID | None
    currency: str
    opening_cents: int
    parts: dict[Part, int]

    @property
    def closing_cents(self) -> int:
        return self.opening_cents + sum(self.parts.values())

    @property
    def moves(self) -> bool:
        """Say whether there is anything to be told."""
        return bool(self.opening_cents or any(self.parts.values()))


def roll(
    month: date,
    opening: dict[tuple[uuid.UUID | None, str], int],
    moves: Iterable[Owed],
) -> tuple[RollRow, ...]:
    """Return one row for each plan and currency of a month."""
    parts: dict[tuple[uuid.UUID | None, str], dict[Part, int]] = {
        key: dict.fromkeys(Part, 0) for key in opening
    }
    for move in moves:
        here = parts.setdefault((move.plan_id, move.currency), dict.fromkeys(Part, 0))
        here[part_of(move.source, move.cents)] += move.cents
    rows = (RollRow(month, *key, opening.get(key, 0), parts[key]) for key in parts)
    return tuple(
        sorted(
            (row for row in rows if row.moves),
            key=lambda row: (row.currency, -row.closing_cents, str(row.plan_id)),
        )
    )


def summed(month: date, currency: str, rows: Iterable[RollRow]) -> RollRow:
    """Return rows of one currency added up."""
    mine = [row for row in rows if row.currency == currency]
    return RollRow(
        month,
        None,
        currency,
        sum(row.opening_cents for row in mine),
        {part: sum(row.parts[part] for row in mine) for part in Part},
    )

"""How recurring revenue moves from month to month. Pure; the words are in docs/finance.md."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class MoveKind(StrEnum):
    """Why recurring revenue is not what it was when the month began.

    ENDED ran out as agreed, CHURN was stopped. PAUSED is how much more is paused than before; it
    is part of the total all the same.
    """

    NEW = "new"
    REACTIVATION = "reactivation"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    CHURN = "churn"
    ENDED = "ended"
    PAUSED = "paused"


TOTAL = tuple(kind for kind in MoveKind if kind is not MoveKind.PAUSED)


@dataclass(frozen=True)
class Moved:
    """How many subscribers moved in one way, and by how many cents in all (losses negative)."""

    subscribers: int
    cents: int


@dataclass(frozen=True)
class RecurringOverview:
    """One month: what recurred when it began, what moved, and how much of it is paused."""

    month: date
    closed: bool
    opening_cents: int
    opening_subscribers: int
    opening_paused_cents: int
    moves: dict[MoveKind, Moved]

    @property
    def closing_cents(self) -> int:
        """All that recurs when the month ends, the paused included."""
        return self.opening_cents + sum(self.moves[kind].cents for kind in TOTAL)

    @property
    def paused_cents(self) -> int:
        """How much of that is paused."""
        return self.opening_paused_cents + self.moves[MoveKind.PAUSED].cents

    @property
    def running_cents(self) -> int:
        """What recurs without the paused."""
        return self.closing_cents - self.paused_cents

    @property
    def closing_subscribers(self) -> int:
        """How many people subscribe when the month ends, the paused included."""
        gained = self.moves[MoveKind.NEW].subscribers
        gained += self.moves[MoveKind.REACTIVATION].subscribers
        lost = self.moves[MoveKind.CHURN].subscribers + self.moves[MoveKind.ENDED].subscribers
        return self.opening_subscribers + gained - lost


def follow(
    months: list[tuple[date, bool, dict[MoveKind, Moved]]],
) -> tuple[RecurringOverview, ...]:
    """Return the months in a row, each beginning with what the one before ended with."""
    found: list[RecurringOverview] = []
    for month, closed, moves in months:
        before = found[-1] if found else None
        found.append(
            RecurringOverview(
                month,
                closed,
                before.closing_cents if before else 0,
                before.closing_subscribers if before else 0,
                before.paused_cents if before else 0,
                {kind: moves.get(kind, Moved(0, 0)) for kind in MoveKind},
            )
        )
    return tuple(found)

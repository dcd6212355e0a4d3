"""The points at which money moves, and what a week in which workers die there came to."""

import uuid
from dataclasses import dataclass

from app.billing.rules import PaymentStatus
from app.core.unit_of_work import Actor
from app.fulfilment.rules import BoxStatus

# How often each point is passed before the worker dies there.
MONEY_POINTS: dict[str, tuple[int, ...]] = {
    "charge.claimed": (1, 3, 5),
    "charge.before_create": (1, 3, 5),
    "charge.created": (1, 3, 5),
    "charge.recorded": (1, 3, 5),
    "charge.before_confirm": (1, 3, 5),
    "charge.confirmed": (1, 3, 5),
    "settle.before_commit": (1, 2, 4),
    "settle.after_commit": (1, 2, 4),
    "webhook.before_commit": (1, 2, 4),
    "refund.claimed": (1,),
    "refund.asked": (1,),
    "refund.before_commit": (1,),
}
PART_CENTS = 500
# How often workers die in one week, at most.
LIVES = 5
ACTOR = Actor("system", "faults")
Owed = tuple[object, list[uuid.UUID]]
PAYS = (PaymentStatus.SUCCEEDED, BoxStatus.RELEASED)


@dataclass(frozen=True)
class Cell:
    """Where workers die, how long nobody comes back, and how many work at once."""

    point: str
    hours: int
    workers: int

    @property
    def name(self) -> str:
        return f"{self.point}/{self.hours}h/{self.workers}w"


@dataclass(frozen=True)
class Week:
    """What one run came to: kills, what went wrong with money, and what the proof found."""

    cell: str
    run: int
    kills: int
    charged: int
    paid_twice: int
    lost: int
    refunded_wrong: int
    violations: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Say whether somebody died and nobody lost anything by it."""
        wrong = self.paid_twice + self.lost + self.refunded_wrong + len(self.violations)
        return self.kills > 0 and self.charged > 0 and not wrong

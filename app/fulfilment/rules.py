"""The life of a box and of a batch. Pure: facts in, answers out."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.core.clock import instant_of
from app.core.refusals import Refusal

IN_SHARDS = "shards"  # how a batch that is too large for one worker is composed


class BatchStatus(StrEnum):
    """PLANNED can change; LOCKED is frozen; COMPOSED has its boxes; the rest follows payment."""

    PLANNED = "planned"
    LOCKED = "locked"
    COMPOSED = "composed"


class BoxStatus(StrEnum):
    """Where a box is in its life."""

    PLANNED = "planned"
    SKIPPED = "skipped"
    PAUSED = "paused"
    MISSED = "missed"
    LOCKED = "locked"
    HELD = "held"
    COMPOSED = "composed"
    RELEASED = "released"
    SHIPPED = "shipped"
    VOIDED = "voided"
    CANCELLED = "cancelled"


class ChoiceKind(StrEnum):
    """How a single box differs."""

    PIN = "pin"
    OUT = "out"


class ParcelStatus(StrEnum):
    """READY may be packed."""

    READY = "ready"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


class AddOnRefusal(Refusal):
    """Why something cannot be added to a box."""

    UNKNOWN = "We could not find what you added."
    BAD_UNITS = "You can add 1 to 20 of a kind."
    NOT_ON_SALE = "This is not on sale at the moment."
    EXCLUDED = "You told us that this must never be in your boxes."


class BoxRefusal(Refusal):
    """Why a box cannot do this."""

    UNKNOWN = "We could not find this box."
    TOO_LATE = "It is too late to change this box. The next one is still open."
    ENDED = "This box was cancelled."
    ALREADY_PAID = "This box has been paid already."
    NOT_SKIPPED = "This box is not skipped."
    REFUNDED = "What was paid for this box has been given back, so it stays skipped."
    NOT_IN_BOX = "This coffee is not in the box."
    NOT_OFFERED = "This coffee is not offered for this box."
    KEPT = "This coffee is nearly gone. We keep the last bags for people whom it suits best."
    EXCLUDED = "This coffee is on your list of exclusions."
    UNDER_WAY = "Your next box is paid or being packed. Change the plan once it is on its way."
    BOX_FULL = "The box is full. Take something out first."
    NOT_SHIPPED = "This box has not been shipped."
    ALREADY_SHIPPED = "This box has been shipped already."
    NOT_FROZEN = "This box is not locked yet. Please change the address of the subscription."
    NOTHING_TO_REFUND = "There is nothing to give back for this box."


class BatchRefusal(Refusal):
    """Why a batch cannot do this."""

    UNKNOWN = "There is no such batch."
    NOT_DUE = "This batch does not lock yet: boxes can still be changed."
    NOT_COMPOSED = "This batch has not been composed yet."
    NOT_KEPT = "Nothing was kept of how this batch was composed."
    EMPTY = "There is nothing to export: no box of this batch is paid yet."
    COMPOSED = "This batch was composed for real already."
    NO_BOXES = "No box ships with this batch."
    BAD_CHANGE = "Please write the change as -20%, +240 or =0."
    NOT_ON_SALE = "This bag is not on sale."


# Every step that a box may take; the database refuses all others.
BOX_STEPS: dict[BoxStatus, tuple[BoxStatus, ...]] = {
    BoxStatus.PLANNED: (
        BoxStatus.SKIPPED,
        BoxStatus.PAUSED,
        BoxStatus.MISSED,
        BoxStatus.LOCKED,
        BoxStatus.CANCELLED,
    ),
    BoxStatus.SKIPPED: (BoxStatus.PLANNED, BoxStatus.CANCELLED),
    BoxStatus.PAUSED: (BoxStatus.PLANNED, BoxStatus.CANCELLED),
    BoxStatus.LOCKED: (BoxStatus.COMPOSED, BoxStatus.HELD, BoxStatus.CANCELLED),
    BoxStatus.HELD: (BoxStatus.COMPOSED, BoxStatus.CANCELLED, BoxStatus.VOIDED),
    BoxStatus.COMPOSED: (BoxStatus.RELEASED, BoxStatus.VOIDED, BoxStatus.CANCELLED),
    BoxStatus.RELEASED: (BoxStatus.SHIPPED, BoxStatus.CANCELLED),
}


def order_number(subscription_number: int, cycle: int) -> str:
    """Return the number by which the world knows a box; it never changes."""
    return f"BW-{subscription_number}-{cycle}"


def reveal_moment(ships_on: date, hours: int, zone: ZoneInfo) -> datetime | None:
    """Return when subscribers see what was chosen for a box; None is as soon as it is chosen.

    That is so many hours before the day on which it ships begins where the shop is.
    """
    if hours <= 0:
        return None
    return instant_of(ships_on, time(0), zone) - timedelta(hours=hours)

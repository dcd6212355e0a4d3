"""What can be proposed to somebody whose coffee lasts longer, or not so long. Pure."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.core.clock import days_after
from app.subscriptions.rules import Cadence, CadenceUnit

ON_ITS_WAY = 2  # days from the shop to the door, about
SPARE = 2  # days of coffee that should be left when a box comes
SOON, LATE = 4, 7  # days that a box may come too late, or too early, before another is proposed
SURE = 0.75
SKIPS_LOOKED_AT, MANY_SKIPS = 5, 2
MONTH_DAYS = 30.44


class ProposalKind(StrEnum):
    """What is proposed: another rhythm, another day for one box, this box at once, or no box."""

    RHYTHM = "rhythm"
    SOONER = "sooner"
    LATER = "later"
    NOW = "now"
    SKIP = "skip"


@dataclass(frozen=True)
class NextBox:
    """The next box that can change, and what lies around it; `earliest` is still open."""

    box_id: uuid.UUID
    subscription_id: uuid.UUID
    ships_on: date
    following_on: date | None
    earliest: date


@dataclass(frozen=True)
class Proposal:
    """One thing that can be done in one tap: `every` for a rhythm, `day` for another day."""

    kind: ProposalKind
    subscription_id: uuid.UUID
    box_id: uuid.UUID
    every: int | None = None
    day: date | None = None


def days_between(cadence: Cadence) -> float:
    """Return the days between two boxes of a rhythm."""
    return cadence.every * (7.0 if cadence.unit is CadenceUnit.WEEK else MONTH_DAYS)


def slower_for_skips(skipped: Sequence[bool], current: int, offered: Sequence[int]) -> int | None:
    """Return the rhythm that fits somebody who skips a lot, or None.

    `skipped` tells of the last boxes that could have come, the newest first.
    """
    looked_at = skipped[:SKIPS_LOOKED_AT]
    skips = sum(looked_at)
    if skips < MANY_SKIPS or len(looked_at) < MANY_SKIPS + 1:
        return None
    kept = max(len(looked_at) - skips, 1)
    slower = [each for each in offered if each > current]
    wanted = current * len(looked_at) / kept
    return min(slower, key=lambda every: abs(every - wanted), default=None)


def another_day(
    box: NextBox, runs_out_on: date, gone_before: float, much_left: float
) -> Proposal | None:
    """Return another day for a box that comes at the wrong time, or None while its day will do.

    `gone_before` is the chance that all is used up some days before it comes, `much_left` that a
    good deal is left some days after.
    """
    wanted = days_after(runs_out_on, -ON_ITS_WAY - SPARE)

    def proposed(kind: ProposalKind, day: date | None = None) -> Proposal:
        return Proposal(kind, box.subscription_id, box.box_id, day=day)

    if gone_before >= SURE:
        if wanted <= box.earliest:
            return proposed(ProposalKind.NOW)
        return proposed(ProposalKind.SOONER, wanted) if wanted < box.ships_on else None
    if much_left < SURE or wanted <= box.ships_on:
        return None
    if box.following_on and wanted >= days_after(box.following_on, -SPARE):
        return proposed(ProposalKind.SKIP)
    return proposed(ProposalKind.LATER, wanted)

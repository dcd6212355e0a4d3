"""Groups of people who share one discount. Pure: moments and facts in, answers out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.refusals import Refusal

# Who is told today that the discount ends still has it on boxes that close within these days.
NOTICE = timedelta(days=3)
LONGEST_NAME = 60
CODE_SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8


class GroupRefusal(Refusal):
    """Why somebody cannot start, join or leave a group."""

    UNKNOWN = "We do not know this group. Please check the code."
    NOT_OFFERED = "This plan has no discount for groups."
    OTHER_PLAN = "This group is for another plan."
    IN_ONE = "This subscription is in a group already."
    IN_NONE = "This subscription is in no group."
    FULL = "This group is full."
    GIFT = "A gift cannot be in a group."
    ENDED = "This subscription has ended."
    NO_NAME = "Please give the group a name of up to 60 characters."


@dataclass(frozen=True)
class Stretch:
    """When somebody was in a group, and when the group had its discount; None is until now."""

    joined_at: datetime
    left_at: datetime | None
    from_at: datetime
    until_at: datetime | None

    def covers(self, cutoff_at: datetime) -> bool:
        """Say whether a box with this cut-off has the discount."""
        inside = self.left_at is None or cutoff_at < self.left_at
        lasting = self.until_at is None or cutoff_at < self.until_at
        return max(self.joined_at, self.from_at) <= cutoff_at and inside and lasting


def typed_code(text: str) -> str:
    """Return the code as it is stored, however somebody typed it."""
    return "".join(sign for sign in text.upper() if sign.isalnum())[:CODE_LENGTH]


def first_name(name: str) -> str:
    """Return what the others of a group may see of somebody's name."""
    return name.split()[0] if name.split() else ""

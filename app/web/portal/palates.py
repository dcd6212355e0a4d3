"""The palates that share somebody's boxes, as pages show them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization.household_queries import Member, household_of
from app.personalization.household_rules import MOST_MEMBERS, HouseholdRefusal
from app.personalization.services.tell_taste import ToldTaste, tell_taste


@dataclass(frozen=True)
class Palate:
    """Somebody who shares the boxes, what we think they like, and their rating of each coffee."""

    member: Member
    told: ToldTaste
    likings: dict[uuid.UUID, int]


@dataclass(frozen=True)
class Household:
    """Everybody who shares somebody's boxes; `open` while one more may be added."""

    palates: Sequence[Palate]

    @property
    def open(self) -> bool:
        """Say whether one more may share the boxes."""
        return len(self.palates) < MOST_MEMBERS


def palates_of(
    work: UnitOfWork, subscriber_id: uuid.UUID, only: uuid.UUID | None = None
) -> Household:
    """Return who shares somebody's boxes, or one of them alone."""
    return Household(
        [
            Palate(
                each,
                tell_taste(work, subscriber_id, each.id),
                {cup.product_id: cup.liking for cup in each.ratings},
            )
            for each in household_of(work.session, subscriber_id)
            if only in (None, each.id)
        ]
    )


def palate_of(work: UnitOfWork, subscriber_id: uuid.UUID, member_id: uuid.UUID) -> Palate:
    """Return one of the household; refuse a stranger."""
    found = palates_of(work, subscriber_id, member_id).palates
    if not found:
        raise Refused(HouseholdRefusal.UNKNOWN_MEMBER)
    return found[0]

"""Reads about households: who shares somebody's boxes, and what they like."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import among
from app.core.refusals import Refused
from app.personalization.household_rules import HouseholdRefusal
from app.personalization.models import HouseholdMember, MemberRating, TasteOff
from app.personalization.queries import answers_in, own_exclusions
from app.personalization.rules import Exclusion, QuizAnswers


@dataclass(frozen=True)
class MemberCup:
    """A coffee that somebody of a household rated, 1 to 5."""

    product_id: uuid.UUID
    liking: int
    at: datetime


@dataclass(frozen=True)
class Member:
    """Somebody who shares a subscriber's boxes: answers, what they rule out, and ratings."""

    id: uuid.UUID
    name: str
    answers: QuizAnswers
    exclusions: tuple[Exclusion, ...]
    ratings: tuple[MemberCup, ...]


def household_of(session: Session, subscriber_id: uuid.UUID) -> list[Member]:
    """Return who shares a subscriber's boxes, in the order in which they were added."""
    rows = session.scalars(
        select(HouseholdMember)
        .where(HouseholdMember.subscriber_id == subscriber_id)
        .order_by(HouseholdMember.added_at, HouseholdMember.id)
        .execution_options(populate_existing=True)
    ).all()
    cups: dict[uuid.UUID, list[MemberCup]] = defaultdict(list)
    ids = [row.id for row in rows]
    for each in session.scalars(
        select(MemberRating)
        .where(MemberRating.member_id.in_(ids))
        .order_by(MemberRating.at, MemberRating.product_id)
        .execution_options(populate_existing=True)
    ):
        cups[each.member_id].append(MemberCup(each.product_id, each.liking, each.at))
    return [
        Member(
            row.id,
            row.name,
            answers_in(row),
            own_exclusions(session, subscriber_id, row.id),
            tuple(cups[row.id]),
        )
        for row in rows
    ]


def member_of(session: Session, subscriber_id: uuid.UUID, member_id: uuid.UUID) -> HouseholdMember:
    """Return one of a subscriber's household, locked; refuse a stranger."""
    row = session.scalars(
        select(HouseholdMember)
        .where(HouseholdMember.id == member_id, HouseholdMember.subscriber_id == subscriber_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise Refused(HouseholdRefusal.UNKNOWN_MEMBER)
    return row


def sharers(
    session: Session, subscribers: Iterable[uuid.UUID]
) -> dict[uuid.UUID, list[HouseholdMember]]:
    """Return who shares the boxes of each of these people.

    Where a subscriber's taste is switched off nobody's taste counts.
    """
    found: dict[uuid.UUID, list[HouseholdMember]] = defaultdict(list)
    for row in session.scalars(
        select(HouseholdMember)
        .where(
            among(HouseholdMember.subscriber_id, subscribers),
            HouseholdMember.subscriber_id.not_in(select(TasteOff.subscriber_id)),
        )
        .order_by(HouseholdMember.added_at, HouseholdMember.id)
    ):
        found[row.subscriber_id].append(row)
    return dict(found)


def members_among(
    session: Session, people: Iterable[uuid.UUID]
) -> dict[uuid.UUID, HouseholdMember]:
    """Return which of these people are not subscribers but share somebody's boxes."""
    rows = session.scalars(select(HouseholdMember).where(among(HouseholdMember.id, people)))
    return {row.id: row for row in rows}


def member_ratings(
    session: Session, members: Iterable[uuid.UUID]
) -> list[tuple[uuid.UUID, uuid.UUID, int]]:
    """Return the ratings of people of households as (member, product, 1 to 5), oldest first."""
    rows = session.execute(
        select(MemberRating.member_id, MemberRating.product_id, MemberRating.liking)
        .where(among(MemberRating.member_id, members))
        .order_by(MemberRating.at, MemberRating.member_id, MemberRating.product_id)
    )
    return [(member, product, liking) for member, product, liking in rows]

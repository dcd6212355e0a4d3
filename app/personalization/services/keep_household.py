"""Keeps who shares a subscriber's boxes: added, changed, rated for, taken out again."""

import uuid
from dataclasses import asdict

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.catalog.queries import product_of
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.personalization.household_queries import member_of
from app.personalization.household_rules import LONGEST_NAME, MOST_MEMBERS, HouseholdRefusal
from app.personalization.models import (
    ExclusionRow,
    HouseholdMember,
    MemberRating,
)
from app.personalization.queries import exclusions
from app.personalization.rules import Exclusion, QuizAnswers, TasteRefusal, wrong_answer
from app.personalization.services.set_exclusions import set_exclusions


def add_member(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    name: str,
    answers: QuizAnswers,
    ruled_out: tuple[Exclusion, ...] = (),
) -> uuid.UUID:
    """Let somebody share a subscriber's boxes; return the new member."""
    _lock(work, subscriber_id)
    many = work.session.scalar(
        select(func.count()).where(HouseholdMember.subscriber_id == subscriber_id)
    )
    if (many or 0) >= MOST_MEMBERS:
        raise Refused(HouseholdRefusal.HOUSEHOLD_FULL)
    row = HouseholdMember(
        subscriber_id=subscriber_id,
        name=_name(work, subscriber_id, name),
        added_at=work.now,
        **_answers(answers),
    )
    work.session.add(row)
    work.session.flush()
    set_exclusions(work, subscriber_id, ruled_out, row.id)
    return row.id


def change_member(
    work: UnitOfWork,
    member: tuple[uuid.UUID, uuid.UUID],
    name: str,
    answers: QuizAnswers,
    ruled_out: tuple[Exclusion, ...],
) -> None:
    """Replace name, answers and exclusions of one (subscriber, member)."""
    subscriber_id, member_id = member
    _lock(work, subscriber_id)
    row = member_of(work.session, subscriber_id, member_id)
    row.name = _name(work, subscriber_id, name, member_id)
    for question, given in _answers(answers).items():
        setattr(row, question, given)
    work.session.flush()
    set_exclusions(work, subscriber_id, ruled_out, member_id)


def rate_for_member(
    work: UnitOfWork,
    subscriber_id: uuid.UUID,
    member_id: uuid.UUID,
    product_id: uuid.UUID,
    liking: int | None,
) -> None:
    """Keep how much somebody of the household liked a coffee, 1 to 5; None takes it back."""
    member_of(work.session, subscriber_id, member_id)
    product_of(work.session, product_id)
    if liking is None:
        work.session.execute(
            delete(MemberRating).where(
                MemberRating.member_id == member_id, MemberRating.product_id == product_id
            )
        )
        return
    if liking not in range(1, 6):
        raise Refused(TasteRefusal.BAD_RATING, field="liking")
    given = {"liking": liking, "at": work.now}
    work.session.execute(
        insert(MemberRating)
        .values(member_id=member_id, product_id=product_id, **given)
        .on_conflict_do_update(index_elements=["member_id", "product_id"], set_=given)
    )


def remove_member(work: UnitOfWork, subscriber_id: uuid.UUID, member_id: uuid.UUID) -> None:
    """Take somebody out of the household, with all that was known of them."""
    member_of(work.session, subscriber_id, member_id)
    work.session.execute(delete(ExclusionRow).where(ExclusionRow.member_id == member_id))
    work.session.execute(delete(HouseholdMember).where(HouseholdMember.id == member_id))


def forget_household(work: UnitOfWork, subscriber_id: uuid.UUID) -> None:
    """Forget everybody who shares a subscriber's boxes; what they rule out binds the boxes still,
    since it keeps people safe."""
    kept = exclusions(work.session, [subscriber_id]).get(subscriber_id, ())
    work.session.execute(
        delete(ExclusionRow).where(
            ExclusionRow.subscriber_id == subscriber_id, ExclusionRow.member_id.is_not(None)
        )
    )
    work.session.execute(
        delete(HouseholdMember).where(HouseholdMember.subscriber_id == subscriber_id)
    )
    set_exclusions(work, subscriber_id, kept)


def _lock(work: UnitOfWork, subscriber_id: uuid.UUID) -> None:
    """Let one change of a household be made at a time."""
    key = func.hashtextextended(f"household {subscriber_id}", 0)
    work.session.execute(select(func.pg_advisory_xact_lock(key)))


def _name(
    work: UnitOfWork, subscriber_id: uuid.UUID, given: str, member_id: uuid.UUID | None = None
) -> str:
    name = " ".join(given.split())
    if not name:
        raise Refused(HouseholdRefusal.NAME_NEEDED, field="name")
    if len(name) > LONGEST_NAME:
        raise Refused(HouseholdRefusal.NAME_TOO_LONG, field="name")
    taken = work.session.scalar(
        select(HouseholdMember.id).where(
            HouseholdMember.subscriber_id == subscriber_id,
            func.lower(HouseholdMember.name) == name.lower(),
            HouseholdMember.id.is_distinct_from(member_id),
        )
    )
    if taken is not None:
        raise Refused(HouseholdRefusal.NAME_TAKEN, field="name")
    return name


def _answers(answers: QuizAnswers) -> dict[str, object]:
    wrong = wrong_answer(answers)
    if wrong:
        raise Refused(TasteRefusal.UNKNOWN_ANSWER, field=wrong)
    return {
        question: list(given) if isinstance(given, tuple) else given
        for question, given in asdict(answers).items()
    }

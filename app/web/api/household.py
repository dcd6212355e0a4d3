"""The people who share a subscriber's boxes: who they are, what they like, what they rule out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from pydantic import Field

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.services.forget_own_taste import let_member_go
from app.people.queries import subscriber_of
from app.people.rules import Scope
from app.personalization.household_queries import Member, household_of
from app.personalization.household_rules import HouseholdRefusal
from app.personalization.rules import Exclusion, QuizAnswers
from app.personalization.services.keep_household import add_member, change_member, rate_for_member
from app.web.api.chapter import Chapter, Effect
from app.web.api.shapes import Id, Line, Strict, Whole, shown
from app.web.api.subscribers import SubscriberPath
from app.web.api.taste import ExclusionShape, Quiz, shown_quiz

HOUSEHOLD = Chapter("Household", "Who shares somebody's boxes, which then suit all of them.")
READ, WRITE = Scope.SUBSCRIPTIONS_READ, Scope.SUBSCRIPTIONS_WRITE


class MemberPath(SubscriberPath):
    """Names somebody who shares a subscriber's boxes."""

    member_id: Id


class MemberIn(Strict):
    """Somebody who shares the boxes; a first name is enough."""

    model_config = shown(name="Ana", quiz={"roast": "Dark"}, exclusions=[{"kind": "decaf"}])

    name: Line
    quiz: Quiz = Field(default_factory=Quiz)
    exclusions: Annotated[list[ExclusionShape], Field(max_length=200)] = Field(default_factory=list)


class MemberRatingShape(Strict):
    """How much a member liked a product, from 1 to 5; null takes it back."""

    product_id: Id
    liking: Annotated[int, Whole(1, 5)] | None = None


class MemberShape(Strict):
    """Somebody who shares the boxes, with everything that is known of them."""

    id: Id
    name: str
    quiz: Quiz
    exclusions: list[ExclusionShape]
    ratings: list[MemberRatingShape]


class HouseholdShape(Strict):
    """Everybody who shares a subscriber's boxes."""

    members: list[MemberShape]


@HOUSEHOLD.get("/subscribers/<uuid:subscriber_id>/household", READ)
def get_household(work: UnitOfWork, path: SubscriberPath) -> HouseholdShape:
    """Get who shares somebody's boxes."""
    subscriber_of(work.session, path.subscriber_id)
    found = household_of(work.session, path.subscriber_id)
    return HouseholdShape(members=[shown_member(each) for each in found])


@HOUSEHOLD.create("/subscribers/<uuid:subscriber_id>/household", WRITE, undo="removeMember")
def add_household_member(work: UnitOfWork, path: SubscriberPath, body: MemberIn) -> HouseholdShape:
    """Let somebody share the boxes: from the next open one on they suit everybody."""
    subscriber_of(work.session, path.subscriber_id)
    with _blaming("exclusions"):
        add_member(work, path.subscriber_id, body.name, *_read(body))
    return get_household(work, path)


@HOUSEHOLD.put("/subscribers/<uuid:subscriber_id>/household/<uuid:member_id>", WRITE)
def put_household_member(work: UnitOfWork, path: MemberPath, body: MemberIn) -> HouseholdShape:
    """Replace a member's name, answers and exclusions."""
    with _blaming("exclusions"):
        change_member(work, (path.subscriber_id, path.member_id), body.name, *_read(body))
    return get_household(work, path)


@HOUSEHOLD.put("/subscribers/<uuid:subscriber_id>/household/<uuid:member_id>/rating", WRITE)
def put_member_rating(
    work: UnitOfWork, path: MemberPath, body: MemberRatingShape
) -> HouseholdShape:
    """Keep how much a member liked a product; null takes it back."""
    with _blaming("product_id"):
        rate_for_member(work, path.subscriber_id, path.member_id, body.product_id, body.liking)
    return get_household(work, path)


@HOUSEHOLD.post(
    "/subscribers/<uuid:subscriber_id>/household/<uuid:member_id>/remove",
    WRITE,
    Effect.DESTRUCTIVE,
)
def remove_member(work: UnitOfWork, path: MemberPath) -> HouseholdShape:
    """Take a member out, with everything known of them."""
    let_member_go(work, path.subscriber_id, path.member_id)
    return get_household(work, path)


def shown_member(member: Member) -> MemberShape:
    """Return a member in the API's words."""
    return MemberShape(
        id=member.id,
        name=member.name,
        quiz=shown_quiz(member.answers),
        exclusions=[ExclusionShape(kind=each.kind, value=each.value) for each in member.exclusions],
        ratings=[
            MemberRatingShape(product_id=cup.product_id, liking=cup.liking)
            for cup in member.ratings
        ],
    )


@contextmanager
def _blaming(field: str) -> Iterator[None]:
    """Let refusals inside name `field`, those about the member apart."""
    try:
        yield
    except Refused as refused:
        if isinstance(refused.refusal, HouseholdRefusal):
            raise
        raise Refused(refused.refusal, refused.offer, field) from refused


def _read(body: MemberIn) -> tuple[QuizAnswers, tuple[Exclusion, ...]]:
    answers = QuizAnswers(
        body.quiz.roast,
        body.quiz.style,
        body.quiz.strength,
        tuple(dict.fromkeys(body.quiz.brew_methods)),
        tuple(dict.fromkeys(body.quiz.additions)),
        body.quiz.caffeine,
        body.quiz.expertise,
    )
    return answers, tuple(Exclusion(each.kind, each.value) for each in body.exclusions)

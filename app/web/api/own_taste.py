"""Somebody's taste as a whole: seen, switched off, taken along, forgotten."""

from app.core.unit_of_work import UnitOfWork
from app.fulfilment.services.forget_own_taste import forget_own_taste
from app.people.queries import subscriber_of
from app.people.rules import Scope
from app.personalization.queries import (
    DiaryLine,
    answers_of,
    diary_of,
    own_exclusions,
    without_taste,
)
from app.personalization.rules import QuizAnswers, TasteEventKind
from app.personalization.services.personal_taste import switch_taste
from app.personalization.services.rate_product import take_rating_back
from app.personalization.services.tell_taste import tell_taste
from app.personalization.supply_queries import said_of_home
from app.personalization.supply_rules import SupplyWord
from app.web.api.blame import blaming
from app.web.api.box_shapes import Reasons, shown_reasons
from app.web.api.boxes import OneProductIn
from app.web.api.chapter import Chapter, Effect
from app.web.api.household import MemberShape, get_household
from app.web.api.shapes import Id, Moment, Strict
from app.web.api.subscribers import SubscriberPath
from app.web.api.taste import ExclusionShape, Quiz, shown_quiz

OWN_TASTE = Chapter("Own taste", "What is known of somebody's taste, and what becomes of it.")
READ, WRITE = Scope.SUBSCRIPTIONS_READ, Scope.SUBSCRIPTIONS_WRITE


class DiaryEntry(Strict):
    """Something that somebody said about a coffee or did with it."""

    at: Moment
    kind: TasteEventKind
    product: str
    value: int | None
    reasons: list[str]
    note: str


class HomeEntry(Strict):
    """What somebody said about the coffee at home: a word, or how many bags are left."""

    at: Moment
    word: SupplyWord | None
    bags: float | None


class TasteShape(Strict):
    """All that is known of a taste; it is `personal` unless it was switched off."""

    personal: bool
    quiz: Quiz
    exclusions: list[ExclusionShape]
    diary: list[DiaryEntry]
    household: list[MemberShape]
    coffee_at_home: list[HomeEntry]


class LikedCoffee(Strict):
    """A coffee on sale, how much it is expected to be liked (1 to 5), and why."""

    product_id: Id
    name: dict[str, str]
    expected: float
    why: Reasons


class LeaningShape(Strict):
    """How much coffees of one kind are expected to be liked on average, from 1 to 5."""

    kind: str
    expected: float


class ToldShape(Strict):
    """What the shop thinks that somebody likes, the best first."""

    personal: bool
    coffees: list[LikedCoffee]
    leanings: list[LeaningShape]


class SwitchIn(Strict):
    """Whether boxes are made for somebody's own taste."""

    personal: bool


@OWN_TASTE.get("/subscribers/<uuid:subscriber_id>/taste", READ)
def get_taste(work: UnitOfWork, path: SubscriberPath) -> TasteShape:
    """Get everything that is known of somebody's taste, to take along or to show."""
    subscriber_of(work.session, path.subscriber_id)
    ruled_out = own_exclusions(work.session, path.subscriber_id)
    return TasteShape(
        personal=not without_taste(work.session, [path.subscriber_id]),
        quiz=shown_quiz(answers_of(work.session, path.subscriber_id) or QuizAnswers()),
        exclusions=[ExclusionShape(kind=each.kind, value=each.value) for each in ruled_out],
        diary=[shown_entry(each) for each in diary_of(work.session, path.subscriber_id)],
        household=get_household(work, path).members,
        coffee_at_home=[
            HomeEntry(at=each.at, word=SupplyWord(each.word) if each.word else None, bags=each.bags)
            for each in said_of_home(work.session, path.subscriber_id)
        ],
    )


@OWN_TASTE.get("/subscribers/<uuid:subscriber_id>/taste/told", READ)
def get_told_taste(work: UnitOfWork, path: SubscriberPath) -> ToldShape:
    """Get what the shop thinks that somebody likes, and why."""
    subscriber_of(work.session, path.subscriber_id)
    told = tell_taste(work, path.subscriber_id)
    return ToldShape(
        personal=told.personal,
        coffees=[
            LikedCoffee(
                product_id=each.product_id,
                name=each.name,
                expected=each.expected,
                why=shown_reasons(each.reasons),
            )
            for each in told.coffees
        ],
        leanings=[LeaningShape(kind=each.kind, expected=each.expected) for each in told.leanings],
    )


@OWN_TASTE.put("/subscribers/<uuid:subscriber_id>/taste", WRITE)
def put_taste(work: UnitOfWork, path: SubscriberPath, body: SwitchIn) -> TasteShape:
    """Make boxes for somebody's own taste, or leave it alone: then nothing is learnt from it."""
    subscriber_of(work.session, path.subscriber_id)
    switch_taste(work, path.subscriber_id, body.personal)
    return get_taste(work, path)


@OWN_TASTE.post("/subscribers/<uuid:subscriber_id>/taste/forget", WRITE, Effect.DESTRUCTIVE)
def forget_taste(work: UnitOfWork, path: SubscriberPath) -> TasteShape:
    """Delete somebody's answers, ratings, diary and household for good; exclusions stay."""
    subscriber_of(work.session, path.subscriber_id)
    forget_own_taste(work, path.subscriber_id)
    return get_taste(work, path)


@OWN_TASTE.post("/subscribers/<uuid:subscriber_id>/ratings/take-back", WRITE)
def take_back_rating(work: UnitOfWork, path: SubscriberPath, body: OneProductIn) -> TasteShape:
    """Let a rating count no more."""
    subscriber_of(work.session, path.subscriber_id)
    with blaming("product_id"):
        take_rating_back(work, path.subscriber_id, body.product_id)
    return get_taste(work, path)


def shown_entry(line: DiaryLine) -> DiaryEntry:
    """Return a line of the diary in the API's words."""
    return DiaryEntry(
        at=line.at,
        kind=TasteEventKind(line.kind),
        product=line.code,
        value=line.value,
        reasons=list(line.reasons),
        note=line.note,
    )

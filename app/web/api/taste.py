"""Tastes: the quiz, what must never come, the mix of a subscription, and ratings."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import core_schema

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.people.queries import subscriber_of
from app.people.rules import Scope
from app.personalization.queries import answers_of, mixes, own_exclusions, own_ratings
from app.personalization.rules import (
    MANY,
    QUIZ,
    Exclusion,
    ExclusionKind,
    QuizAnswers,
    RatingReason,
)
from app.personalization.rules import Rating as Given
from app.personalization.services.answer_quiz import answer_quiz
from app.personalization.services.rate_product import rate_product
from app.personalization.services.set_exclusions import set_exclusions
from app.personalization.services.set_mix import set_mix
from app.subscriptions.queries import any_subscription
from app.web.api.blame import blaming
from app.web.api.chapter import Chapter
from app.web.api.shapes import (
    Id,
    InputRefusal,
    Line,
    OptionalLine,
    Page,
    Paging,
    Strict,
    Whole,
    cut,
    shown,
)
from app.web.api.subscribers import SubscriberPath
from app.web.api.subscription_shapes import SubscriptionPath

TASTE = Chapter("Taste", "What people like, what they rule out, and what they thought of it.")


@dataclass(frozen=True)
class Offered:
    """Marks a text that must be one of the answers offered to a question of the quiz."""

    question: str

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Return the answers offered as the only values."""
        return core_schema.literal_schema(list(QUIZ[self.question]))


Roast = Annotated[str, Offered("roast")]
Style = Annotated[str, Offered("style")]
Strength = Annotated[str, Offered("strength")]
Brewing = Annotated[str, Offered("brew_methods")]
Additions = Annotated[str, Offered("additions")]
Caffeine = Annotated[str, Offered("caffeine")]
Expertise = Annotated[str, Offered("expertise")]


class Question(Strict):
    """A question of the quiz with the answers offered; `many` takes several."""

    name: str
    answers: list[str]
    many: bool


class Questions(Strict):
    """The quiz."""

    questions: list[Question]


class Quiz(Strict):
    """Answers to the quiz; null or empty where a question is left open."""

    model_config = shown(
        roast="Light",
        style="Fruity",
        strength="Medium",
        brew_methods=["Pour over"],
        additions=["No - just black"],
        caffeine="Full caffeine",
        expertise="Some",
    )

    roast: Roast | None = None
    style: Style | None = None
    strength: Strength | None = None
    brew_methods: list[Brewing] = Field(default_factory=list, max_length=10)
    additions: list[Additions] = Field(default_factory=list, max_length=5)
    caffeine: Caffeine | None = None
    expertise: Expertise | None = None


class ExclusionShape(Strict):
    """One thing ruled out for good; `decaf` and `caffeine` need no value, all others do."""

    kind: ExclusionKind
    value: OptionalLine = ""


class Exclusions(Strict):
    """Everything that must never be in somebody's boxes."""

    model_config = shown(exclusions=[{"kind": "allergen", "value": "nuts"}, {"kind": "decaf"}])

    exclusions: Annotated[list[ExclusionShape], Field(max_length=200)]


class MixItem(Strict):
    """So many bags or portions of a product in every box; 0 keeps it out of all."""

    product_id: Id
    units: Annotated[int, Whole(0, 1000)]


class Mix(Strict):
    """A subscription's own mix; whatever room is left is filled for them."""

    model_config = shown(items=[{"product_id": "0d9a6e3c-52a6-4f0a-8f50-6a3c5d0f4c11", "units": 1}])

    items: Annotated[list[MixItem], Field(max_length=200)]


class RatingIn(Strict):
    """How much somebody liked a product, from 1 to 5; the same reference is written once."""

    model_config = shown(
        product_id="0d9a6e3c-52a6-4f0a-8f50-6a3c5d0f4c11", liking=2, reasons=["too_bitter"]
    )

    product_id: Id
    liking: Annotated[int, Whole(1, 5)]
    reasons: Annotated[list[RatingReason], Field(max_length=len(RatingReason))] = Field(
        default_factory=list
    )
    note: OptionalLine = ""
    reference: Line | None = None


class Rating(Strict):
    """A rating that counts, with what somebody said besides."""

    product_id: Id
    liking: int
    reasons: list[RatingReason]
    note: str


class RatingPage(Page[Rating]):
    """One page of ratings."""


@TASTE.get("/quiz", Scope.SUBSCRIPTIONS_READ)
def get_questions(work: UnitOfWork) -> Questions:
    """Get the questions of the taste quiz and the answers offered."""
    return Questions(
        questions=[
            Question(name=name, answers=list(answers), many=name in MANY)
            for name, answers in QUIZ.items()
        ]
    )


@TASTE.get("/subscribers/<uuid:subscriber_id>/quiz", Scope.SUBSCRIPTIONS_READ)
def get_quiz(work: UnitOfWork, path: SubscriberPath) -> Quiz:
    """Get somebody's answers; all are open where they left the quiz out."""
    subscriber_of(work.session, path.subscriber_id)
    return shown_quiz(answers_of(work.session, path.subscriber_id) or QuizAnswers())


@TASTE.put("/subscribers/<uuid:subscriber_id>/quiz", Scope.SUBSCRIPTIONS_WRITE)
def put_quiz(work: UnitOfWork, path: SubscriberPath, body: Quiz) -> Quiz:
    """Store somebody's answers; they replace earlier ones."""
    subscriber_of(work.session, path.subscriber_id)
    answers = QuizAnswers(
        body.roast,
        body.style,
        body.strength,
        tuple(dict.fromkeys(body.brew_methods)),
        tuple(dict.fromkeys(body.additions)),
        body.caffeine,
        body.expertise,
    )
    answer_quiz(work, path.subscriber_id, answers)
    return shown_quiz(answers)


@TASTE.get("/subscribers/<uuid:subscriber_id>/exclusions", Scope.SUBSCRIPTIONS_READ)
def get_exclusions(work: UnitOfWork, path: SubscriberPath) -> Exclusions:
    """Get what somebody rules out."""
    subscriber_of(work.session, path.subscriber_id)
    found = own_exclusions(work.session, path.subscriber_id)
    return Exclusions(
        exclusions=[ExclusionShape(kind=each.kind, value=each.value) for each in found]
    )


@TASTE.put("/subscribers/<uuid:subscriber_id>/exclusions", Scope.SUBSCRIPTIONS_WRITE)
def put_exclusions(work: UnitOfWork, path: SubscriberPath, body: Exclusions) -> Exclusions:
    """Store what somebody rules out; from then on no box of theirs contains it."""
    subscriber_of(work.session, path.subscriber_id)
    wanted = tuple(Exclusion(each.kind, each.value) for each in body.exclusions)
    with blaming("exclusions"):
        set_exclusions(work, path.subscriber_id, wanted)
    return get_exclusions(work, path)


@TASTE.get("/subscriptions/<uuid:subscription_id>/mix", Scope.SUBSCRIPTIONS_READ)
def get_mix(work: UnitOfWork, path: SubscriptionPath) -> Mix:
    """Get a subscription's own mix."""
    any_subscription(work.session, path.subscription_id)
    found = mixes(work.session, [path.subscription_id]).get(path.subscription_id, {})
    return Mix(items=[MixItem(product_id=key, units=units) for key, units in found.items()])


@TASTE.put("/subscriptions/<uuid:subscription_id>/mix", Scope.SUBSCRIPTIONS_WRITE)
def put_mix(work: UnitOfWork, path: SubscriptionPath, body: Mix) -> Mix:
    """Store a subscription's own mix; it replaces the earlier one."""
    owner = any_subscription(work.session, path.subscription_id).subscriber_id
    units = {each.product_id: each.units for each in body.items}
    if len(units) < len(body.items):
        raise Refused(InputRefusal.TWICE, field="items")
    with blaming("items"):
        set_mix(work, owner, path.subscription_id, units)
    return get_mix(work, path)


@TASTE.get("/subscribers/<uuid:subscriber_id>/ratings", Scope.SUBSCRIPTIONS_READ)
def list_ratings(work: UnitOfWork, path: SubscriberPath, query: Paging) -> RatingPage:
    """List somebody's ratings, oldest first: the last one of each product."""
    subscriber_of(work.session, path.subscriber_id)
    page = cut(query, own_ratings(work.session, path.subscriber_id))
    found = [
        Rating(
            product_id=each.product_id,
            liking=each.liking,
            reasons=[RatingReason(reason) for reason in each.reasons],
            note=each.note,
        )
        for each in page["items"]
    ]
    return RatingPage(**{**page, "items": found})


@TASTE.create("/subscribers/<uuid:subscriber_id>/ratings", Scope.SUBSCRIPTIONS_WRITE)
def rate_coffee(work: UnitOfWork, path: SubscriberPath, body: RatingIn) -> Rating:
    """Write down how much somebody liked a product."""
    subscriber_of(work.session, path.subscriber_id)
    with blaming("product_id"):
        given = Given(body.liking, tuple(dict.fromkeys(body.reasons)), body.note)
        rate_product(work, path.subscriber_id, body.product_id, given, body.reference)
    return Rating(
        product_id=body.product_id,
        liking=given.liking,
        reasons=list(given.reasons),
        note=given.note,
    )


def shown_quiz(answers: QuizAnswers) -> Quiz:
    """Return answers in the API's words."""
    given = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in vars(answers).items()
    }
    return Quiz.model_validate(given)

"""Words of taste, and what may never be in a box. Pure."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.core.refusals import Refusal
from app.personalization.judgement import Judgement


class ExclusionKind(StrEnum):
    """What a person rules out for good. Exclusions are never broken."""

    ALLERGEN = "allergen"
    DECAF = "decaf"
    CAFFEINE = "caffeine"
    ROAST = "roast"
    PROCESS = "process"
    ORIGIN = "origin"
    PRODUCT = "product"


class TasteEventKind(StrEnum):
    """What a person told us about a product, in so many words or by what they did.

    RATING without a value takes earlier ones back. SKIP with 0 takes a skip back. KEEP is a coffee
    that we chose and that was left in the box until it shipped; REORDER asks again for one that
    came before.
    """

    RATING = "rating"
    SWAP_OUT = "swap_out"
    SWAP_IN = "swap_in"
    PIN = "pin"
    BAN = "ban"
    SKIP = "skip"
    KEEP = "keep"
    REORDER = "reorder"


class LineSource(StrEnum):
    """Why a line is in a box."""

    CHOSEN = "chosen"
    AUTO = "auto"
    SUBSTITUTE = "substitute"
    HERO = "hero"
    ADD_ON = "add_on"


class RatingReason(StrEnum):
    """What somebody may say about a cup besides how much they liked it."""

    LOVED_IT = "loved_it"
    TOO_BITTER = "too_bitter"
    TOO_SOUR = "too_sour"
    TOO_WEAK = "too_weak"
    TOO_STRONG = "too_strong"
    TOO_LIGHT = "too_light"
    TOO_DARK = "too_dark"
    DULL = "dull"
    NOT_FRESH = "not_fresh"
    DAMAGED = "damaged"


# Reasons that speak of the parcel: such a rating says nothing about taste.
NOT_OF_TASTE = (RatingReason.NOT_FRESH, RatingReason.DAMAGED)
LONGEST_NOTE = 1000


@dataclass(frozen=True)
class Rating:
    """How much somebody liked a coffee, 1 to 5, with reasons and own words."""

    liking: int
    reasons: tuple[RatingReason, ...] = ()
    note: str = ""


class TasteRefusal(Refusal):
    """Why a taste or a mix cannot be stored."""

    UNKNOWN_ANSWER = "Please choose one of the answers offered."
    UNKNOWN_EXCLUSION = "We do not know this kind of exclusion."
    BAD_RATING = "A rating goes from 1 to 5."
    NOTE_TOO_LONG = "Please keep your words below 1000 characters."
    MIX_TOO_LARGE = "This mix does not fit into the box."
    MIX_EXCLUDED = "This coffee is on your list of exclusions."
    MIX_NOT_OFFERED = "This coffee is not offered in your plan."
    TOO_MANY_OF_ONE = "That is more of one coffee than this plan allows."


QUIZ: dict[str, tuple[str, ...]] = {
    "roast": ("Light", "Medium", "Dark", "Blonde", "Nordic", "Italian", "French"),
    "style": (
        "Bright",
        "Fruity",
        "Floral",
        "Juicy",
        "Complex",
        "Light",
        "Sweet",
        "Caramalized",
        "Chocolatey",
        "Nutty",
        "Full Bodied",
        "Bold",
    ),
    "strength": ("Weak", "Somewhat light", "Medium", "Somewhat strong", "Very strong"),
    "brew_methods": (
        "Pour over",
        "Espresso",
        "French press",
        "Coffee brewing machine (e.g. Mr. Coffee)",
        "Pod/capsule machine (e.g. Keurig/Nespresso)",
        "Instant coffee",
        "Cold brew",
        "Bean-to-cup machine",
        "Coffee extract (e.g. Cometeer)",
        "Other",
    ),
    "additions": (
        "No - just black",
        "Milk, dairy alternative, or coffee creamer",
        "Sugar or sweetener",
        "Flavor syrup",
        "Other",
    ),
    "caffeine": ("Full caffeine", "Half caff", "Decaf"),
    "expertise": ("Beginner", "Some", "Much", "Expert"),
}
MANY = frozenset({"brew_methods", "additions"})


@dataclass(frozen=True)
class Exclusion:
    """One thing ruled out; `value` is empty for kinds that need none."""

    kind: ExclusionKind
    value: str = ""


@dataclass(frozen=True)
class ProductFacts:
    """What exclusions look at. `allergens` None means unknown."""

    product_id: uuid.UUID
    roast: str
    process: str
    origin: str
    decaf: bool
    allergens: frozenset[str] | None


def excludes(exclusion: Exclusion, product: ProductFacts) -> bool:
    """Say whether an exclusion rules a product out. Unknown allergens count as present."""
    value = exclusion.value.casefold()
    match exclusion.kind:
        case ExclusionKind.ALLERGEN:
            return product.allergens is None or value in product.allergens
        case ExclusionKind.DECAF:
            return product.decaf
        case ExclusionKind.CAFFEINE:
            return not product.decaf
        case ExclusionKind.PRODUCT:
            return value == str(product.product_id)
        case _:
            known: str = getattr(product, exclusion.kind.value)
            return known.casefold() == value


def is_excluded(exclusions: Iterable[Exclusion], product: ProductFacts) -> bool:
    """Say whether any exclusion rules a product out."""
    return any(excludes(each, product) for each in exclusions)


@dataclass(frozen=True)
class Offer:
    """A SKU that may go into the boxes of a batch, with what is free of it."""

    sku_id: uuid.UUID
    code: str
    product_id: uuid.UUID
    price_cents: int
    available: int
    grams: int
    grind: str
    facts: ProductFacts
    roaster: str = ""


@dataclass(frozen=True)
class BoxRequest:
    """What one box asks for.

    `order` is a stable number (boxes and draws are ordered by it). `slots` counts units.
    `wanted` are the subscriber's own choices with units; they come first, exclusions apart.
    `outs` are products taken out of this box. `recent` holds the products of the last boxes,
    newest first; they are not repeated, `favourites` apart. `grams` and `grind` say which SKUs
    fit; `takes` is the plan's limit on contents. `refill` lets the recommender fill the room of
    chosen units that ran out and have no substitute. `past` are the satisfactions of the
    subscription's last boxes, 0 to 1, newest first: who got little comes first now.
    """

    box_id: uuid.UUID
    order: int
    subscriber_id: uuid.UUID
    slots: int
    min_distinct: int
    max_per_item: int
    grind: str
    grams: int
    wanted: tuple[tuple[uuid.UUID, int], ...] = ()
    outs: frozenset[uuid.UUID] = frozenset()
    recent: tuple[frozenset[uuid.UUID], ...] = ()
    favourites: frozenset[uuid.UUID] = frozenset()
    takes: dict[str, Any] = field(default_factory=dict)
    refill: bool = True
    past: tuple[float, ...] = ()


@dataclass(frozen=True)
class QuizAnswers:
    """Answers to the quiz; None or empty where a question was left open."""

    roast: str | None = None
    style: str | None = None
    strength: str | None = None
    brew_methods: tuple[str, ...] = ()
    additions: tuple[str, ...] = ()
    caffeine: str | None = None
    expertise: str | None = None


def wrong_answer(answers: QuizAnswers) -> str | None:
    """Return the first question whose answer is not one of those offered."""
    for question, offered in QUIZ.items():
        given = getattr(answers, question)
        chosen = given if question in MANY else (given,) if given else ()
        if any(each not in offered for each in chosen):
            return question
    return None


def admitted(takes: Mapping[str, Any], offer: Offer) -> bool:
    """Say whether a plan's limit on contents lets an offer in."""
    if offer.facts.roast not in takes.get("roast", [offer.facts.roast]):
        return False
    dearest: int = takes.get("max_price_cents", offer.price_cents)
    return offer.price_cents <= dearest


@dataclass(frozen=True)
class ComposedLine:
    """Units of one SKU in a box; `instead_of` is the SKU it replaces."""

    sku_id: uuid.UUID
    units: int
    source: LineSource
    score: float
    instead_of: uuid.UUID | None = None
    repeat: bool = False


@dataclass(frozen=True)
class ComposedBox:
    """One composed box; `missing` units could not be filled; `missing_wanted` names chosen ones."""

    box_id: uuid.UUID
    lines: tuple[ComposedLine, ...]
    missing: int = 0
    missing_wanted: tuple[tuple[uuid.UUID, int], ...] = ()


@dataclass(frozen=True)
class Composition:
    """All boxes of a batch, with the proof of how good they are.

    `bound` is the most that any composition could reach; `prices` are per SKU, in points of taste;
    `reasons` say why each line is there, by box and SKU; `keep` makes the file of everything that
    decided it, with its sum, from which `rederive_boxes` composes it again.
    """

    boxes: tuple[ComposedBox, ...]
    value: float
    bound: float
    method: str
    model_version: str
    input_sha: str
    prices: dict[uuid.UUID, float]
    curation: dict[str, Any] = field(default_factory=dict)
    reasons: Mapping[tuple[uuid.UUID, uuid.UUID], dict[str, Any]] = field(default_factory=dict)
    keep: Callable[[], tuple[str, bytes] | None] = lambda: None
    judgements: Mapping[uuid.UUID, Judgement] = field(default_factory=dict)

"""Reads and shows the taste quiz and the exclusions, for sign-up and for the taste page."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.catalog.queries import products
from app.catalog.rules import Roast, SaleStatus
from app.core.unit_of_work import UnitOfWork
from app.personalization.queries import answers_of, exclusions, own_exclusions
from app.personalization.rules import MANY, QUIZ, Exclusion, ExclusionKind, QuizAnswers
from app.web import words
from app.web.i18n import named
from app.web.typed import Typed

CAFFEINE_RULES = (ExclusionKind.DECAF.value, ExclusionKind.CAFFEINE.value)
Options = list[tuple[str, str]]


@dataclass(frozen=True)
class OfferedExclusions:
    """What can be ruled out, as (value, words); what somebody ruled out before stays offered."""

    allergen: Options
    roast: Options
    process: Options
    origin: Options
    product: Options


@dataclass(frozen=True)
class StoredTaste:
    """Somebody's answers and exclusions as the form shows them."""

    answers: QuizAnswers
    ruled_out: dict[str, list[str]]
    caffeine_rule: str


def read_answers(typed: Typed) -> QuizAnswers:
    """Read the quiz; every question may be left open."""
    given: dict[str, object] = {}
    for question, offered in QUIZ.items():
        if question in MANY:
            given[question] = typed.many(question, offered)
        else:
            given[question] = typed.choice(question, offered, required=False)
    return QuizAnswers(**given)  # type: ignore[arg-type]  # the quiz names the fields


def read_exclusions(typed: Typed, offered: OfferedExclusions) -> tuple[Exclusion, ...]:
    """Read what is ruled out."""
    found = []
    for kind, options in vars(offered).items():
        values = [value for value, _ in options]
        ticked = typed.many(f"no_{kind}", values)
        found += [Exclusion(ExclusionKind(kind), value) for value in ticked]
    rule = typed.choice("caffeine_rule", CAFFEINE_RULES, required=False)
    if rule:
        found.append(Exclusion(ExclusionKind(rule)))
    return tuple(found)


def stored_taste(work: UnitOfWork, subscriber_id: uuid.UUID) -> StoredTaste:
    """Return what somebody told us before."""
    answers = answers_of(work.session, subscriber_id) or QuizAnswers()
    return shown_taste(answers, own_exclusions(work.session, subscriber_id))


def shown_taste(answers: QuizAnswers, ruled: Sequence[Exclusion]) -> StoredTaste:
    """Return answers and exclusions as the form shows them."""
    ruled_out: dict[str, list[str]] = {}
    rule = ""
    for each in ruled:
        if each.value:
            ruled_out.setdefault(each.kind.value, []).append(each.value)
        else:
            rule = each.kind.value
    return StoredTaste(answers, ruled_out, rule)


def offered_exclusions(work: UnitOfWork, subscriber_id: uuid.UUID) -> OfferedExclusions:
    """Return what can be ruled out, from what is on sale."""
    on_sale = products(work.session, SaleStatus.ON_SALE)
    every = exclusions(work.session, [subscriber_id]).get(subscriber_id, ())
    before = shown_taste(QuizAnswers(), every).ruled_out
    allergens = {each for product in on_sale for each in product.allergens or ()}
    return OfferedExclusions(
        allergen=_worded(
            {*words.ALLERGENS, *allergens, *before.get("allergen", [])}, words.allergen_words
        ),
        roast=[(roast.value, str(words.ROASTS[roast.value])) for roast in Roast],
        process=_worded(
            {each.process for each in on_sale} | {*before.get("process", [])},
            words.processing_words,
        ),
        origin=_worded(
            {each.origin for each in on_sale} | {*before.get("origin", [])}, words.origin_words
        ),
        product=_products(on_sale, before.get("product", [])),
    )


def _worded(values: set[str], told: Callable[[str], str]) -> Options:
    found = {value.strip().casefold(): value for value in values if value.strip()}
    return sorted(((key, told(value)) for key, value in found.items()), key=lambda pair: pair[1])


def _products(on_sale: Sequence[Any], before: list[str]) -> Options:
    known = [(str(each.id), named(each.name)) for each in on_sale]
    gone = [(each, each[:8]) for each in before if each not in {key for key, _ in known}]
    return known + gone

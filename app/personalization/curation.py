"""What a curator settles for the boxes of some days. Pure.

A theme in words, a hero that every box gets that may have it, coffees that stay out, and coffees
that another one replaces. Exclusions of subscribers win over everything here; their own choices
come before the hero when a box has no room for both.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from app.core.refusals import Refusal
from app.personalization.rules import Offer


class CurationKind(StrEnum):
    """What one rule of a curation says about a coffee.

    EMBARGO holds for every box that ships before its day, whichever curation says so; the others
    hold for the days of their curation.
    """

    HERO = "hero"
    EMBARGO = "embargo"
    LEAVE_OUT = "leave_out"
    REPLACE = "replace"


class CurationRefusal(Refusal):
    """Why a curation cannot be saved."""

    UNKNOWN = "There is no such curation."
    DAYS_REVERSED = "The last day lies before the first."
    DAYS_PAST = "These days have passed already."
    DAYS_TAKEN = "Another curation covers some of these days."
    TWO_HEROES = "There is room for one hero."
    TWICE = "This coffee is named twice. One rule for each coffee is enough."
    HERO_KEPT_BACK = "The hero cannot go into these boxes: an embargo keeps it back."
    HERO_ELSEWHERE = "This coffee is the hero of another curation before that day."
    ITSELF = "A coffee cannot replace itself."
    REPLACED_BY_MISSING = "What replaces a coffee is itself left out, kept back or replaced."
    NO_DAY = "Please say from which day on this coffee may go into boxes."
    NO_REPLACEMENT = "Please say which coffee goes in instead."


@dataclass(frozen=True)
class CurationRule:
    """One rule: `until` is the first day of an embargoed coffee, `instead_id` what replaces it."""

    kind: CurationKind
    product_id: uuid.UUID
    instead_id: uuid.UUID | None = None
    until: date | None = None


@dataclass(frozen=True)
class CurationFields:
    """A curation as a curator writes it: its days, its theme by language, its rules."""

    starts_on: date
    ends_on: date
    theme: Mapping[str, str]
    rules: tuple[CurationRule, ...] = ()


@dataclass(frozen=True)
class Elsewhere:
    """What other curations say: first days of embargoed coffees, first days of heroes."""

    embargoes: Mapping[uuid.UUID, date] = field(default_factory=dict)
    heroes: Mapping[uuid.UUID, date] = field(default_factory=dict)


@dataclass(frozen=True)
class Curation:
    """What holds for the boxes of one day; `closed` may not be put in, `instead` says by what."""

    theme: Mapping[str, str] = field(default_factory=dict)
    hero: uuid.UUID | None = None
    closed: frozenset[uuid.UUID] = frozenset()
    instead: Mapping[uuid.UUID, uuid.UUID] = field(default_factory=dict)

    def as_record(self) -> dict[str, Any]:
        """Return it as plain words, to be kept with what was composed under it."""
        if self == UNCURATED:
            return {}
        return {
            "theme": dict(self.theme),
            "hero": str(self.hero) if self.hero else None,
            "closed": sorted(str(each) for each in self.closed),
            "instead": {str(old): str(new) for old, new in sorted(self.instead.items())},
        }


UNCURATED = Curation()


def in_force(
    theme: Mapping[str, str], rules: Iterable[CurationRule], kept_back: Iterable[uuid.UUID]
) -> Curation:
    """Return what a day's rules come to; `kept_back` are the coffees under embargo that day."""
    found = tuple(rules)
    instead = {
        rule.product_id: rule.instead_id
        for rule in found
        if rule.kind is CurationKind.REPLACE and rule.instead_id
    }
    left_out = {rule.product_id for rule in found if rule.kind is CurationKind.LEAVE_OUT}
    closed = frozenset(left_out | set(instead) | set(kept_back))
    heroes = [rule.product_id for rule in found if rule.kind is CurationKind.HERO]
    hero = heroes[0] if heroes and heroes[0] not in closed else None
    return Curation(dict(theme), hero, closed, instead)


def curated(offers: Sequence[Offer], curation: Curation) -> list[Offer]:
    """Return the offers of a day: what is closed has nothing to give, as if it had run out."""
    return [
        replace(offer, available=0) if offer.product_id in curation.closed else offer
        for offer in offers
    ]


def contradiction(fields: CurationFields, elsewhere: Elsewhere) -> CurationRefusal | None:
    """Return the first thing in a curation that cannot be meant, or None."""
    if fields.ends_on < fields.starts_on:
        return CurationRefusal.DAYS_REVERSED
    incomplete = next((found for rule in fields.rules if (found := _incomplete(rule))), None)
    return incomplete or _wrong_hero(fields, elsewhere) or _clash(fields, elsewhere)


def _incomplete(rule: CurationRule) -> CurationRefusal | None:
    if rule.kind is CurationKind.EMBARGO and rule.until is None:
        return CurationRefusal.NO_DAY
    if rule.kind is CurationKind.REPLACE and rule.instead_id is None:
        return CurationRefusal.NO_REPLACEMENT
    if rule.instead_id == rule.product_id:
        return CurationRefusal.ITSELF
    return None


def _wrong_hero(fields: CurationFields, elsewhere: Elsewhere) -> CurationRefusal | None:
    heroes = [rule.product_id for rule in fields.rules if rule.kind is CurationKind.HERO]
    if len(heroes) > 1:
        return CurationRefusal.TWO_HEROES
    if set(heroes) & _kept_back(fields, elsewhere):
        return CurationRefusal.HERO_KEPT_BACK
    for product_id, until in _embargoes(fields).items():
        if elsewhere.heroes.get(product_id, until) < until:
            return CurationRefusal.HERO_ELSEWHERE
    return None


def _clash(fields: CurationFields, elsewhere: Elsewhere) -> CurationRefusal | None:
    named = [rule.product_id for rule in fields.rules]
    if len(set(named)) < len(named):
        return CurationRefusal.TWICE
    closed = {rule.product_id for rule in fields.rules if rule.kind is not CurationKind.HERO}
    closed |= _kept_back(fields, elsewhere)
    if any(rule.instead_id in closed for rule in fields.rules if rule.instead_id):
        return CurationRefusal.REPLACED_BY_MISSING
    return None


def _embargoes(fields: CurationFields) -> dict[uuid.UUID, date]:
    return {
        rule.product_id: rule.until
        for rule in fields.rules
        if rule.kind is CurationKind.EMBARGO and rule.until
    }


def _kept_back(fields: CurationFields, elsewhere: Elsewhere) -> set[uuid.UUID]:
    """Return the coffees that are under embargo on the first of a curation's days."""
    both = [*elsewhere.embargoes.items(), *_embargoes(fields).items()]
    return {product_id for product_id, until in both if until > fields.starts_on}

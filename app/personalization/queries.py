"""Reads about tastes, exclusions, mixes and ratings."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, not_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.catalog.models import Product, Sku, Stock
from app.catalog.rules import SaleStatus
from app.core.database import among
from app.personalization.models import (
    ExclusionRow,
    HouseholdMember,
    MixEntry,
    TasteEvent,
    TasteOff,
    TasteProfile,
)
from app.personalization.rules import (
    NOT_OF_TASTE,
    Exclusion,
    Offer,
    ProductFacts,
    QuizAnswers,
    TasteEventKind,
)


def facts_of(product: Product) -> ProductFacts:
    """Return what exclusions look at in a product."""
    return ProductFacts(
        product_id=product.id,
        roast=product.roast.value,
        process=product.process,
        origin=product.origin,
        decaf=product.decaf,
        allergens=None
        if product.allergens is None
        else frozenset(each.casefold() for each in product.allergens),
    )


def offers_on_sale(session: Session) -> list[Offer]:
    """Return every SKU that may go into boxes, with what is free of it, ordered by code."""
    rows = session.execute(
        select(Sku, Product, Stock.on_hand)
        .join(Product)
        .join(Stock)
        .where(Sku.status == SaleStatus.ON_SALE, Product.status == SaleStatus.ON_SALE)
        .order_by(Sku.code)
        .execution_options(populate_existing=True)
    )
    return [
        Offer(
            sku_id=sku.id,
            code=sku.code,
            product_id=product.id,
            price_cents=sku.price_cents,
            available=on_hand,
            grams=sku.grams,
            grind=sku.grind.value,
            facts=facts_of(product),
            roaster=str(product.facts.get("roaster") or "").strip().casefold(),
        )
        for sku, product, on_hand in rows
    ]


def answers_of(session: Session, subscriber_id: uuid.UUID) -> QuizAnswers | None:
    """Return somebody's answers to the quiz, or None if they left it out."""
    profile = session.get(TasteProfile, subscriber_id)
    return None if profile is None else answers_in(profile)


def answers_in(profile: TasteProfile | HouseholdMember) -> QuizAnswers:
    """Return the answers that a row holds."""
    return QuizAnswers(
        profile.roast,
        profile.style,
        profile.strength,
        tuple(profile.brew_methods),
        tuple(profile.additions),
        profile.caffeine,
        profile.expertise,
    )


def profiles(session: Session, subscribers: Iterable[uuid.UUID] | None) -> list[TasteProfile]:
    """Return the quiz answers of some people, or of everybody for None.

    Those who want no box of their own taste are left out.
    """
    query = (
        select(TasteProfile)
        .where(TasteProfile.subscriber_id.not_in(select(TasteOff.subscriber_id)))
        .order_by(TasteProfile.subscriber_id)
    )
    if subscribers is not None:
        query = query.where(among(TasteProfile.subscriber_id, subscribers))
    return list(session.scalars(query))


def ratings(
    session: Session, subscribers: Iterable[uuid.UUID] | None
) -> list[tuple[uuid.UUID, uuid.UUID, int]]:
    """Return the ratings that count as (subscriber, product, 1 to 5), oldest first.

    The last one of a product counts, unless it was taken back, or speaks of a stale or damaged
    bag. Everybody's for None, but never those of people who want no box of their own taste.
    """
    query = last_lines(TasteEvent.value).where(
        TasteEvent.subscriber_id.not_in(select(TasteOff.subscriber_id)), is_of_taste()
    )
    if subscribers is not None:
        query = query.where(among(TasteEvent.subscriber_id, subscribers))
    rows = sorted(session.execute(query).all())
    return [(person, product, value) for _, person, product, value in rows if value is not None]


def last_lines(*columns: Any) -> Select[Any]:
    """Select the last line about the rating of each coffee by each person.

    The columns are the line's number, person, product, and those asked for.
    """
    return (
        select(TasteEvent.id, TasteEvent.subscriber_id, TasteEvent.product_id, *columns)
        .where(TasteEvent.kind == TasteEventKind.RATING)
        .ext(distinct_on(TasteEvent.subscriber_id, TasteEvent.product_id))
        .order_by(TasteEvent.subscriber_id, TasteEvent.product_id, TasteEvent.id.desc())
    )


def is_of_taste() -> ColumnElement[bool]:
    """Return the condition under which a line of the diary says something about taste."""
    about_parcel = [reason.value for reason in NOT_OF_TASTE]
    speaks_of_it: ColumnElement[bool] = TasteEvent.reasons.overlap(about_parcel)
    return not_(speaks_of_it)


@dataclass(frozen=True)
class Line:
    """One line of the diary of taste as habits are learnt from it."""

    id: int
    subscriber_id: uuid.UUID
    product_id: uuid.UUID
    kind: TasteEventKind
    value: int | None
    at: datetime


def lines_of(
    session: Session, subscribers: Iterable[uuid.UUID] | None, until: int | None = None
) -> list[Line]:
    """Return the diary of some people, or of everybody for None, up to and with line `until`.

    Skips that were taken back, and what was said of a stale or damaged bag, are left out; so is
    everything of people who want no box of their own taste.
    """
    line = TasteEvent
    taken_back = (line.kind == TasteEventKind.SKIP) & (line.value == 0)
    query = (
        select(line.id, line.subscriber_id, line.product_id, line.kind, line.value, line.at)
        .where(line.subscriber_id.not_in(select(TasteOff.subscriber_id)))
        .where(is_of_taste(), not_(taken_back))
        .order_by(line.at, line.id)
    )
    if subscribers is not None:
        query = query.where(among(line.subscriber_id, subscribers))
    if until is not None:
        query = query.where(line.id <= until)
    return [Line(*row) for row in session.execute(query)]


@dataclass(frozen=True)
class RatingRow:
    """A rating that counts, as its author may see and change it."""

    product_id: uuid.UUID
    liking: int
    reasons: tuple[str, ...]
    note: str
    at: datetime


def own_ratings(session: Session, subscriber_id: uuid.UUID) -> list[RatingRow]:
    """Return somebody's ratings, oldest first, whether they are learnt from or not."""
    query = last_lines(TasteEvent.value, TasteEvent.reasons, TasteEvent.note, TasteEvent.at)
    rows = session.execute(query.where(TasteEvent.subscriber_id == subscriber_id)).all()
    return [
        RatingRow(row.product_id, row.value, tuple(row.reasons), row.note, row.at)
        for row in sorted(rows, key=lambda row: row.id)
        if row.value is not None
    ]


@dataclass(frozen=True)
class DiaryLine:
    """One line of somebody's diary of taste, with the code and name of the coffee."""

    at: datetime
    kind: str
    code: str
    name: dict[str, str]
    value: int | None
    reasons: tuple[str, ...]
    note: str


def diary_of(session: Session, subscriber_id: uuid.UUID) -> list[DiaryLine]:
    """Return everything that somebody told us about coffees or did with them, oldest first."""
    rows = session.execute(
        select(TasteEvent, Product.code, Product.name)
        .join(Product, Product.id == TasteEvent.product_id)
        .where(TasteEvent.subscriber_id == subscriber_id)
        .order_by(TasteEvent.id)
    )
    return [
        DiaryLine(
            event.at, event.kind.value, code, name, event.value, tuple(event.reasons), event.note
        )
        for event, code, name in rows
    ]


def without_taste(session: Session, subscribers: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return which of these people want no box of their own taste."""
    query = select(TasteOff.subscriber_id).where(among(TasteOff.subscriber_id, subscribers))
    return frozenset(session.scalars(query))


def exclusions(
    session: Session, subscribers: Iterable[uuid.UUID]
) -> dict[uuid.UUID, tuple[Exclusion, ...]]:
    """Return what is ruled out of the boxes of each of these people, by anybody who shares them."""
    rows = session.scalars(
        select(ExclusionRow)
        .where(among(ExclusionRow.subscriber_id, subscribers))
        .order_by(ExclusionRow.id)
    )
    found: dict[uuid.UUID, dict[Exclusion, None]] = defaultdict(dict)
    for row in rows:
        found[row.subscriber_id][Exclusion(row.kind, row.value)] = None
    return {person: tuple(each) for person, each in found.items()}


def own_exclusions(
    session: Session, subscriber_id: uuid.UUID, member_id: uuid.UUID | None = None
) -> tuple[Exclusion, ...]:
    """Return what one person alone rules out: a subscriber, or somebody of the household."""
    rows = session.scalars(
        select(ExclusionRow)
        .where(ExclusionRow.subscriber_id == subscriber_id, ExclusionRow.member_id == member_id)
        .order_by(ExclusionRow.id)
    )
    return tuple(Exclusion(row.kind, row.value) for row in rows)


def mixes(
    session: Session, subscriptions: Iterable[uuid.UUID]
) -> dict[uuid.UUID, dict[uuid.UUID, int]]:
    """Return each subscription's mix: units by product, 0 for what is banned."""
    rows = session.scalars(
        select(MixEntry)
        .where(among(MixEntry.subscription_id, subscriptions))
        .order_by(MixEntry.subscription_id, MixEntry.product_id)
    )
    found: dict[uuid.UUID, dict[uuid.UUID, int]] = defaultdict(dict)
    for row in rows:
        found[row.subscription_id][row.product_id] = row.units
    return dict(found)


def favourites(
    session: Session, subscribers: Iterable[uuid.UUID]
) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """Return the products that people rated 5 last: those may come again at once."""
    found: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for person, product, value in ratings(session, subscribers):
        if value == 5:
            found[person].add(product)
    return {person: frozenset(each) for person, each in found.items()}

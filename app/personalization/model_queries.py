"""Reads about learnt models: their files, what they were learnt from, what has changed since."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.catalog.models import Product
from app.catalog.queries import products_by_id
from app.catalog.rules import SaleStatus
from app.core.database import among
from app.core.refusals import Refused
from app.personalization.model_rules import LEAST_BOXES, ModelKind, ModelRefusal, ModelStatus
from app.personalization.models import ArtefactRow, ModelRow, TasteEvent, TasteOff, TasteProfile
from app.personalization.queries import is_of_taste, last_lines, profiles
from app.personalization.rules import MANY, QUIZ, TasteEventKind

Rating = tuple[uuid.UUID, uuid.UUID, int]


@dataclass(frozen=True)
class StoredFile:
    """The bytes of a model with the sum they must have."""

    version: str
    kind: ModelKind
    sha256: str
    content: bytes


@dataclass(frozen=True)
class ModelEntry:
    """A model as people look at it; `replaced` is the version that was live before it."""

    version: str
    kind: str
    status: str
    learnt_from: dict[str, Any]
    metrics: dict[str, Any]
    artefact_sha: str
    last_event_id: int | None
    created_at: datetime
    evaluated_at: datetime | None
    released_at: datetime | None
    release_note: str
    replaced: str | None


@dataclass(frozen=True, eq=False)
class Lessons:
    """What can be learnt from: everybody's answers, the coffees, and the ratings that count.

    Those who rated without answering have no profile; those who want no box of their own taste
    are left out. `events` are the numbers and moments of the first and the last line that was read.
    """

    people: tuple[tuple[uuid.UUID, TasteProfile | None], ...]
    products: tuple[Product, ...]
    ratings: tuple[Rating, ...]
    events: tuple[tuple[int, datetime], tuple[int, datetime]] | None


def live_row(session: Session) -> ModelRow | None:
    """Return the model that scores the boxes, or None while the shop uses the hand-set taste."""
    return session.scalars(
        select(ModelRow).where(ModelRow.status == ModelStatus.LIVE)
    ).one_or_none()


def model_row(session: Session, version: str) -> ModelRow:
    """Return a model by its version; refuse one that does not exist."""
    row = session.scalars(select(ModelRow).where(ModelRow.version == version)).one_or_none()
    if row is None:
        raise Refused(ModelRefusal.UNKNOWN, offer=version)
    return row


def newest_row(session: Session) -> ModelRow | None:
    """Return the model that was learnt last."""
    return session.scalars(select(ModelRow).order_by(ModelRow.id.desc()).limit(1)).one_or_none()


def models(session: Session) -> tuple[ModelEntry, ...]:
    """Return all models, the newest first."""
    rows = session.scalars(select(ModelRow).order_by(ModelRow.id.desc()))
    return tuple(entry_of(row) for row in rows)


def entry_of(row: ModelRow) -> ModelEntry:
    """Return a model as people look at it."""
    return ModelEntry(
        row.version,
        row.kind.value,
        row.status.value,
        row.learnt_from,
        row.metrics,
        row.artefact_sha,
        row.last_event_id,
        row.created_at,
        row.evaluated_at,
        row.released_at,
        row.release_note,
        row.replaced,
    )


def file_of(session: Session, row: ModelRow) -> StoredFile:
    """Return the file of a model, as it lies in the database."""
    return StoredFile(
        row.version, row.kind, row.artefact_sha, content_of(session, row.artefact_sha)
    )


def content_of(session: Session, sha256: str) -> bytes:
    """Return the bytes that were stored under a sum."""
    return session.scalars(select(ArtefactRow.content).where(ArtefactRow.sha256 == sha256)).one()


def lessons(session: Session, until: int | None = None) -> Lessons:
    """Return what can be learnt from the diary up to and with line `until`, or all of it."""
    query = last_lines(TasteEvent.value, TasteEvent.at).where(
        TasteEvent.subscriber_id.not_in(select(TasteOff.subscriber_id)), is_of_taste()
    )
    if until is not None:
        query = query.where(TasteEvent.id <= until)
    rows = sorted(session.execute(query).all(), key=lambda row: row.id)
    told = [row for row in rows if row.value is not None]
    answered = {profile.subscriber_id: profile for profile in profiles(session, None)}
    people = sorted(answered.keys() | {row.subscriber_id for row in told})
    known = products_by_id(session, {row.product_id for row in told})
    return Lessons(
        tuple((person, answered.get(person)) for person in people),
        tuple(sorted(known.values(), key=lambda product: product.code)),
        tuple((row.subscriber_id, row.product_id, row.value) for row in told),
        ((rows[0].id, rows[0].at), (rows[-1].id, rows[-1].at)) if rows else None,
    )


def events_after(session: Session, event_id: int | None) -> int:
    """Count the lines of the diary after one, or all of them."""
    query = select(func.count()).select_from(TasteEvent)
    return session.scalar(query.where(TasteEvent.id > (event_id or 0))) or 0


def people_with_history(session: Session) -> int:
    """Count the people who have had boxes enough for habits to be learnt from."""
    query = (
        select(TasteEvent.subscriber_id)
        .where(
            TasteEvent.kind == TasteEventKind.KEEP,
            TasteEvent.subscriber_id.not_in(select(TasteOff.subscriber_id)),
        )
        .group_by(TasteEvent.subscriber_id)
        .having(func.count(func.distinct(TasteEvent.at)) >= LEAST_BOXES)
    )
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def coffees_on_sale(session: Session) -> list[str]:
    """Return the codes of the products on sale."""
    query = select(Product.code).where(Product.status == SaleStatus.ON_SALE).order_by(Product.code)
    return list(session.scalars(query))


def answer_counts(people: Iterable[TasteProfile]) -> dict[str, dict[str, int]]:
    """Count how often each answer was given, by question."""
    counts: dict[str, Counter[str]] = {question: Counter() for question in QUIZ}
    for profile in people:
        for question, count in counts.items():
            given = getattr(profile, question)
            count.update(given if question in MANY else [given] if given else [])
    return {question: dict(sorted(count.items())) for question, count in counts.items()}


def ratings_after(session: Session, event_id: int) -> list[Rating]:
    """Return the ratings written after a line of the diary, oldest first, by people with a taste
    switched on."""
    rows = session.execute(
        select(TasteEvent.subscriber_id, TasteEvent.product_id, TasteEvent.value)
        .where(
            TasteEvent.id > event_id,
            TasteEvent.kind == TasteEventKind.RATING,
            TasteEvent.value.is_not(None),
            TasteEvent.subscriber_id.not_in(select(TasteOff.subscriber_id)),
        )
        .order_by(TasteEvent.id)
    )
    return [(person, product, value) for person, product, value in rows if value is not None]


def ratings_before(
    session: Session, event_id: int, people: Sequence[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """Count the ratings that people had given up to a line of the diary."""
    rows = session.execute(
        select(TasteEvent.subscriber_id, func.count())
        .where(
            TasteEvent.id <= event_id,
            TasteEvent.kind == TasteEventKind.RATING,
            among(TasteEvent.subscriber_id, people),
        )
        .group_by(TasteEvent.subscriber_id)
    )
    found: dict[uuid.UUID, int] = defaultdict(int)
    found.update({person: count for person, count in rows})
    return found

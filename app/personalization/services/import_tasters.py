"""Takes the people of a tasting in: who they are, what they answered, how they liked what.

Set-wise: some thousand people take seconds. The same file again changes nothing. What a person
said here since then is never undone by a file.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.catalog.queries import products
from app.catalog.rules import SaleStatus
from app.catalog.services.save_product import ProductFields, save_product
from app.core.database import among
from app.core.file_lines import ImportReport
from app.core.unit_of_work import UnitOfWork
from app.people.models import Person
from app.people.services.register_many import register_many
from app.people.services.register_person import NewPerson
from app.personalization.models import TasteEvent, TasteProfile
from app.personalization.rules import QuizAnswers, TasteEventKind
from app.personalization.taster_file import TASTED, Taster, TasterFile

SOURCE = "tasting"


def import_tasters(work: UnitOfWork, file: TasterFile) -> ImportReport:
    """Register the people that are new; take up answers and ratings that the file corrects."""
    coffees = _tasted_coffees(work)
    wished = [NewPerson(each.email, f"Taster {each.respondent}") for each in file.people]
    registered = register_many(work, wished)
    people = {registered.ids[each.email.lower()]: each for each in file.people}
    changed = _answer(work, people) | _rate(work, people, coffees)
    changed -= registered.new
    return ImportReport(
        new=len(registered.new),
        changed=len(changed),
        unchanged=len(people) - len(registered.new) - len(changed),
        problems=file.problems,
    )


def _tasted_coffees(work: UnitOfWork) -> dict[str, uuid.UUID]:
    """Return the products by letter; what is missing is added, and never sold."""
    known = {product.code: product.id for product in products(work.session)}
    return {
        coffee.letter: known.get(coffee.code)
        or save_product(
            work,
            ProductFields(
                coffee.code, coffee.name, coffee.taste, {"source": SOURCE}, SaleStatus.RETIRED
            ),
        ).id
        for coffee in TASTED
    }


def _answer(work: UnitOfWork, people: Mapping[uuid.UUID, Taster]) -> set[uuid.UUID]:
    """Store answers; return whose were new or corrected. A person's own later answers stay."""
    if not people:
        return set()
    rows = [
        {"subscriber_id": key, "answered_at": work.now, **_columns(each.answers)}
        for key, each in people.items()
    ]
    added = set(
        work.session.scalars(
            insert(TasteProfile).on_conflict_do_nothing().returning(TasteProfile.subscriber_id),
            rows,
        )
    )
    stale: list[dict[str, Any]] = [
        {"subscriber_id": profile.subscriber_id, **wanted}
        for profile in _from_files(work, people)
        if (wanted := _columns(people[profile.subscriber_id].answers)) != _stored(profile)
    ]
    if stale:
        work.session.execute(update(TasteProfile), stale)
    return added | {row["subscriber_id"] for row in stale}


def _columns(answers: QuizAnswers) -> dict[str, object]:
    return {
        name: list(answer) if isinstance(answer, tuple) else answer
        for name, answer in asdict(answers).items()
    }


def _stored(profile: TasteProfile) -> dict[str, object]:
    return {name: getattr(profile, name) for name in _columns(QuizAnswers())}


def _from_files(work: UnitOfWork, people: Mapping[uuid.UUID, Taster]) -> Sequence[TasteProfile]:
    """Return the answers that came with the person: a file brings both at the same moment."""
    return work.session.scalars(
        select(TasteProfile)
        .join(Person, Person.id == TasteProfile.subscriber_id)
        .where(
            among(TasteProfile.subscriber_id, people),
            TasteProfile.answered_at == Person.created_at,
        )
        .execution_options(populate_existing=True)
    ).all()


def _rate(
    work: UnitOfWork, people: Mapping[uuid.UUID, Taster], coffees: Mapping[str, uuid.UUID]
) -> set[uuid.UUID]:
    """Write ratings into the diary; return whose were new or corrected.

    The diary is never changed: a rating that the file corrects is a new line of it.
    """
    written = _written(work, people, coffees)
    rows: list[dict[str, Any]] = []
    for person, taster in people.items():
        for letter, liking in taster.likings:
            earlier = written.get((person, coffees[letter]), [])
            if earlier[-1:] == [liking]:
                continue
            reference = f"{SOURCE}/{taster.respondent}/{letter}/{len(earlier) + 1}"
            rows.append(
                {
                    "subscriber_id": person,
                    "product_id": coffees[letter],
                    "kind": TasteEventKind.RATING,
                    "value": liking,
                    "reference": reference,
                    "at": work.now,
                }
            )
    if rows:
        work.session.execute(insert(TasteEvent).on_conflict_do_nothing(), rows)
    return {row["subscriber_id"] for row in rows}


def _written(
    work: UnitOfWork, people: Mapping[uuid.UUID, Taster], coffees: Mapping[str, uuid.UUID]
) -> dict[tuple[uuid.UUID, uuid.UUID], list[int]]:
    """Return what files said before, by person and product, the oldest first."""
    found: dict[tuple[uuid.UUID, uuid.UUID], list[int]] = defaultdict(list)
    rows = work.session.execute(
        select(TasteEvent.subscriber_id, TasteEvent.product_id, TasteEvent.value)
        .where(
            among(TasteEvent.subscriber_id, people),
            TasteEvent.product_id.in_(list(coffees.values())),
            TasteEvent.reference.startswith(f"{SOURCE}/", autoescape=True),
        )
        .order_by(TasteEvent.id)
    )
    for person, product, value in rows:
        found[person, product].append(value or 0)
    return found

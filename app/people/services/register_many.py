"""Registers many subscribers at once, for imports; those who are known already stay as they are."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert

from app.core.unit_of_work import UnitOfWork
from app.people.models import Person, person_role
from app.people.queries import ids_by_email
from app.people.rules import Role
from app.people.services.register_person import NewPerson, roles_named


@dataclass(frozen=True)
class Registered:
    """Everybody's id by lower-case e-mail address, and who was not known before."""

    ids: dict[str, uuid.UUID]
    new: frozenset[uuid.UUID]


def register_many(work: UnitOfWork, people: Sequence[NewPerson]) -> Registered:
    """Register the people who are not known yet, without a password; return everybody."""
    wished = {each.email.strip().lower(): each for each in people}
    if not wished:
        return Registered({}, frozenset())
    known = ids_by_email(work.session, wished)
    rows = [
        {
            "id": uuid.uuid4(),
            "email": each.email.strip(),
            "name": each.name.strip(),
            "locale": each.locale,
            "fs_uniquifier": uuid.uuid4().hex,
            "created_at": work.now,
        }
        for key, each in wished.items()
        if key not in known
    ]
    new = _add(work, rows) if rows else frozenset()
    return Registered(known | ids_by_email(work.session, wished.keys() - known.keys()), new)


def _add(work: UnitOfWork, rows: list[dict[str, object]]) -> frozenset[uuid.UUID]:
    statement = insert(Person).on_conflict_do_nothing().returning(Person.id)
    new = frozenset(work.session.scalars(statement, rows))
    (subscriber,) = roles_named(work, [Role.SUBSCRIBER])
    grant = insert(person_role).on_conflict_do_nothing()
    work.session.execute(grant, [{"person_id": key, "role_id": subscriber.id} for key in new])
    return new

"""Remembers in which language somebody reads pages and letters."""

import uuid

from app.core.unit_of_work import UnitOfWork
from app.people.queries import person_of


def change_language(work: UnitOfWork, person_id: uuid.UUID, locale: str) -> None:
    """Write to this person in `locale` from now on."""
    person_of(work.session, person_id).locale = locale

"""Reads who people are, for pages that say who did something."""

import uuid
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import among
from app.core.refusals import Refused
from app.people.models import Person
from app.people.queries import PersonRow, person_row
from app.people.rules import PeopleRefusal


def names_of(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Return people's names (or addresses) by their ids; what is no id of a person is left out."""
    wanted = {parsed for each in ids if (parsed := _parsed(each))}
    rows = session.execute(
        select(Person.id, Person.name, Person.email).where(among(Person.id, wanted))
    )
    return {str(key): name or email for key, name, email in rows}


def person_page(session: Session, person_id: uuid.UUID) -> PersonRow:
    """Return one person; refuse an unknown one."""
    person = session.get(Person, person_id)
    if person is None:
        raise Refused(PeopleRefusal.UNKNOWN_PERSON)
    return person_row(person)


def _parsed(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None

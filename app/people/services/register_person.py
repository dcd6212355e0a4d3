"""Registers a person with a role: a subscriber who signs up, or someone on the staff."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.people.models import Person, RoleRow
from app.people.queries import person_by_email
from app.people.rules import PeopleRefusal, Role

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class NewPerson:
    """Who registers; `password_hash` None leaves sign-in by e-mailed code alone."""

    email: str
    name: str
    password_hash: str | None = None
    locale: str = "en"


def register_person(work: UnitOfWork, new: NewPerson, role: Role = Role.SUBSCRIBER) -> Person:
    """Register a new person; an address that is already known is refused."""
    if not EMAIL.fullmatch(new.email.strip()):
        raise Refused(PeopleRefusal.EMAIL_WRONG, field="email")
    if person_by_email(work.session, new.email):
        raise Refused(PeopleRefusal.EMAIL_TAKEN, field="email")
    person = Person(
        id=uuid.uuid4(),
        email=new.email.strip(),
        name=new.name.strip(),
        password=new.password_hash,
        locale=new.locale,
        created_at=work.now,
        roles=roles_named(work, [role]),
    )
    work.session.add(person)
    work.session.flush()
    return person


def make_staff(work: UnitOfWork, new: NewPerson, roles: Iterable[Role]) -> Person:
    """Give somebody the named roles, registering them first if they are new."""
    person = person_by_email(work.session, new.email) or register_person(work, new)
    if new.password_hash:
        person.password = new.password_hash
    person.roles = roles_named(work, {*roles, *(Role(role.name) for role in person.roles)})
    work.session.flush()
    return person


def roles_named(work: UnitOfWork, roles: Iterable[Role]) -> list[RoleRow]:
    """Return the rows of roles, making those that are missing."""
    names = sorted({role.value for role in roles})
    work.session.execute(
        insert(RoleRow).values([{"name": name} for name in names]).on_conflict_do_nothing()
    )
    return list(work.session.scalars(select(RoleRow).where(RoleRow.name.in_(names))))

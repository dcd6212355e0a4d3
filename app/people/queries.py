"""Reads about people, addresses and API keys."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.refusals import Refused
from app.people.models import Address, ApiKey, Person, RoleRow, person_role
from app.people.rules import STAFF, PeopleRefusal


@dataclass(frozen=True)
class PersonRow:
    """A person as pages show them."""

    id: uuid.UUID
    email: str
    name: str
    locale: str
    roles: tuple[str, ...]
    active: bool


@dataclass(frozen=True)
class KeyRow:
    """An API key as lists show it; the key itself is not kept."""

    id: uuid.UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    revoked: bool


def person_of(session: Session, person_id: uuid.UUID) -> Person:
    """Return a person; refuse an unknown one."""
    person = session.get(Person, person_id)
    if person is None:
        raise Refused(PeopleRefusal.UNKNOWN_PERSON)
    return person


def person_by_email(session: Session, email: str) -> Person | None:
    """Return the person with an e-mail address, however it is capitalised."""
    return session.scalar(select(Person).where(func.lower(Person.email) == email.strip().lower()))


def staff(session: Session) -> list[PersonRow]:
    """Return everybody who works for the shop."""
    found = session.scalars(
        select(Person)
        .where(
            Person.id.in_(
                select(person_role.c.person_id)
                .join(RoleRow, RoleRow.id == person_role.c.role_id)
                .where(RoleRow.name.in_([role.value for role in STAFF]))
            )
        )
        .order_by(Person.email)
    )
    return [person_row(person) for person in found]


def person_row(person: Person) -> PersonRow:
    """Return a person as pages show them."""
    return PersonRow(
        person.id,
        person.email,
        person.name,
        person.locale,
        tuple(sorted(role.name for role in person.roles)),
        person.active,
    )


def address_of(session: Session, address_id: uuid.UUID) -> Address:
    """Return an address by its id."""
    return session.get_one(Address, address_id)


def address_facts(address: Address) -> dict[str, str]:
    """Return an address as the snapshot that a locked box keeps."""
    return {
        "name": address.name,
        "line1": address.line1,
        "line2": address.line2,
        "city": address.city,
        "region": address.region,
        "postcode": address.postcode,
        "country": address.country,
    }


def hash_key(plain: str) -> str:
    """Return the SHA-256 of an API key; keys are random, so that no salt is needed."""
    return hashlib.sha256(plain.encode()).hexdigest()


def key_of(session: Session, plain: str) -> ApiKey | None:
    """Return the API key that a program presented, unless it was revoked."""
    return session.scalar(
        select(ApiKey).where(ApiKey.sha256 == hash_key(plain), ApiKey.revoked_at.is_(None))
    )


def api_keys(session: Session) -> Sequence[KeyRow]:
    """Return all API keys, newest first."""
    found = session.scalars(select(ApiKey).order_by(ApiKey.created_at.desc()))
    return [
        KeyRow(key.id, key.name, key.prefix, tuple(key.scopes), key.revoked_at is not None)
        for key in found
    ]

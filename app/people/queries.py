"""Reads about people, addresses and API keys."""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Text, func, select
from sqlalchemy.orm import Session

from app.core.database import among
from app.core.refusals import Refused
from app.people.models import Address, ApiKey, Person, RoleRow, person_role
from app.people.rules import STAFF, PeopleRefusal, Role


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


def subscriber_of(session: Session, person_id: uuid.UUID) -> PersonRow:
    """Return a subscriber; anybody else is as unknown as nobody."""
    person = person_of(session, person_id)
    if not any(role.name == Role.SUBSCRIBER.value for role in person.roles):
        raise Refused(PeopleRefusal.UNKNOWN_PERSON)
    return person_row(person)


def subscribers(
    session: Session, search: str = "", limit: int = 50, offset: int = 0
) -> list[PersonRow]:
    """Return subscribers by their address; `search` looks at name and e-mail."""
    query = (
        select(Person)
        .join(person_role, person_role.c.person_id == Person.id)
        .join(RoleRow, RoleRow.id == person_role.c.role_id)
        .where(RoleRow.name == Role.SUBSCRIBER.value)
        .order_by(func.lower(Person.email))
        .limit(limit)
        .offset(offset)
    )
    word = search.strip()
    if word:
        query = query.where(
            Person.email.icontains(word, autoescape=True)
            | Person.name.icontains(word, autoescape=True)
        )
    return [person_row(person) for person in session.scalars(query)]


def ids_by_email(session: Session, addresses: Iterable[str]) -> dict[str, uuid.UUID]:
    """Return who has these e-mail addresses, by the addresses in small letters."""
    lower = func.lower(Person.email, type_=Text)
    wanted = [each.strip().lower() for each in addresses]
    rows = session.execute(select(lower, Person.id).where(among(lower, wanted)))
    return {address: key for address, key in rows}


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


def last_address(session: Session, person_id: uuid.UUID) -> Address | None:
    """Return the address that a person gave last."""
    return session.scalar(
        select(Address)
        .where(Address.person_id == person_id)
        .order_by(Address.created_at.desc(), Address.id)
        .limit(1)
    )


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

"""Stores an address as typed; an address once used is never changed."""

import uuid

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.people.models import Address
from app.people.rules import AddressFields, PeopleRefusal


def save_address(work: UnitOfWork, person_id: uuid.UUID, fields: AddressFields) -> Address:
    """Store a new address of a person; refuse one that no carrier could deliver to."""
    missing = fields.missing()
    if missing:
        raise Refused(PeopleRefusal.ADDRESS_INCOMPLETE, field=missing[0])
    address = Address(id=uuid.uuid4(), person_id=person_id, created_at=work.now, **fields.kept())
    work.session.add(address)
    work.session.flush()
    return address

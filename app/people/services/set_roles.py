"""Changes what a member of staff may do; the shop never loses its last owner."""

import uuid
from collections.abc import Iterable

from sqlalchemy import func, select

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.people.models import Person, RoleRow, person_role
from app.people.queries import person_of
from app.people.rules import STAFF, PeopleRefusal, Role
from app.people.services.register_person import roles_named


def set_roles(work: UnitOfWork, person_id: uuid.UUID, roles: Iterable[Role]) -> Person:
    """Give somebody exactly these roles of the staff; what they are besides stays."""
    person = person_of(work.session, person_id)
    wanted = set(roles) & STAFF
    before = {Role(role.name) for role in person.roles}
    if Role.OWNER in before - wanted and _owners(work) == 1:
        raise Refused(PeopleRefusal.LAST_OWNER, field="roles")
    rows = {*wanted, *(before - STAFF)}
    person.roles = roles_named(work, rows) if rows else []
    work.session.flush()
    return person


def _owners(work: UnitOfWork) -> int:
    """Count the owners, holding them so that two cannot step down at once."""
    owner = select(RoleRow.id).where(RoleRow.name == Role.OWNER.value).with_for_update()
    role_id = work.session.scalar(owner)
    return (
        work.session.scalar(
            select(func.count()).select_from(person_role).where(person_role.c.role_id == role_id)
        )
        or 0
    )

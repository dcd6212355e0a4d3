"""Who on the staff may do what; the owner may do everything."""

from collections.abc import Callable

from flask.typing import ResponseReturnValue
from flask_security import current_user

from app.people.rules import STAFF, Role
from app.web.doors import P, View, staff_only

RIGHTS: dict[str, tuple[Role, ...]] = {
    "today": tuple(sorted(STAFF)),
    "batches": (Role.FULFILMENT, Role.FINANCE),
    "batch_deeds": (Role.FULFILMENT,),
    "composition": (Role.FULFILMENT, Role.FINANCE, Role.MERCHANDISING),
    "tracking": (Role.FULFILMENT,),
    "boxes": (Role.FULFILMENT, Role.SUPPORT, Role.FINANCE),
    "box_deeds": (Role.FULFILMENT, Role.SUPPORT),
    "refunds": (Role.SUPPORT, Role.FINANCE),
    "subscribers": (Role.SUPPORT,),
    "invoices": (Role.FINANCE, Role.SUPPORT),
    "money": (Role.FINANCE,),
    "catalogue": (Role.MERCHANDISING,),
    "stock": (Role.FULFILMENT, Role.MERCHANDISING),
    "what_if": (Role.FULFILMENT, Role.MERCHANDISING),
    "curation": (Role.MERCHANDISING,),
    "plans": (Role.MERCHANDISING,),
    "prices": (Role.MERCHANDISING, Role.FINANCE),
    "vouchers": (Role.FINANCE, Role.SUPPORT),
    "credit": (Role.SUPPORT, Role.FINANCE),
    "calendar": (Role.MERCHANDISING, Role.FULFILMENT),
    "hooks": (Role.FINANCE,),
    "people": (Role.OWNER,),
}


def allowed(right: str) -> Callable[[Callable[P, ResponseReturnValue]], View[P]]:
    """Return the guard that lets in who has a right."""
    return staff_only(*RIGHTS[right])


def may(right: str) -> bool:
    """Say whether the person who is signed in has a right."""
    if not current_user.is_authenticated:
        return False
    names = {role.name for role in current_user.roles}
    return bool(names & {Role.OWNER.value, *(role.value for role in RIGHTS[right])})

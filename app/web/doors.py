"""What every view holds: the tools, a unit of work signed by who acts, and exactly one guard."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import abort, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from app.core.unit_of_work import Actor, UnitOfWork
from app.people.rules import STAFF, Role
from app.wiring.tools import Tools

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
F = TypeVar("F", bound=Callable[..., Any])


def tools() -> Tools:
    """Return the tools of this process."""
    return cast(Tools, current_app.extensions["tools"])


def actor() -> Actor:
    """Return who acts in this request; API views set `g.actor` themselves."""
    given = g.get("actor")
    if given is not None:
        return cast(Actor, given)
    if not current_user.is_authenticated:
        return Actor("subscriber", "", request_id())
    kind = "staff" if current_user.is_staff else "subscriber"
    return Actor(kind, str(current_user.id), request_id())


def request_id() -> str:
    """Return this request's id, the same for all that it writes."""
    if "request_id" not in g:
        g.request_id = uuid.uuid4().hex
    return cast(str, g.request_id)


@contextmanager
def open_work() -> Iterator[UnitOfWork]:
    """Open a unit of work in the name of the person who is signed in."""
    with tools().units(actor()) as work:
        yield work


def shop_now() -> datetime:
    """Return the time of the shop's clock, for the page's frame."""
    with tools().sessions() as session:
        return tools().units.clock.now(session)


def guarded(kind: str, view: F) -> F:
    """Write on a view which guard it carries; a test refuses views without one."""
    setattr(view, "guard", kind)  # noqa: B010 - functions have no declared attributes
    return view


def public(view: F) -> F:
    """Let anybody in."""
    return guarded("public", view)


def subscriber_only(view: Callable[P, ResponseReturnValue]) -> View[P]:
    """Let subscribers in, and put their id into `g.subscriber_id`."""

    @wraps(view)
    def guard(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not current_user.is_authenticated:
            return to_sign_in()
        if not current_user.has_role(Role.SUBSCRIBER.value):
            abort(403)
        g.subscriber_id = current_user.id
        return view(*args, **kwargs)

    return guarded("subscriber", guard)


def staff_only(
    *roles: Role,
) -> Callable[[Callable[P, ResponseReturnValue]], View[P]]:
    """Let staff with one of `roles` in; the owner always, any staff where none is named."""
    allowed = {role.value for role in roles or STAFF} | {Role.OWNER.value}

    def decorate(view: Callable[P, ResponseReturnValue]) -> View[P]:
        @wraps(view)
        def guard(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not current_user.is_authenticated:
                return to_sign_in()
            if not allowed & {role.name for role in current_user.roles}:
                abort(403)
            g.staff_id = current_user.id
            return view(*args, **kwargs)

        return guarded("staff", guard)

    return decorate


def to_sign_in() -> ResponseReturnValue:
    """Send a stranger to the sign-in page, and back afterwards."""
    flash(gettext("Please sign in first."), "quiet")
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in.show", next=back), 303)


def own_path(path: str) -> str:
    """Return a path of ours, or the front page when it could lead elsewhere."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path
    return path if safe else "/"

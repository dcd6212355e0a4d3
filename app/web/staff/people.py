"""The owner's page: who works here and may do what, and keys for programs."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.core.refusals import Refused
from app.people.queries import api_keys, staff
from app.people.rules import STAFF, PeopleRefusal, Role, Scope
from app.people.services.api_keys import create_api_key, revoke_api_key
from app.people.services.register_person import NewPerson, make_staff
from app.people.services.set_roles import set_roles
from app.web.doors import open_work, tools
from app.web.i18n import language
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.staff.words import ROLES as ROLE_WORDS
from app.web.typed import Typed

bp = Blueprint("staff_people", __name__, url_prefix="/staff/people")
bp.register_error_handler(Refused, back_to("staff_people.show"))
SHORTEST_PASSWORD = 10
ROLES = [role for role in Role if role in STAFF]


@bp.get("/")
@allowed("people")
def show() -> ResponseReturnValue:
    """List staff and keys."""
    return page(Typed(), Typed())


def page(typed: Typed, key_typed: Typed, fresh_key: str = "") -> str:
    """Return the page with its forms as typed; a new key is shown this once."""
    with open_work() as work:
        people, keys = staff(work.session), api_keys(work.session)
    return render_template(
        "staff/people.html",
        people=people,
        keys=keys,
        typed=typed,
        key_typed=key_typed,
        fresh_key=fresh_key,
        roles=ROLES,
        roles_offered=[(role.value, ROLE_WORDS[role.value]) for role in ROLES],
        scopes_offered=[(scope.value, scope.value) for scope in Scope],
    )


@bp.post("/")
@allowed("people")
def add() -> ResponseReturnValue:
    """Let somebody work for the shop; without a password they sign in by e-mailed code."""
    typed = Typed(request.form)
    email = typed.text("email", required=True, longest=320)
    name = typed.text("name")
    roles = [Role(each) for each in typed.many("roles", [role.value for role in ROLES])]
    if not roles:
        typed.refuse("roles", gettext("Please choose at least one."))
    password = typed.values.get("password", "")
    if password and not SHORTEST_PASSWORD <= len(password) <= 1000:
        typed.refuse("password", gettext(PeopleRefusal.PASSWORD_SHORT.value))
    if typed.ok:
        hashed = tools().hash_password(password) if password else None
        try:
            with open_work() as work:
                make_staff(work, NewPerson(email, name, hashed, language()), roles)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return page(typed, Typed()), 422
    flash(gettext("%(email)s works here now.", email=email), "good")
    return redirect(url_for("staff_people.show"), 303)


@bp.post("/<uuid:person_id>/roles")
@allowed("people")
def change_roles(person_id: uuid.UUID) -> ResponseReturnValue:
    """Set what somebody may do; without any role they do not work here any more."""
    typed = Typed(request.form)
    roles = [Role(each) for each in typed.many("roles", [role.value for role in ROLES])]
    with open_work() as work:
        email = set_roles(work, person_id, roles).email
    if roles:
        flash(gettext("Saved for %(email)s.", email=email), "good")
    else:
        flash(gettext("%(email)s does not work here any more.", email=email), "good")
    return redirect(url_for("staff_people.show"), 303)


@bp.post("/keys")
@allowed("people")
def create_key() -> ResponseReturnValue:
    """Make a key. It is shown in this answer and nowhere else, so there is no redirect."""
    typed = Typed(request.form)
    name = typed.text("key_name", required=True, longest=60)
    scopes = [Scope(each) for each in typed.many("scopes", [scope.value for scope in Scope])]
    if not scopes:
        typed.refuse("scopes", gettext("Please choose at least one."))
    if not typed.ok:
        return page(Typed(), typed), 422
    with open_work() as work:
        _, plain = create_api_key(work, name, scopes)
    return page(Typed(), Typed(), plain)


@bp.post("/keys/<uuid:key_id>/revoke")
@allowed("people")
def revoke_key(key_id: uuid.UUID) -> ResponseReturnValue:
    """Revoke a key; programs that use it are turned away at once."""
    with open_work() as work:
        name = revoke_api_key(work, key_id).name
    flash(gettext("The key %(name)s is revoked.", name=name), "good")
    return redirect(url_for("staff_people.show"), 303)

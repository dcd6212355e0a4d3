"""Signing in with a password or an e-mailed code, and signing out."""

import unicodedata

from flask import Blueprint, current_app, flash, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import UserMixin, current_user, login_user, logout_user, verify_password

from app.web.codes import accepts_code, send_code
from app.web.doors import own_path, public
from app.web.limits import CODES, SIGN_IN, SIGN_IN_SAME_PERSON, limiter, same_person
from app.web.typed import FORM, Typed

bp = Blueprint("sign_in", __name__)

# Verified against when nobody has the address, so that the answer takes as long as for somebody.
NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$oFlryWbZZt/bF8vuOx6aOw"
    "$Llx7USDNeJ2nPTjYhh6nEMhMJ4OgG3TwzvWLAGkFoMs"
)


@bp.get("/sign-in")
@public
def show() -> ResponseReturnValue:
    """Show the form; somebody who is signed in goes on."""
    if current_user.is_authenticated:
        return redirect(onward())
    return render_template("portal/sign_in.html", typed=Typed(), next=request.args.get("next", ""))


@bp.post("/sign-in")
@limiter.limit(SIGN_IN)
@limiter.limit(SIGN_IN_SAME_PERSON, key_func=same_person)
@public
def enter() -> ResponseReturnValue:
    """Open the door for the right password or code."""
    typed = Typed(request.form)
    person = find(typed.text("identity", required=True))
    if not opens(person, typed.values.get("passcode", "")) or person is None:
        typed.refuse(FORM, gettext("This address and password or code do not fit together."))
        typed.refuse("identity", "")
        return page(typed), 422
    welcome(person, remember=typed.ticked("remember"))
    return redirect(onward(), 303)


@bp.post("/sign-in/code")
@limiter.limit(SIGN_IN)
@limiter.limit(CODES, key_func=same_person)
@public
def ask_for_code() -> ResponseReturnValue:
    """E-mail a code; the answer is the same whether the address is known or not."""
    typed = Typed(request.form)
    person = find(typed.text("identity", required=True))
    if person is not None and person.active:
        send_code(person)
    flash(gettext("If we know this address, a code is on its way to it. Type it in below."), "good")
    return page(typed, code_sent=True)


@bp.post("/sign-out")
@public
def leave() -> ResponseReturnValue:
    """Close the door."""
    if current_user.is_authenticated:
        logout_user()
    return redirect("/", 303)


def find(address: str) -> UserMixin | None:
    """Return the person with an e-mail address."""
    people = current_app.extensions["security"].datastore
    return people.find_user(case_insensitive=True, email=address) if address else None


def opens(person: UserMixin | None, passcode: str) -> bool:
    """Say whether a password or code opens the door for this person."""
    plain = unicodedata.normalize("NFKD", passcode)
    if person is None or not person.active:
        verify_password(plain, NOBODY)
        return False
    if accepts_code(person, passcode):
        return True
    return bool(person.password and plain and verify_password(plain, person.password))


def welcome(person: UserMixin, remember: bool = False) -> None:
    """Sign somebody in, in a session of their own."""
    session.clear()
    login_user(person, remember=remember)


def page(typed: Typed, code_sent: bool = False) -> str:
    """Return the form as typed."""
    target = request.form.get("next", "")
    return render_template("portal/sign_in.html", typed=typed, next=target, code_sent=code_sent)


def onward() -> str:
    """Return where somebody wanted to go, or the usual way in."""
    wanted = request.values.get("next", "")
    return own_path(wanted) if wanted else "/enter"

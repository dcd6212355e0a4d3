"""Who is signed in: Flask-Security on our own tables, with short transactions.

Nothing is written here, and reading a person never leaves a transaction open: the person is
detached at once.
"""

from typing import Any, cast

from flask import Flask
from flask_security import Security, SQLAlchemySessionUserDatastore, UserMixin
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from app.people.models import Person, RoleRow
from app.web.doors import tools
from app.wiring.settings import Settings
from app.wiring.tools import Tools


class People(SQLAlchemySessionUserDatastore):  # type: ignore[misc]  # the library is untyped
    """Finds people for the sign-in pages."""

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> UserMixin | None:
        """Return one person, detached from the session."""
        person = super().find_user(case_insensitive, **wanted)
        self.db.session.expunge_all()
        self.db.session.rollback()
        return person


def init_security(app: Flask, held: Tools) -> None:
    """Let `app` know who is signed in; the library's own pages stay closed."""
    app.config.update(security_config(held.settings))
    sessions = scoped_session(cast("sessionmaker[Session]", lambda: tools().sessions()))
    Security(app, People(sessions, Person, RoleRow), register_blueprint=False)

    @app.teardown_appcontext
    def forget(_: BaseException | None) -> None:
        sessions.remove()


def security_config(settings: Settings) -> dict[str, Any]:
    """Return the library's settings; a hash of ours needs no request and no second secret."""
    return {
        "SECURITY_PASSWORD_SALT": settings.password_salt.get_secret_value(),
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_JOIN_USER_ROLES": False,
    }

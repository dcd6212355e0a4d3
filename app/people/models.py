"""Tables of people: sign-in, roles, addresses, API keys."""

import uuid

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, Index, Table, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Instant, Key, Serial
from app.people.rules import STAFF

person_role = Table(
    "person_role",
    Base.metadata,
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("role.id", ondelete="CASCADE"), primary_key=True),
)


class RoleRow(Base, RoleMixin):  # type: ignore[misc]  # the library is untyped
    """A role that people have; the names are those of `rules.Role`."""

    __tablename__ = "role"

    id: Mapped[Serial]
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(default="", server_default="")


class Person(Base, UserMixin):  # type: ignore[misc]  # the library is untyped
    """Someone who signs in: a subscriber, a member of staff, or both."""

    __tablename__ = "person"
    __table_args__ = (Index("uq_person_email_lower", text("lower(email)"), unique=True),)

    id: Mapped[Key]  # type: ignore[assignment]  # the mixin thinks of a number
    email: Mapped[str]
    name: Mapped[str] = mapped_column(default="", server_default="")
    locale: Mapped[str] = mapped_column(default="en", server_default="en")
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    fs_uniquifier: Mapped[str] = mapped_column(
        unique=True, default=lambda: uuid.uuid4().hex, server_default=text("gen_random_uuid()")
    )
    us_totp_secrets: Mapped[str | None]
    us_phone_number: Mapped[str | None]
    created_at: Mapped[Instant] = mapped_column(server_default=func.now())
    roles: Mapped[list[RoleRow]] = relationship(  # type: ignore[assignment]  # of the mixin's
        secondary=person_role, lazy="selectin"
    )

    @property
    def is_staff(self) -> bool:
        """Say whether the person works for the shop."""
        return any(role.name in STAFF for role in self.roles)


class Address(Base):
    """A postal address. Rows never change: a correction is a new row."""

    __tablename__ = "address"

    id: Mapped[Key]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    line1: Mapped[str]
    line2: Mapped[str] = mapped_column(default="", server_default="")
    city: Mapped[str]
    region: Mapped[str] = mapped_column(default="", server_default="")
    postcode: Mapped[str]
    country: Mapped[str]
    created_at: Mapped[Instant] = mapped_column(server_default=func.now())


class ApiKey(Base):
    """A program's key; only its SHA-256 is kept. `prefix` lets people tell keys apart."""

    __tablename__ = "api_key"

    id: Mapped[Key]
    name: Mapped[str]
    prefix: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    created_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]

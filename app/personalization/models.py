"""Tables of tastes, exclusions, mixes, and the append-only diary of taste."""

import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.catalog.models import words
from app.core.database import Base, Instant, Json, Serial
from app.personalization.rules import ExclusionKind, TasteEventKind


class TasteProfile(Base):
    """A person's answers to the quiz; an unanswered question is None or empty."""

    __tablename__ = "taste_profile"

    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    roast: Mapped[str | None]
    style: Mapped[str | None]
    strength: Mapped[str | None]
    brew_methods: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    additions: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    caffeine: Mapped[str | None]
    answered_at: Mapped[Instant]


class ExclusionRow(Base):
    """Something a person rules out; the words are those of `rules.ExclusionKind`."""

    __tablename__ = "exclusion"
    __table_args__ = (UniqueConstraint("subscriber_id", "kind", "value"),)

    id: Mapped[Serial]
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[ExclusionKind] = mapped_column(words(ExclusionKind))
    value: Mapped[str] = mapped_column(default="", server_default="")


class MixEntry(Base):
    """A flavour of a subscription's own mix: `units` of it in every box, or banned with 0."""

    __tablename__ = "mix_entry"
    __table_args__ = (CheckConstraint("units >= 0", name="units"),)

    subscription_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("subscription.id"), primary_key=True
    )
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("product.id"), primary_key=True)
    units: Mapped[int]


class TasteEvent(Base):
    """One line of the diary of taste; lines are added, never changed.

    All lines of a person go when the person asks to be forgotten, see `forget_taste`.
    """

    __tablename__ = "taste_event"
    __table_args__ = (
        Index("ix_taste_event_subscriber_id_product_id", "subscriber_id", "product_id"),
        Index(
            "uq_taste_event_reference",
            "reference",
            unique=True,
            postgresql_where=text("reference IS NOT NULL"),
        ),
    )

    id: Mapped[Serial]
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("product.id"))
    kind: Mapped[TasteEventKind] = mapped_column(words(TasteEventKind))
    value: Mapped[int | None]
    reasons: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    note: Mapped[str] = mapped_column(default="", server_default="")
    reference: Mapped[str | None]
    at: Mapped[Instant]


class TasteOff(Base):
    """Somebody who wants no box of their own taste: nothing of theirs is read or learnt from."""

    __tablename__ = "taste_off"

    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    since: Mapped[Instant]


class TasteModelRow(Base):
    """A fitted taste model, as plain numbers; the newest live one scores the batches."""

    __tablename__ = "taste_model"

    version: Mapped[str] = mapped_column(primary_key=True)
    numbers: Mapped[Json]
    trained_on: Mapped[int] = mapped_column(BigInteger)
    live: Mapped[bool]
    created_at: Mapped[Instant]

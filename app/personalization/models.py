"""Tables of tastes, exclusions, mixes, and the append-only diary of taste."""

import uuid
from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TEXT, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalog.models import words
from app.core.database import Base, Instant, Json, Key, Serial
from app.personalization.curation import CurationKind
from app.personalization.model_rules import ModelKind, ModelStatus
from app.personalization.rules import ExclusionKind, TasteEventKind
from app.personalization.supply_rules import SupplyWord


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
    expertise: Mapped[str | None]
    answered_at: Mapped[Instant]


class HouseholdMember(Base):
    """Somebody who shares a subscriber's boxes, with answers of their own to the quiz."""

    __tablename__ = "household_member"
    __table_args__ = (UniqueConstraint("subscriber_id", "name"),)

    id: Mapped[Key]
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    roast: Mapped[str | None]
    style: Mapped[str | None]
    strength: Mapped[str | None]
    brew_methods: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    additions: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    caffeine: Mapped[str | None]
    expertise: Mapped[str | None]
    added_at: Mapped[Instant]


class MemberRating(Base):
    """How much somebody of a household liked a coffee, 1 to 5; it speaks for their palate alone."""

    __tablename__ = "member_rating"
    __table_args__ = (CheckConstraint("liking BETWEEN 1 AND 5", name="liking"),)

    member_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("household_member.id", ondelete="CASCADE"), primary_key=True
    )
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("product.id"), primary_key=True)
    liking: Mapped[int]
    at: Mapped[Instant]


class ExclusionRow(Base):
    """Something ruled out of a person's boxes; the words are those of `rules.ExclusionKind`.

    `member_id` says who of the household asked for it, None the subscriber; it binds every box.
    """

    __tablename__ = "exclusion"
    __table_args__ = (
        UniqueConstraint(
            "subscriber_id",
            "member_id",
            "kind",
            "value",
            name="uq_exclusion_whose",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Serial]
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    member_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("household_member.id"), index=True
    )
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


class SupplySaid(Base):
    """What somebody said on a day about the coffee that they have at home."""

    __tablename__ = "supply_said"

    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    said_on: Mapped[date] = mapped_column(primary_key=True)
    word: Mapped[SupplyWord] = mapped_column(words(SupplyWord))
    at: Mapped[Instant]


class BagsTold(Base):
    """How many half bags somebody said are left at home; lines are added, never changed.

    They go when the person asks to be forgotten, see `forget_taste`.
    """

    __tablename__ = "bags_told"
    __table_args__ = (
        CheckConstraint("halves >= 0", name="halves"),
        CheckConstraint("bag_grams > 0", name="bag_grams"),
        Index("ix_bags_told_subscriber_id_at", "subscriber_id", "at"),
    )

    id: Mapped[Serial]
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    halves: Mapped[int]
    bag_grams: Mapped[int]
    at: Mapped[Instant]


class CurationRow(Base):
    """What a curator settles for the boxes that ship on some days; a day has one curation."""

    __tablename__ = "curation"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="days"),
        ExcludeConstraint(
            (text("daterange(starts_on, ends_on, '[]')"), "&&"), name="ex_curation_days"
        ),
    )

    id: Mapped[Key]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    theme: Mapped[Json]
    rules: Mapped[list["CurationRuleRow"]] = relationship(
        lazy="raise", order_by="CurationRuleRow.position", cascade="all, delete-orphan"
    )


class CurationRuleRow(Base):
    """One rule of a curation, in the kinds of `curation.CurationKind`."""

    __tablename__ = "curation_rule"
    __table_args__ = (UniqueConstraint("curation_id", "product_id"),)

    curation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("curation.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[CurationKind] = mapped_column(words(CurationKind))
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("product.id"))
    instead_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("product.id"))
    until: Mapped[date | None]


class ArtefactRow(Base):
    """A file of plain numbers under its checksum; it is added, never changed."""

    __tablename__ = "artefact"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Instant]


class ModelRow(Base):
    """A learnt model with what it was learnt from; the one that is live scores the boxes.

    The events are the first and the last line of the diary of taste that were read. `learnt_from`
    holds counts, the coffees then on sale and how often each answer was given; `metrics` is the
    last evaluation. `replaced` is the version that was live before: a rollback goes there.
    """

    __tablename__ = "model_version"
    __table_args__ = (
        Index(
            "uq_model_version_live", "status", unique=True, postgresql_where=text("status = 'live'")
        ),
    )

    id: Mapped[Serial]
    version: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[ModelKind] = mapped_column(words(ModelKind))
    status: Mapped[ModelStatus] = mapped_column(words(ModelStatus))
    artefact_sha: Mapped[str] = mapped_column(ForeignKey("artefact.sha256"))
    libraries: Mapped[Json]
    code_sha: Mapped[str]
    input_sha: Mapped[str]
    first_event_id: Mapped[int | None] = mapped_column(BigInteger)
    last_event_id: Mapped[int | None] = mapped_column(BigInteger)
    first_event_at: Mapped[Instant | None]
    last_event_at: Mapped[Instant | None]
    learnt_from: Mapped[Json] = mapped_column(server_default="{}")
    metrics: Mapped[Json] = mapped_column(server_default="{}")
    created_at: Mapped[Instant]
    evaluated_at: Mapped[Instant | None]
    released_at: Mapped[Instant | None]
    release_note: Mapped[str] = mapped_column(default="", server_default="")
    replaced: Mapped[str | None]

"""Tables of batches, boxes and their lines, parcels, exports and tracking."""

import uuid
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalog.models import words
from app.core.database import Base, Instant, Json, Key, Serial
from app.fulfilment.rules import BatchStatus, BoxStatus, ChoiceKind, ParcelStatus
from app.personalization.rules import LineSource


class Batch(Base):
    """All boxes that ship on one day, locked and composed together.

    `run` counts up where a day's batch was locked already when another box came for that day.
    """

    __tablename__ = "batch"
    __table_args__ = (
        UniqueConstraint("ships_on", "run"),
        Index("ix_batch_status_locks_at", "status", "locks_at"),
    )

    id: Mapped[Key]
    ships_on: Mapped[date]
    run: Mapped[int] = mapped_column(default=1, server_default="1")
    cutoff_at: Mapped[Instant]
    locks_at: Mapped[Instant]
    status: Mapped[BatchStatus] = mapped_column(words(BatchStatus), default=BatchStatus.PLANNED)
    locked_at: Mapped[Instant | None]
    composed_at: Mapped[Instant | None]


class Box(Base):
    """One cycle of one subscription: a placeholder until the cut-off, a frozen box after it.

    From `locked_at` on, address, price, tax, note and size are the snapshot that ships; an address
    before that is this one box's own. A box paid ahead with others names its term, and which
    instalment (from 1) it is. `moved_from` is the regular day of one that was put on another.
    """

    __tablename__ = "box"
    __table_args__ = (
        UniqueConstraint("subscription_id", "cycle"),
        UniqueConstraint("term_id", "instalment"),
        CheckConstraint("(term_id IS NULL) = (instalment IS NULL)", name="instalment"),
        Index("ix_box_batch_id_status", "batch_id", "status"),
        Index("ix_box_held", "batch_id", postgresql_where=text("status = 'held'")),
        Index("ix_box_cutoff_at", "cutoff_at", postgresql_where=text("status = 'planned'")),
        Index("ix_box_bill_at", "bill_at", postgresql_where=text("bill_at IS NOT NULL")),
    )

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(BigInteger, Identity(start=1), unique=True)
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscription.id"))
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    cycle: Mapped[int]
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"))
    ships_on: Mapped[date]
    cutoff_at: Mapped[Instant]
    bill_at: Mapped[Instant | None]
    status: Mapped[BoxStatus] = mapped_column(words(BoxStatus), default=BoxStatus.PLANNED)
    reason: Mapped[str] = mapped_column(default="", server_default="")
    locked_at: Mapped[Instant | None]
    size: Mapped[int | None]
    price_cents: Mapped[int | None]
    tax_bp: Mapped[int | None]
    address: Mapped[Json | None]
    note: Mapped[str | None]
    missing: Mapped[int] = mapped_column(default=0, server_default="0")
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("invoice.id"), unique=True)
    term_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("term.id"))
    instalment: Mapped[int | None]
    moved_from: Mapped[date | None]
    shipped_at: Mapped[Instant | None]
    lines: Mapped[list["BoxLine"]] = relationship(lazy="raise", order_by="BoxLine.position")


class BoxChoice(Base):
    """What differs in this one box from what the subscriber gets anyway.

    PIN puts `units` of a product in; OUT keeps a product out.
    """

    __tablename__ = "box_choice"
    __table_args__ = (CheckConstraint("units >= 0", name="units"),)

    box_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("box.id"), primary_key=True)
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("product.id"), primary_key=True)
    kind: Mapped[ChoiceKind] = mapped_column(words(ChoiceKind))
    units: Mapped[int] = mapped_column(default=1)


class BoxLine(Base):
    """Units of one SKU in a box, as composed; names and prices are a snapshot.

    `reasons` says why, in the kinds of `app.personalization.reasons`; pages put it into words.
    """

    __tablename__ = "box_line"

    box_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("box.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    sku_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sku.id"))
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("product.id"), index=True)
    name: Mapped[str]
    units: Mapped[int]
    unit_cents: Mapped[int]
    score: Mapped[float]
    source: Mapped[LineSource] = mapped_column(words(LineSource))
    instead_of: Mapped[str | None]
    repeat: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    reasons: Mapped[Json] = mapped_column(server_default="{}")


class BoxComposition(Base):
    """How well a composed box came out, against the same box under unlimited stock.

    `value` and `ideal_value` are in points of taste; `satisfaction` is the one by the other, from
    0 to 1. `credit` is the weight that the subscription's past boxes gave this one; 1 is plain.
    `missed_skus` lists what the box would have held and does not, the most wanted first:
    {"sku": SKU id, "units": how many}.
    """

    __tablename__ = "box_composition"
    __table_args__ = (CheckConstraint("satisfaction BETWEEN 0 AND 1", name="satisfaction"),)

    box_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("box.id"), primary_key=True)
    satisfaction: Mapped[float]
    value: Mapped[float]
    ideal_value: Mapped[float]
    credit: Mapped[float]
    missed_skus: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")


class ComposePlan(Base):
    """How a batch that is too large for one worker is composed in shards.

    `offers` and `curation` are the shelf as the plan found it, `prices` are per offer, in points of
    taste, found from a sample; with the seed they decide every shard.
    """

    __tablename__ = "compose_plan"

    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    seed: Mapped[int] = mapped_column(BigInteger)
    shards: Mapped[int]
    offers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    curation: Mapped[Json]
    prices: Mapped[list[float]] = mapped_column(JSONB)
    created_at: Mapped[Instant]


class ComposeShard(Base):
    """A part of a large batch, composed by whichever worker holds its lease.

    `snapshot` is all that decides its boxes but the quota. All others are units per offer:
    `allotted` is what choices may take, `demand` what the boxes would hold at the plan's prices,
    `settled` of these by choice, `quota` what there is for them; `slots` are units to be filled.
    `outcome` are the boxes. What is written is not changed, so that a second worker comes to the
    same bytes; once the batch is composed the snapshots are artefacts, and the shard is empty.
    """

    __tablename__ = "compose_shard"
    __table_args__ = (CheckConstraint("boxes >= 0", name="boxes"),)

    batch_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("compose_plan.batch_id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    boxes: Mapped[int]
    lease_until: Mapped[Instant | None]
    lease_token: Mapped[int] = mapped_column(default=0, server_default="0")
    allotted: Mapped[list[int]] = mapped_column(JSONB)
    snapshot: Mapped[bytes | None] = mapped_column(LargeBinary)
    slots: Mapped[int | None]
    settled: Mapped[list[int] | None] = mapped_column(JSONB(none_as_null=True))
    demand: Mapped[list[int] | None] = mapped_column(JSONB(none_as_null=True))
    quota: Mapped[list[int] | None] = mapped_column(JSONB(none_as_null=True))
    outcome: Mapped[bytes | None] = mapped_column(LargeBinary)


class ComposeRun(Base):
    """How a batch was composed: inputs' fingerprint, seed, prices, and the certified bound.

    `kind` is `real` (one per batch), `late` for boxes that were held, or `dry`; `outcome_sha`
    covers boxes, lines and amounts; `needs` are the units that the boxes take, by SKU id;
    `curation` is what a curator had settled; `report` sums the run up, see `composition_report`.
    `snapshot_sha` is the file of all the run decided by, or of its shards: see `rederive_batch`.
    """

    __tablename__ = "compose_run"
    __table_args__ = (
        Index(
            "uq_compose_run_real", "batch_id", unique=True, postgresql_where=text("kind = 'real'")
        ),
    )

    id: Mapped[Key]
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"), index=True)
    kind: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    input_sha: Mapped[str]
    outcome_sha: Mapped[str]
    boxes: Mapped[int]
    held: Mapped[int]
    units: Mapped[int]
    missing: Mapped[int]
    total_cents: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[float]
    bound: Mapped[float]
    method: Mapped[str]
    model_version: Mapped[str]
    prices: Mapped[Json]
    needs: Mapped[Json] = mapped_column(server_default="{}")
    curation: Mapped[Json] = mapped_column(server_default="{}")
    report: Mapped[Json] = mapped_column(server_default="{}")
    snapshot_sha: Mapped[str | None] = mapped_column(ForeignKey("artefact.sha256"))
    created_at: Mapped[Instant]


class Parcel(Base):
    """A released box on its way out; its order number never changes."""

    __tablename__ = "parcel"

    id: Mapped[Key]
    box_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("box.id"), unique=True)
    order_number: Mapped[str] = mapped_column(unique=True)
    status: Mapped[ParcelStatus] = mapped_column(words(ParcelStatus), default=ParcelStatus.READY)
    released_at: Mapped[Instant]
    shipped_at: Mapped[Instant | None]


class BoxHold(Base):
    """Keeps all boxes of a subscription from leaving, until somebody lets go of them.

    `cause` and `reference` say what for, and make it unique; `reason` is what people read.
    """

    __tablename__ = "box_hold"
    __table_args__ = (
        UniqueConstraint("cause", "reference"),
        Index("ix_box_hold_open", "subscription_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Key]
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscription.id"))
    cause: Mapped[str]
    reference: Mapped[str]
    reason: Mapped[str]
    since: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class Tracking(Base):
    """A carrier's number for a parcel; a parcel may have several."""

    __tablename__ = "tracking"
    __table_args__ = (UniqueConstraint("parcel_id", "carrier", "number"),)

    id: Mapped[Serial]
    parcel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("parcel.id"))
    carrier: Mapped[str]
    number: Mapped[str]
    received_at: Mapped[Instant]


class BatchExport(Base):
    """One version of a batch's export; a version is added only when its bytes differ."""

    __tablename__ = "batch_export"
    __table_args__ = (UniqueConstraint("batch_id", "version"),)

    id: Mapped[Key]
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"))
    version: Mapped[int]
    sha256: Mapped[str]
    orders: Mapped[int]
    csv: Mapped[bytes] = mapped_column(LargeBinary)
    delta: Mapped[bytes] = mapped_column(LargeBinary)
    rows: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    manifest: Mapped[Json]
    warnings: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    created_at: Mapped[Instant] = mapped_column(server_default=func.now())

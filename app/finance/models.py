"""Tables of the ledger, of the provider's events, and of the proofs of the books."""

import uuid
from datetime import date

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
from app.finance.dispute_rules import DisputeStatus, PayoutStatus
from app.finance.rules import EventStatus, Ledger


class Entry(Base):
    """One entry of the diary, unique by what caused it. Entries are added, never changed.

    `effective_on` is the day of the books, in the shop's zone: never in a month that is closed.
    `plan_id` and `billed_month` are those of the first entry of the same invoice, so that what
    is billed, earned and given back for it stays together whatever becomes of the subscription.
    """

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        Index("ix_entry_effective_on_number", "effective_on", "number"),
    )

    id: Mapped[Key]
    source: Mapped[str]
    source_id: Mapped[str]
    currency: Mapped[str]
    memo: Mapped[str]
    subscription_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    invoice_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(start=1), unique=True)
    plan_id: Mapped[uuid.UUID | None]
    billed_month: Mapped[date]
    effective_on: Mapped[date]
    effective_at: Mapped[Instant]
    posted_at: Mapped[Instant]
    postings: Mapped[list["Posting"]] = relationship(lazy="raise")


class Posting(Base):
    """One side of an entry, in cents: debits positive, credits negative. An entry sums to zero."""

    __tablename__ = "posting"

    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    account: Mapped[Ledger] = mapped_column(words(Ledger), primary_key=True)
    amount_cents: Mapped[int] = mapped_column(BigInteger)


class ProviderEvent(Base):
    """An event of the payment provider, stored once as it came, applied once.

    `received_at` and `done_at` are on the shop's clock; `stored_at`, when it came or was last
    given back to be applied, and what is about waiting are on the machine's.
    """

    __tablename__ = "provider_event"
    __table_args__ = (
        Index("ix_provider_event_dead", "received_at", postgresql_where=text("status='dead'")),
        Index(
            "ix_provider_event_waiting", "next_try_at", postgresql_where=text("status='waiting'")
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(index=True)
    created: Mapped[int] = mapped_column(BigInteger)
    api_version: Mapped[str | None]
    object_id: Mapped[str] = mapped_column(index=True)
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[EventStatus] = mapped_column(words(EventStatus), default=EventStatus.WAITING)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    last_error: Mapped[str | None]
    received_at: Mapped[Instant]
    stored_at: Mapped[Instant] = mapped_column(server_default=func.clock_timestamp())
    next_try_at: Mapped[Instant]
    lease_until: Mapped[Instant | None]
    done_at: Mapped[Instant | None]


class Dispute(Base):
    """Money that a cardholder's bank takes back, for now or for good, and what we say to it."""

    __tablename__ = "dispute"
    __table_args__ = (
        Index("ix_dispute_opened_at", "opened_at"),
        Index("ix_dispute_open", "due_by", postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[Key]
    provider_id: Mapped[str] = mapped_column(unique=True)
    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment.id"), index=True)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    reason: Mapped[str]
    status: Mapped[DisputeStatus] = mapped_column(words(DisputeStatus))
    opened_at: Mapped[Instant]
    due_by: Mapped[Instant | None]
    closed_at: Mapped[Instant | None]
    evidence: Mapped[str] = mapped_column(default="", server_default="")
    evidence_at: Mapped[Instant | None]
    evidence_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))


class Payout(Base):
    """Money that the provider sends to the bank. `reconciled_at` says when its lines added up."""

    __tablename__ = "payout"
    __table_args__ = (Index("ix_payout_made_at", "made_at"),)

    id: Mapped[Key]
    provider_id: Mapped[str] = mapped_column(unique=True)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    status: Mapped[PayoutStatus] = mapped_column(words(PayoutStatus))
    made_at: Mapped[Instant]
    arrives_on: Mapped[date]
    failure: Mapped[str | None]
    read_at: Mapped[Instant | None]
    reconciled_at: Mapped[Instant | None]


class PayoutLine(Base):
    """One movement of the provider's balance in a payout; `entry_id` None means unmatched.

    `category` is the provider's reporting category, `source_id` the provider's object behind it.
    """

    __tablename__ = "payout_line"
    __table_args__ = (
        Index("ix_payout_line_unmatched", "payout_id", postgresql_where=text("entry_id IS NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    payout_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payout.id"), index=True)
    category: Mapped[str]
    gross_cents: Mapped[int] = mapped_column(BigInteger)
    fee_cents: Mapped[int] = mapped_column(BigInteger)
    net_cents: Mapped[int] = mapped_column(BigInteger)
    source_id: Mapped[str]
    moved_at: Mapped[Instant]
    entry_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("entry.id"))


class BookCheck(Base):
    """The outcome of one proof of the books."""

    __tablename__ = "book_check"

    id: Mapped[Serial]
    checked_at: Mapped[Instant]
    violations: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    counts: Mapped[Json]


class Period(Base):
    """A month of the books that is closed for good; months without a row are open.

    `sha256` is of all entries of the month, as `journal_digest` reads them.
    """

    __tablename__ = "period"
    __table_args__ = (CheckConstraint("extract(day FROM month) = 1", name="month"),)

    month: Mapped[date] = mapped_column(primary_key=True)
    closed_at: Mapped[Instant]
    closed_by: Mapped[str]
    entries: Mapped[int]
    sha256: Mapped[str]
    checklist: Mapped[list[dict[str, str | int | bool]]] = mapped_column(JSONB)


class LedgerMonth(Base):
    """What a closed month moved: one row an account, cause, plan and month of billing."""

    __tablename__ = "ledger_month"
    __table_args__ = (Index("ix_ledger_month_month_account", "month", "account"),)

    id: Mapped[Serial]
    month: Mapped[date] = mapped_column(ForeignKey("period.month"))
    account: Mapped[Ledger] = mapped_column(words(Ledger))
    currency: Mapped[str]
    source: Mapped[str]
    plan_id: Mapped[uuid.UUID | None]
    billed_month: Mapped[date]
    entries: Mapped[int]
    debit_cents: Mapped[int] = mapped_column(BigInteger)
    credit_cents: Mapped[int] = mapped_column(BigInteger)


class AccountCode(Base):
    """What an account of ours is called in a finance program."""

    __tablename__ = "account_code"

    program: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[Ledger] = mapped_column(words(Ledger), primary_key=True)
    code: Mapped[str]
    name: Mapped[str]


class SubscriptionState(Base):
    """What a subscription was worth from a moment on; rows are written by the database itself.

    `mrr_cents` is its price of thirty days, whatever its status; see docs/finance.md.
    """

    __tablename__ = "subscription_state"
    __table_args__ = (
        Index("ix_subscription_state_subscriber_id_at", "subscriber_id", "at"),
        Index("ix_subscription_state_at", "at"),
    )

    id: Mapped[Serial]
    at: Mapped[Instant]
    subscription_id: Mapped[uuid.UUID]
    subscriber_id: Mapped[uuid.UUID]
    plan_id: Mapped[uuid.UUID]
    status: Mapped[str]
    mrr_cents: Mapped[int]


class RecurringMonth(Base):
    """How recurring revenue moved in a closed month, as it was when the month closed."""

    __tablename__ = "recurring_month"

    month: Mapped[date] = mapped_column(ForeignKey("period.month"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    subscribers: Mapped[int]
    cents: Mapped[int] = mapped_column(BigInteger)

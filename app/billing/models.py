"""Tables of cards on file, invoices, payments, attempts and refunds."""

import uuid
from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.dunning_rules import DunningTerms, EndAction
from app.billing.pricing_rules import LineKind
from app.billing.rules import AttemptStatus, InvoiceStatus, PaymentStatus, RefundStatus
from app.catalog.models import words
from app.core.database import Base, Instant, Key, Serial


class Account(Base):
    """A subscriber at the payment provider, and the card that is charged."""

    __tablename__ = "account"

    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    provider_id: Mapped[str | None] = mapped_column(unique=True)
    card_id: Mapped[str | None]
    card_brand: Mapped[str | None]
    card_last4: Mapped[str | None]
    card_exp_month: Mapped[int | None]
    card_exp_year: Mapped[int | None]
    card_made_at: Mapped[int | None] = mapped_column(BigInteger)
    updated_at: Mapped[Instant]


# Invoices over nothing have no paper.
WITHOUT_PAPER = text("NOT has_paper AND total_cents > 0 AND status IN ('paid', 'refunded')")


class Invoice(Base):
    """What one box or one term costs. Amounts in the minor unit; lines, tax and total never change.

    `inclusive` says that the lines' amounts hold their tax; `credit_cents` of the total are paid
    by the subscriber's credit; `tax_bp` is the rate of the first line, each line has its own.
    `carried_cents` are too small to charge and left for the next invoice; `brought_cents` come
    from earlier ones, in the payment but not in the total. `on_account_at` is when its box was let
    go although the bank had not paid yet: from then on it is a receivable.
    A draft asks the provider for its tax at `tax_try_at`, on the machine's clock.
    `has_paper` says that its numbered paper is written.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("subscription_id", "cycle"),
        CheckConstraint("(cycle IS NULL) <> (term_id IS NULL)", name="box_or_term"),
        CheckConstraint("net_cents + tax_cents = total_cents", name="adds_up"),
        CheckConstraint("total_cents >= 0", name="total"),
        CheckConstraint("refunded_cents BETWEEN 0 AND total_cents", name="refunded"),
        CheckConstraint("credit_cents BETWEEN 0 AND total_cents", name="credit"),
        CheckConstraint("carried_cents BETWEEN 0 AND total_cents - credit_cents", name="carried"),
        CheckConstraint("brought_cents >= 0", name="brought"),
        Index(
            "ix_invoice_tax_try_at",
            "tax_try_at",
            postgresql_where=text("tax_try_at IS NOT NULL"),
        ),
        Index("ix_invoice_open", "number", postgresql_where=text("status = 'open'")),
        Index("ix_invoice_without_paper", "paid_at", "number", postgresql_where=WITHOUT_PAPER),
    )

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(BigInteger, Identity(start=100001), unique=True)
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscription.id"))
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    cycle: Mapped[int | None]
    term_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("term.id"), unique=True)
    currency: Mapped[str]
    net_cents: Mapped[int]
    tax_cents: Mapped[int]
    total_cents: Mapped[int]
    tax_bp: Mapped[int]
    inclusive: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    credit_cents: Mapped[int] = mapped_column(default=0, server_default="0")
    carried_cents: Mapped[int] = mapped_column(default=0, server_default="0")
    brought_cents: Mapped[int] = mapped_column(default=0, server_default="0")
    refunded_cents: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[InvoiceStatus] = mapped_column(words(InvoiceStatus), default=InvoiceStatus.OPEN)
    ships_on: Mapped[date | None]
    issued_at: Mapped[Instant]
    paid_at: Mapped[Instant | None]
    on_account_at: Mapped[Instant | None]
    tax_try_at: Mapped[Instant | None]
    tax_calculation_id: Mapped[str | None]
    has_paper: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    lines: Mapped[list["InvoiceLine"]] = relationship(lazy="raise", order_by="InvoiceLine.position")
    payment: Mapped["Payment | None"] = relationship(lazy="raise", back_populates="invoice")


class InvoiceLine(Base):
    """One line of an invoice: `quantity` at `unit_cents`.

    `net_cents` and `tax_cents` are what it comes to after its share `discount_cents` of the
    reductions; they add up to the invoice's. A line of kind reduction only tells what came off.
    """

    __tablename__ = "invoice_line"

    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    sku_code: Mapped[str] = mapped_column(default="", server_default="")
    quantity: Mapped[int]
    unit_cents: Mapped[int]
    amount_cents: Mapped[int]
    kind: Mapped[LineKind] = mapped_column(
        words(LineKind), default=LineKind.BOX, server_default="box"
    )
    tax_bp: Mapped[int] = mapped_column(default=0, server_default="0")
    discount_cents: Mapped[int] = mapped_column(default=0, server_default="0")
    net_cents: Mapped[int] = mapped_column(default=0, server_default="0")
    tax_cents: Mapped[int] = mapped_column(default=0, server_default="0")


class Payment(Base):
    """The one payment of an invoice, the same object at the provider for all its attempts.

    `next_try_at` and `call_off_at`, when the unpaid box is given up, are on the shop's clock;
    leases are on the machine's. Once `cancel_wanted_at` is
    set nothing more is tried, and the job withdraws the payment at the provider.
    """

    __tablename__ = "payment"
    __table_args__ = (
        Index(
            "ix_payment_lease_until",
            "lease_until",
            postgresql_where=text("lease_until IS NOT NULL"),
        ),
        Index(
            "ix_payment_first_failed_at",
            "first_failed_at",
            postgresql_where=text("first_failed_at IS NOT NULL"),
        ),
        Index(
            "ix_payment_next_try_at",
            "next_try_at",
            postgresql_where=text("next_try_at IS NOT NULL"),
        ),
        Index(
            "ix_payment_cancel_wanted_at",
            "cancel_wanted_at",
            postgresql_where=text("cancel_wanted_at IS NOT NULL"),
        ),
        Index(
            "ix_payment_call_off_at",
            "call_off_at",
            postgresql_where=text("call_off_at IS NOT NULL"),
        ),
        Index(
            "ix_payment_decision_wanted_at",
            "decision_wanted_at",
            postgresql_where=text("decision_wanted_at IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invoice.id"), unique=True)
    provider_id: Mapped[str | None] = mapped_column(unique=True)
    amount_cents: Mapped[int]
    currency: Mapped[str]
    status: Mapped[PaymentStatus] = mapped_column(words(PaymentStatus), default=PaymentStatus.DUE)
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    first_failed_at: Mapped[Instant | None]
    next_try_at: Mapped[Instant | None]
    lease_until: Mapped[Instant | None]
    lease_token: Mapped[int] = mapped_column(default=0, server_default="0")
    succeeded_at: Mapped[Instant | None]
    cancel_wanted_at: Mapped[Instant | None]
    cancel_reason: Mapped[str] = mapped_column(default="", server_default="")
    call_off_at: Mapped[Instant | None]
    decision_wanted_at: Mapped[Instant | None]
    invoice: Mapped[Invoice] = relationship(lazy="raise", back_populates="payment")


class Attempt(Base):
    """One try to collect a payment; at most one of a payment may be undecided."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("payment_id", "number"),
        Index(
            "uq_attempt_undecided",
            "payment_id",
            unique=True,
            postgresql_where=text("status IN ('begun', 'processing', 'needs_action')"),
        ),
        Index(
            "ix_attempt_declined",
            "card_id",
            "begun_at",
            postgresql_where=text("status = 'failed'"),
        ),
    )

    id: Mapped[Serial]
    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment.id"))
    number: Mapped[int]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    status: Mapped[AttemptStatus] = mapped_column(words(AttemptStatus), default=AttemptStatus.BEGUN)
    decline_code: Mapped[str | None]
    card_id: Mapped[str | None]
    begun_at: Mapped[Instant]
    begun_real_at: Mapped[Instant]
    decided_at: Mapped[Instant | None]


class Refund(Base):
    """Money given back for an invoice, once per row, whoever asked for it."""

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        Index("ix_refund_settled_at", "settled_at"),
    )

    id: Mapped[Key]
    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment.id"), index=True)
    provider_id: Mapped[str | None] = mapped_column(unique=True)
    amount_cents: Mapped[int]
    reason: Mapped[str]
    reference: Mapped[str] = mapped_column(unique=True)
    tax_cents: Mapped[int | None]
    status: Mapped[RefundStatus] = mapped_column(words(RefundStatus), default=RefundStatus.DUE)
    asked_at: Mapped[Instant]
    lease_until: Mapped[Instant | None]
    settled_at: Mapped[Instant | None]


class LineBack(Base):
    """A part of an invoice's line that was given back: with a refund, or else as credit."""

    __tablename__ = "line_back"
    __table_args__ = (
        ForeignKeyConstraint(
            ["invoice_id", "position"], ["invoice_line.invoice_id", "invoice_line.position"]
        ),
        CheckConstraint("net_cents + tax_cents > 0", name="amount"),
        Index("ix_line_back_invoice_id", "invoice_id", "position"),
    )

    id: Mapped[Serial]
    invoice_id: Mapped[uuid.UUID]
    position: Mapped[int]
    refund_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("refund.id"), index=True)
    net_cents: Mapped[int]
    tax_cents: Mapped[int]


class Dunning(Base):
    """The terms of a plan for its unpaid boxes; a plan without a row has the shop's."""

    __tablename__ = "dunning"

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    days: Mapped[list[int]] = mapped_column(JSONB)
    end_action: Mapped[EndAction] = mapped_column(words(EndAction))
    after_unpaid: Mapped[int]
    cancel_after_days: Mapped[int | None]
    late_days: Mapped[int | None]

    def terms(self) -> DunningTerms:
        """Return the row as a value."""
        return DunningTerms(
            days=tuple(self.days),
            end=self.end_action,
            after_unpaid=self.after_unpaid,
            cancel_after_days=self.cancel_after_days,
            late_days=self.late_days,
        )

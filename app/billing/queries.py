"""What pages and jobs read of invoices, payments, cards and refunds."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.billing.models import Account, Attempt, Invoice, InvoiceLine, Payment, Refund
from app.billing.pricing_rules import LineKind, Quote, QuoteLine
from app.billing.rules import InvoiceStatus, PaymentStatus, RefundStatus
from app.core.database import among


@dataclass(frozen=True)
class InvoiceRow:
    """One invoice in a list."""

    id: uuid.UUID
    number: int
    subscription_id: uuid.UUID
    cycle: int | None
    currency: str
    total_cents: int
    refunded_cents: int
    status: InvoiceStatus
    issued_at: datetime
    paid_at: datetime | None
    ships_on: date | None


@dataclass(frozen=True)
class InvoiceLineRow:
    """One line of an invoice; net and tax are what is left of it after reductions."""

    text: str
    sku_code: str
    quantity: int
    unit_cents: int
    amount_cents: int
    kind: LineKind = LineKind.BOX
    tax_bp: int = 0
    discount_cents: int = 0
    net_cents: int = 0
    tax_cents: int = 0


@dataclass(frozen=True)
class RefundRow:
    """Money given back, or on its way."""

    id: uuid.UUID
    amount_cents: int
    reason: str
    status: RefundStatus
    asked_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True)
class PaymentRow:
    """The payment of an invoice as pages show it; `last_decline` is the provider's word."""

    id: uuid.UUID
    status: PaymentStatus
    tries: int
    next_try_at: datetime | None
    first_failed_at: datetime | None
    cancel_wanted: bool
    last_decline: str | None


@dataclass(frozen=True)
class InvoiceDetail:
    """One invoice with everything on it."""

    invoice: InvoiceRow
    subscriber_id: uuid.UUID
    net_cents: int
    tax_cents: int
    tax_bp: int
    inclusive: bool
    credit_cents: int
    carried_cents: int
    brought_cents: int
    lines: tuple[InvoiceLineRow, ...]
    payment: PaymentRow | None
    refunds: tuple[RefundRow, ...]

    @property
    def due_cents(self) -> int:
        """Return what is or was to be paid besides credit, with what earlier invoices left."""
        owed = self.invoice.total_cents - self.credit_cents
        return owed - self.carried_cents + self.brought_cents


@dataclass(frozen=True)
class Card:
    """The card on file; never its number."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int


INVOICE = (
    Invoice.id,
    Invoice.number,
    Invoice.subscription_id,
    Invoice.cycle,
    Invoice.currency,
    Invoice.total_cents,
    Invoice.refunded_cents,
    Invoice.status,
    Invoice.issued_at,
    Invoice.paid_at,
    Invoice.ships_on,
)


def invoices_of(session: Session, subscriber_id: uuid.UUID) -> tuple[InvoiceRow, ...]:
    """Return a subscriber's invoices, the newest first."""
    rows = session.execute(
        select(*INVOICE)
        .where(Invoice.subscriber_id == subscriber_id)
        .order_by(Invoice.number.desc())
    )
    return tuple(InvoiceRow(*row) for row in rows)


def invoice_detail(session: Session, invoice_id: uuid.UUID) -> InvoiceDetail | None:
    """Return one invoice with its lines, payment and refunds."""
    row = session.execute(
        select(
            Invoice.subscriber_id,
            Invoice.net_cents,
            Invoice.tax_cents,
            Invoice.tax_bp,
            Invoice.inclusive,
            Invoice.credit_cents,
            Invoice.carried_cents,
            Invoice.brought_cents,
            *INVOICE,
        ).where(Invoice.id == invoice_id)
    ).one_or_none()
    if row is None:
        return None
    subscriber_id, net, tax, tax_bp, inclusive, credit, carried, brought, *invoice = row
    return InvoiceDetail(
        invoice=InvoiceRow(*invoice),
        subscriber_id=subscriber_id,
        net_cents=net,
        tax_cents=tax,
        tax_bp=tax_bp,
        inclusive=inclusive,
        credit_cents=credit,
        carried_cents=carried,
        brought_cents=brought,
        lines=_lines(session, invoice_id),
        payment=_payment(session, invoice_id),
        refunds=_refunds(session, invoice_id),
    )


def quote_of_invoice(session: Session, invoice_id: uuid.UUID) -> Quote:
    """Return what an invoice was issued for, as it was priced."""
    inclusive, credit = session.execute(
        select(Invoice.inclusive, Invoice.credit_cents).where(Invoice.id == invoice_id)
    ).one()
    lines = tuple(
        QuoteLine(
            kind=line.kind,
            text=line.text,
            quantity=line.quantity,
            unit_cents=line.unit_cents,
            sku_code=line.sku_code,
            tax_bp=line.tax_bp,
            discount_cents=line.discount_cents,
            net_cents=line.net_cents,
            tax_cents=line.tax_cents,
        )
        for line in _lines(session, invoice_id)
        if line.kind is not LineKind.CARRIED
    )
    return Quote(lines, inclusive, credit)


def net_by_kind(
    session: Session, invoice_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, dict[LineKind, int]]:
    """Return the net sums of each invoice's lines by what they are for."""
    line = InvoiceLine
    rows = session.execute(
        select(line.invoice_id, line.kind, func.sum(line.net_cents))
        .where(among(line.invoice_id, invoice_ids), line.kind.not_in(TOLD))
        .group_by(line.invoice_id, line.kind)
    )
    found: dict[uuid.UUID, dict[LineKind, int]] = {}
    for invoice_id, kind, cents in rows:
        found.setdefault(invoice_id, {})[kind] = int(cents)
    return found


def _lines(session: Session, invoice_id: uuid.UUID) -> tuple[InvoiceLineRow, ...]:
    line = InvoiceLine
    rows: Iterable[Any] = session.execute(
        select(
            line.text,
            line.sku_code,
            line.quantity,
            line.unit_cents,
            line.amount_cents,
            line.kind,
            line.tax_bp,
            line.discount_cents,
            line.net_cents,
            line.tax_cents,
        )
        .where(line.invoice_id == invoice_id)
        .order_by(line.position)
    )
    return tuple(InvoiceLineRow(*row) for row in rows)


def _refunds(session: Session, invoice_id: uuid.UUID) -> tuple[RefundRow, ...]:
    rows = session.execute(
        select(
            Refund.id,
            Refund.amount_cents,
            Refund.reason,
            Refund.status,
            Refund.asked_at,
            Refund.settled_at,
        )
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.invoice_id == invoice_id)
        .order_by(Refund.asked_at)
    )
    return tuple(RefundRow(*row) for row in rows)


TOLD = (LineKind.REDUCTION, LineKind.CARRIED)
LAST_DECLINE = (
    select(Attempt.decline_code)
    .where(Attempt.payment_id == Payment.id)
    .order_by(Attempt.number.desc())
    .limit(1)
    .scalar_subquery()
)
PAYMENT = (
    Payment.id,
    Payment.status,
    Payment.tries,
    Payment.next_try_at,
    Payment.first_failed_at,
    Payment.cancel_wanted_at.is_not(None),
    LAST_DECLINE,
)


def _payment(session: Session, invoice_id: uuid.UUID) -> PaymentRow | None:
    row = session.execute(select(*PAYMENT).where(Payment.invoice_id == invoice_id)).one_or_none()
    return PaymentRow(*row) if row else None


def card_of(session: Session, subscriber_id: uuid.UUID) -> Card | None:
    """Return the subscriber's card on file."""
    account = session.get(Account, subscriber_id)
    if account is None or account.card_id is None:
        return None
    return Card(
        account.card_brand or "",
        account.card_last4 or "",
        account.card_exp_month or 0,
        account.card_exp_year or 0,
    )


def account_of(session: Session, subscriber_id: uuid.UUID) -> str | None:
    """Return the subscriber's account at the provider, once it is open."""
    account = session.get(Account, subscriber_id)
    return account.provider_id if account else None


def with_account(session: Session, people: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return who of these people has an account at the payment provider."""
    return set(
        session.scalars(
            select(Account.subscriber_id).where(
                among(Account.subscriber_id, people), Account.provider_id.is_not(None)
            )
        )
    )

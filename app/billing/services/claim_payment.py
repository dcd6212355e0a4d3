"""Take the next due payment for a try of collecting it; no two workers take the same."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.billing.dunning_queries import collecting, declined_at
from app.billing.dunning_rules import free_again
from app.billing.models import Account, Attempt, Invoice, Payment
from app.billing.ports import ChargeTicket
from app.billing.rules import (
    FINAL,
    NO_CARD_CODE,
    UNDECIDED,
    WORN_CODE,
    InvoiceStatus,
)
from app.billing.services.payment_letters import promise_payment_letter
from app.core.unit_of_work import UnitOfWork

LEASE = timedelta(seconds=120)
VISIT = "-visit"


def claim_payment(work: UnitOfWork) -> ChargeTicket | None:
    """Claim one due payment and begin its next attempt; None when nothing is due."""
    due = (
        _due(work)
        .where(Account.card_id.is_not(None))
        .order_by(Payment.next_try_at)
        .limit(1)
        .with_for_update(of=Payment, skip_locked=True)
    )
    while row := work.session.execute(due).first():
        payment, invoice, account = row
        spared = _spared_until(work, account)
        if spared is None:
            return begin_attempt(work, payment, invoice, account)
        _set_aside_worn(work, payment, invoice, spared)
    return None


def payments_due(work: UnitOfWork, most: int) -> int:
    """Return how many payments could be claimed now, counted no further than `most`."""
    due = _due(work).where(Account.card_id.is_not(None)).with_only_columns(Payment.id).limit(most)
    return work.session.scalar(select(func.count()).select_from(due.subquery())) or 0


def _spared_until(work: UnitOfWork, account: Account) -> datetime | None:
    """Return until when the card's network wants no further try; None when it may be tried."""
    tried = declined_at(work.session, str(account.card_id), work.now)
    return free_again(account.card_brand, tried, work.now)


def _set_aside_worn(work: UnitOfWork, payment: Payment, invoice: Invoice, spared: datetime) -> None:
    """Wait until the card may be tried again; if that is too late for the box, ask for another."""
    until = collecting(work.session, work.shop, invoice).until
    in_time = until is None or spared < until
    payment.next_try_at = spared if in_time else None
    payment.first_failed_at = payment.first_failed_at or work.now
    if not in_time:
        promise_payment_letter(work, payment, "card_needed", "worn", reason=WORN_CODE)
    work.session.flush()


def set_aside_cardless(work: UnitOfWork) -> int:
    """Stop trying due payments that have no card to charge, and ask for one."""
    rows = work.session.execute(
        _due(work)
        .where(Account.card_id.is_(None))
        .order_by(Payment.next_try_at)
        .with_for_update(of=Payment, skip_locked=True)
    ).all()
    for payment, _invoice, _account in rows:
        payment.next_try_at = None
        payment.first_failed_at = payment.first_failed_at or work.now
        promise_payment_letter(
            work, payment, "card_needed", f"{payment.tries}", reason=NO_CARD_CODE
        )
    return len(rows)


def _due(work: UnitOfWork) -> Select[Payment, Invoice, Account]:
    """Select what is due; of several unpaid boxes of a subscription only the newest is.

    What has left on account is owed whatever came later.
    """
    newer = aliased(Invoice)
    return (
        select(Payment, Invoice, Account)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .outerjoin(Account, Account.subscriber_id == Invoice.subscriber_id)
        .where(
            Payment.next_try_at <= work.now,
            Payment.status.not_in(FINAL),
            Payment.cancel_wanted_at.is_(None),
            Invoice.status == InvoiceStatus.OPEN,
            lease_free(),
            ~undecided(),
            or_(
                Invoice.on_account_at.is_not(None),
                ~exists().where(
                    newer.subscription_id == Invoice.subscription_id,
                    newer.cycle > Invoice.cycle,
                    newer.status == InvoiceStatus.OPEN,
                ),
            ),
        )
    )


def lease_free() -> ColumnElement[bool]:
    """Say, in SQL and on the machine's clock, that nobody works on a payment."""
    return or_(Payment.lease_until.is_(None), Payment.lease_until < func.clock_timestamp())


def undecided() -> ColumnElement[bool]:
    """Say, in SQL, that a payment has an attempt whose outcome is open."""
    return exists().where(and_(Attempt.payment_id == Payment.id, Attempt.status.in_(UNDECIDED)))


def take_lease(payment: Payment) -> None:
    """Reserve a payment for this worker; later writes must carry the new token."""
    payment.lease_until = func.clock_timestamp() + LEASE
    payment.lease_token += 1


def begin_attempt(
    work: UnitOfWork, payment: Payment, invoice: Invoice, account: Account, suffix: str = ""
) -> ChargeTicket:
    """Write the next attempt down before anything leaves the house."""
    take_lease(payment)
    payment.next_try_at = payment.decision_wanted_at = None
    number = 1 + (
        work.session.scalar(
            select(func.max(Attempt.number)).where(Attempt.payment_id == payment.id)
        )
        or 0
    )
    attempt = Attempt(
        payment_id=payment.id,
        number=number,
        idempotency_key=f"box-{payment.id}-a{number}{suffix}",
        card_id=account.card_id,
        begun_at=work.now,
        begun_real_at=func.clock_timestamp(),
    )
    work.session.add(attempt)
    work.session.flush()
    return ticket_of(payment, invoice, account, attempt)


def ticket_of(
    payment: Payment, invoice: Invoice, account: Account, attempt: Attempt | None
) -> ChargeTicket:
    """Return what the provider needs to know of a payment, as its attempt began."""
    return ChargeTicket(
        payment_id=payment.id,
        invoice_number=invoice.number,
        amount_cents=payment.amount_cents,
        currency=payment.currency,
        customer_id=account.provider_id or "",
        card_id=(attempt.card_id if attempt else account.card_id) or "",
        description=f"Invoice {invoice.number}",
        idempotency_key=attempt.idempotency_key if attempt else f"box-{payment.id}-a0",
        provider_id=payment.provider_id,
        lease_token=payment.lease_token,
        tax_calculation_id=invoice.tax_calculation_id,
    )


def undecided_attempt(work: UnitOfWork, payment_id: uuid.UUID) -> Attempt | None:
    """Return the one attempt of a payment whose outcome is open."""
    return work.session.scalars(
        select(Attempt).where(Attempt.payment_id == payment_id, Attempt.status.in_(UNDECIDED))
    ).one_or_none()

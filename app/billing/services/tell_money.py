"""Tell other programs about invoices, payments and refunds, always with the same facts."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.billing.models import Invoice, Payment, Refund
from app.core.database import among
from app.core.unit_of_work import UnitOfWork
from app.hooks.rules import EventType
from app.hooks.services.tell import Told, is_wanted, tell, tell_all


def tell_issued(work: UnitOfWork, invoice_ids: Sequence[uuid.UUID]) -> None:
    """Tell that invoices were issued, many at once."""
    if not invoice_ids or not is_wanted(work, EventType.INVOICE_ISSUED):
        return
    invoices = work.session.scalars(
        select(Invoice).where(among(Invoice.id, invoice_ids)).order_by(Invoice.number)
    )
    told = [Told(str(each.id), facts_of(each)) for each in invoices]
    tell_all(work, EventType.INVOICE_ISSUED, told)


def tell_paid(work: UnitOfWork, payment: Payment, invoice: Invoice) -> None:
    """Tell that an invoice is paid, and that its payment had been declined before."""
    facts = {**facts_of(invoice), "payment_id": payment.id, "amount_cents": payment.amount_cents}
    tell(work, EventType.INVOICE_PAID, invoice.id, **facts)
    if payment.first_failed_at is not None:
        failed = {"first_failed_at": payment.first_failed_at, "tries": payment.tries}
        tell(work, EventType.PAYMENT_RECOVERED, invoice.id, **facts, **failed)


def tell_declined(work: UnitOfWork, payment: Payment, code: str) -> None:
    """Tell that a try to collect a payment was declined."""
    invoice = work.session.get_one(Invoice, payment.invoice_id)
    tell(
        work,
        EventType.PAYMENT_FAILED,
        f"{payment.id}:{payment.tries}",
        **facts_of(invoice),
        payment_id=payment.id,
        amount_cents=payment.amount_cents,
        decline_code=code,
        tries=payment.tries,
        next_try_at=payment.next_try_at,
    )


def tell_refunded(work: UnitOfWork, invoice: Invoice, refund: Refund) -> None:
    """Tell that money was given back."""
    tell(
        work,
        EventType.REFUND_SETTLED,
        refund.id,
        **facts_of(invoice),
        refund_id=refund.id,
        amount_cents=refund.amount_cents,
        refunded_cents=invoice.refunded_cents,
        reason=refund.reason,
    )


def facts_of(invoice: Invoice) -> dict[str, Any]:
    """Return what is told of an invoice wherever it plays a part."""
    return {
        "invoice_id": str(invoice.id),
        "invoice_number": invoice.number,
        "subscription_id": str(invoice.subscription_id),
        "subscriber_id": str(invoice.subscriber_id),
        "cycle": invoice.cycle,
        "currency": invoice.currency,
        "net_cents": invoice.net_cents,
        "tax_cents": invoice.tax_cents,
        "total_cents": invoice.total_cents,
        "ships_on": invoice.ships_on.isoformat() if invoice.ships_on else None,
    }

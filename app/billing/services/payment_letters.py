"""Promise the letters about a payment, all with the same facts: plan, amount, reason, dates."""

from typing import Any

from sqlalchemy import select

from app.billing.models import Account, Invoice, Payment
from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.models import Plan, Subscription


def promise_payment_letter(
    work: UnitOfWork, payment: Payment, kind: str, reference: str, **facts: Any
) -> None:
    """Promise one letter to the subscriber of a payment; `reference` tells letters apart."""
    invoice = work.session.get_one(Invoice, payment.invoice_id)
    promise_invoice_letter(
        work, invoice, kind, f"{payment.id}:{reference}", payment_id=str(payment.id), **facts
    )


def promise_invoice_letter(
    work: UnitOfWork, invoice: Invoice, kind: str, reference: str, **facts: Any
) -> None:
    """Promise one letter about an invoice. `plan` maps language tags to the plan's name."""
    plan, number, last4 = work.session.execute(
        select(Plan.name, Subscription.number, Account.card_last4)
        .select_from(Subscription)
        .join(Plan, Plan.id == Subscription.plan_id)
        .outerjoin(Account, Account.subscriber_id == invoice.subscriber_id)
        .where(Subscription.id == invoice.subscription_id)
    ).one()
    told = {
        "plan": plan,
        "subscription_number": number,
        "subscription_id": str(invoice.subscription_id),
        "invoice_id": str(invoice.id),
        "invoice_number": invoice.number,
        "cycle": invoice.cycle,
        "amount_cents": invoice.total_cents - invoice.credit_cents + invoice.brought_cents,
        "currency": invoice.currency,
        "ships_on": invoice.ships_on.isoformat() if invoice.ships_on else None,
        "card_last4": last4,
    }
    promise_letter(work, kind, reference, invoice.subscriber_id, **(told | facts))

"""Gets drafts of invoices their tax: what the provider is asked, and what follows its answer."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.billing.models import Invoice, InvoiceLine, Payment
from app.billing.ports import TaxAnswer, TaxBasket
from app.billing.pricing_rules import TOLD, LineKind
from app.billing.rules import InvoiceStatus
from app.billing.services.issue_invoices import finish_draft
from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.models import Box
from app.fulfilment.services.release_box import release_paid
from app.people.models import Address
from app.subscriptions.models import Subscription

AGAIN = timedelta(minutes=2)
PATIENCE = timedelta(minutes=30)
PLACE = ("line1", "line2", "city", "region", "postcode", "country")


@dataclass(frozen=True)
class TaxWish:
    """A draft to be taxed; `own_rates` says that the provider was away for too long."""

    basket: TaxBasket
    own_rates: bool


def claim_draft(work: UnitOfWork) -> TaxWish | None:
    """Claim the next draft that wants its tax; None when no other is due."""
    invoice = work.session.scalars(
        select(Invoice)
        .where(
            Invoice.tax_try_at <= func.clock_timestamp(),
            Invoice.status == InvoiceStatus.DRAFT,
        )
        .order_by(Invoice.tax_try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if invoice is None:
        return None
    invoice.tax_try_at = func.clock_timestamp() + AGAIN
    work.session.flush()
    late = work.now - invoice.issued_at >= PATIENCE
    return TaxWish(_basket(work, invoice), late and not work.shop.tax_waits)


def settle_tax(work: UnitOfWork, invoice_id: uuid.UUID, answer: TaxAnswer | None) -> bool:
    """Issue a draft with the provider's tax, or by the shop's own rates for None; once.

    A box for which nothing is left to pay goes at once.
    """
    lines = _lines(work, invoice_id)
    taxes = _spread(lines, answer) if answer else None
    if not finish_draft(work, invoice_id, taxes):
        return False
    invoice = work.session.get_one(Invoice, invoice_id)
    invoice.tax_calculation_id = answer.calculation_id if answer else None
    work.session.flush()
    boxes = select(Box.id).where(Box.invoice_id == invoice_id)
    release_paid(work, work.session.scalars(boxes).all())
    work.after_commit(Job.CHARGE_DUE)
    return True


def untold_sale(work: UnitOfWork, invoice_id: uuid.UUID) -> str | None:
    """Return the number of a taxed invoice without a payment, which would tell the provider."""
    invoice = work.session.get_one(Invoice, invoice_id)
    paid = select(Payment.id).where(Payment.invoice_id == invoice_id)
    if invoice.tax_calculation_id is None or work.session.scalar(paid) is not None:
        return None
    return str(invoice.number)


def _basket(work: UnitOfWork, invoice: Invoice) -> TaxBasket:
    lines = _lines(work, invoice.id)
    return TaxBasket(
        invoice_id=invoice.id,
        currency=invoice.currency,
        address=_place(work, invoice),
        lines=tuple(_left(each) for each in lines if each.kind is not LineKind.SHIPPING),
        shipping_cents=sum(_left(each) for each in lines if each.kind is LineKind.SHIPPING),
        inclusive=invoice.inclusive,
        charged_at=_charged_at(invoice),
    )


def _charged_at(invoice: Invoice) -> datetime:
    return invoice.issued_at


def _lines(work: UnitOfWork, invoice_id: uuid.UUID) -> Sequence[InvoiceLine]:
    return work.session.scalars(
        select(InvoiceLine)
        .where(InvoiceLine.invoice_id == invoice_id, InvoiceLine.kind.not_in(TOLD))
        .order_by(InvoiceLine.position)
    ).all()


def _left(line: InvoiceLine) -> int:
    return line.amount_cents - line.discount_cents


def _spread(lines: Sequence[InvoiceLine], answer: TaxAnswer) -> list[int]:
    """Return the tax of each line; there is at most one line of delivery."""
    goods = iter(answer.lines)
    return [answer.shipping if each.kind is LineKind.SHIPPING else next(goods) for each in lines]


def _place(work: UnitOfWork, invoice: Invoice) -> dict[str, str]:
    """Return where the box goes: as frozen, or to the address of today."""
    frozen: dict[str, Any] | None = work.session.scalar(
        select(Box.address).where(Box.invoice_id == invoice.id)
    )
    if frozen:
        return {name: str(frozen.get(name) or "") for name in PLACE}
    home = work.session.scalars(
        select(Address)
        .join(Subscription, Subscription.address_id == Address.id)
        .where(Subscription.id == invoice.subscription_id)
    ).one()
    return {name: str(getattr(home, name) or "") for name in PLACE}

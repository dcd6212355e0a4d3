"""Compose what stands on an invoice or a credit note, from rows as they are now."""

import uuid
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func, select

from app.billing.models import Invoice, InvoiceLine, LineBack, Refund
from app.billing.price_models import TaxExemption
from app.billing.pricing_rules import LineKind
from app.core.clock import local_day
from app.core.unit_of_work import UnitOfWork
from app.finance.document_models import Document
from app.finance.document_rules import (
    DocumentKind,
    Paper,
    PaperDays,
    PaperLine,
    Party,
    RateSum,
    by_rate,
    credited,
    with_tax,
)
from app.fulfilment.models import Box
from app.people.models import Address, Person
from app.subscriptions.models import Subscription


def invoice_paper(work: UnitOfWork, invoice: Invoice, today: date) -> Paper:
    """Return the paper of a paid invoice."""
    buyer, locale = _buyer(work, invoice)
    whole = RateSum(invoice.tax_bp, invoice.net_cents, invoice.tax_cents)
    parts = [RateSum(line.tax_bp, line.net_cents, line.tax_cents) for line in invoice.lines]
    paid_on = local_day(invoice.paid_at, work.shop.zone) if invoice.paid_at else None
    return Paper(
        kind=DocumentKind.INVOICE,
        locale=locale,
        country=work.shop.country,
        currency=invoice.currency,
        seller=seller_of(work),
        buyer=buyer,
        days=PaperDays(today, invoice.ships_on, paid_on),
        lines=tuple(
            PaperLine(
                line.text,
                line.quantity,
                line.unit_cents,
                line.amount_cents,
                None if line.kind is LineKind.REDUCTION else line.tax_bp,
            )
            for line in invoice.lines
            if line.kind is not LineKind.CARRIED
        ),
        rates=by_rate(parts, whole),
        inclusive=invoice.inclusive,
        more=_more(work, invoice),
    )


def credit_paper(work: UnitOfWork, refund: Refund, corrected: Document, today: date) -> Paper:
    """Return the paper that takes a refund off its invoice, rate by rate."""
    old = corrected.content
    return Paper(
        kind=DocumentKind.CREDIT_NOTE,
        locale=old["locale"],
        country=work.shop.country,
        currency=corrected.currency,
        seller=seller_of(work),
        buyer=Party(old["buyer"]["name"], tuple(old["buyer"]["lines"]), old["buyer"]["tax_id"]),
        days=PaperDays(today, None, None),
        lines=(),
        rates=with_tax(_given_back(work, refund, corrected), refund.tax_cents),
        inclusive=old["inclusive"],
        more={"corrects": old["number"], "corrects_on": old["issued_on"]},
    )


def reversal_paper(work: UnitOfWork, note: Document, today: date) -> Paper:
    """Return the paper that takes a credit note back, since its money came back to the shop."""
    old = note.content
    return Paper(
        kind=DocumentKind.REVERSAL,
        locale=old["locale"],
        country=work.shop.country,
        currency=note.currency,
        seller=seller_of(work),
        buyer=Party(old["buyer"]["name"], tuple(old["buyer"]["lines"]), old["buyer"]["tax_id"]),
        days=PaperDays(today, None, None),
        lines=(),
        rates=tuple(RateSum(each["tax_bp"], each["net"], each["tax"]) for each in old["rates"]),
        inclusive=old["inclusive"],
        more={"corrects": old["number"], "corrects_on": old["issued_on"]},
    )


def _given_back(work: UnitOfWork, refund: Refund, corrected: Document) -> tuple[RateSum, ...]:
    """Return what a refund takes off each rate: of its lines if it has any, else in proportion."""
    parts = work.session.execute(
        select(InvoiceLine.tax_bp, LineBack.net_cents, LineBack.tax_cents)
        .join(
            InvoiceLine,
            and_(
                InvoiceLine.invoice_id == LineBack.invoice_id,
                InvoiceLine.position == LineBack.position,
            ),
        )
        .where(LineBack.refund_id == refund.id)
    )
    lines = [RateSum(*row) for row in parts]
    if lines and sum(each.gross for each in lines) == refund.amount_cents:
        net = sum(each.net for each in lines)
        return by_rate(lines, RateSum(lines[0].tax_bp, net, refund.amount_cents - net))
    rates = [
        RateSum(each["tax_bp"], each["net"], each["tax"]) for each in corrected.content["rates"]
    ]
    back = case((Document.kind == DocumentKind.REVERSAL.value, -1), else_=1) * Document.total_cents
    before = work.session.scalar(
        select(func.coalesce(func.sum(back), 0)).where(
            Document.invoice_id == corrected.invoice_id, Document.refund_id.is_not(None)
        )
    )
    return credited(rates, int(before or 0), refund.amount_cents)


def seller_of(work: UnitOfWork) -> Party:
    """Return the shop as it stands on papers."""
    shop = work.shop
    return Party(shop.seller_name or shop.name, shop.seller_address, shop.seller_tax_id)


def _buyer(work: UnitOfWork, invoice: Invoice) -> tuple[Party, str]:
    """Return the buyer with the address that the box was sent to, and the buyer's language."""
    person = work.session.get_one(Person, invoice.subscriber_id)
    sent_to = work.session.scalar(select(Box.address).where(Box.invoice_id == invoice.id))
    place: dict[str, Any] = sent_to or _home(work, invoice.subscription_id)
    city = " ".join(str(place[name]) for name in ("postcode", "city", "region") if place.get(name))
    lines = (str(place.get("line1", "")), str(place.get("line2") or ""), city, place.get("country"))
    return Party(
        person.name or person.email, tuple(str(each) for each in lines if each)
    ), person.locale


def _home(work: UnitOfWork, subscription_id: uuid.UUID) -> dict[str, Any]:
    home = work.session.scalars(
        select(Address)
        .join(Subscription, Subscription.address_id == Address.id)
        .where(Subscription.id == subscription_id)
    ).one_or_none()
    if home is None:
        return {}
    names = ("line1", "line2", "city", "region", "postcode", "country")
    return {name: getattr(home, name) for name in names}


def _more(work: UnitOfWork, invoice: Invoice) -> dict[str, Any]:
    """Return the facts that only some invoices have: credit used, a paper that frees from tax."""
    found: dict[str, Any] = {"reference": invoice.number}
    if invoice.credit_cents:
        found["credit"] = invoice.credit_cents
    for name in ("carried", "brought"):
        if cents := getattr(invoice, f"{name}_cents"):
            found[name] = cents
    if invoice.tax_cents == 0:
        certificate = work.session.scalar(
            select(TaxExemption.certificate).where(
                TaxExemption.subscriber_id == invoice.subscriber_id
            )
        )
        if certificate:
            found["exempt"] = certificate
    return found

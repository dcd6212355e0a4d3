"""Issue the invoices of many boxes at once, each with its one payment; twice is once."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, delete, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from app.billing.carry_rules import Collected
from app.billing.draft_rules import taxed, untaxed
from app.billing.models import Invoice, InvoiceLine, Payment
from app.billing.price_list_queries import credit_of
from app.billing.pricing_rules import Quote
from app.billing.queries import quote_of_invoice
from app.billing.rules import InvoiceDraft, InvoiceStatus, PaymentStatus
from app.billing.services.carry_over import (
    Waiting,
    carried_lines,
    collected,
    note_carried,
    waiting_for,
)
from app.billing.services.note_uses import note_uses
from app.billing.services.tell_money import tell_issued
from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork
from app.subscriptions.cooling_queries import first_charges

BoxKey = tuple[uuid.UUID, int | None]
# On a clock that is never behind.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
# What a draft gets once its tax is known.
ISSUED_WITH = (
    "net_cents",
    "tax_cents",
    "total_cents",
    "tax_bp",
    "credit_cents",
    "carried_cents",
    "brought_cents",
    "status",
    "issued_at",
    "paid_at",
)


@dataclass(frozen=True)
class _Bill:
    """A draft, how it is collected, and what earlier invoices left to it."""

    draft: InvoiceDraft
    how: Collected
    waiting: Sequence[Waiting]
    taxed: bool = True


Issued = Mapping[uuid.UUID, _Bill]


def issue_invoices(work: UnitOfWork, drafts: Sequence[InvoiceDraft]) -> dict[BoxKey, uuid.UUID]:
    """Return the invoice of each (subscription, cycle), issuing those that do not exist yet.

    An invoice over nothing is paid at once and has no payment; one that is too small to charge is
    carried over to the next.
    """
    if not drafts:
        return {}
    bills = {(each.draft.subscription_id, each.draft.cycle): each for each in _bills(work, drafts)}
    fresh = _insert_invoices(work, list(bills.values()))
    _complete(work, {invoice_id: bills[key] for key, invoice_id in fresh.items()})
    return _existing(work, list(bills))


def issue_term_invoice(work: UnitOfWork, draft: InvoiceDraft) -> uuid.UUID:
    """Return the invoice of a term, issuing it if it does not exist yet."""
    (bill,) = _bills(work, [draft])
    fresh: uuid.UUID | None = work.session.scalar(
        insert(Invoice)
        .values(term_id=draft.term_id, **_invoice_row(work, bill))
        .on_conflict_do_nothing()
        .returning(Invoice.id)
    )
    if fresh is None:
        return work.session.scalars(
            select(Invoice.id).where(Invoice.term_id == draft.term_id)
        ).one()
    _complete(work, {fresh: bill})
    return fresh


def _bills(work: UnitOfWork, drafts: Sequence[InvoiceDraft]) -> Iterator[_Bill]:
    """Yield drafts with how they are collected; a rest is brought in by the first that can."""
    waiting = waiting_for(work, [draft.subscription_id for draft in drafts])
    for draft in drafts:
        if _wants_tax(work, draft):
            yield _Bill(replace(draft, quote=untaxed(draft.priced())), Collected(0), (), False)
            continue
        rests = waiting.get(draft.subscription_id, [])
        how = collected(work, draft, rests)
        yield _Bill(draft, how, rests if how.brought else ())
        if how.brought:
            del waiting[draft.subscription_id]


def _wants_tax(work: UnitOfWork, draft: InvoiceDraft) -> bool:
    """Say whether the provider is to be asked for the tax; an exemption stands in the quote."""
    return work.shop.tax_by_provider and draft.priced().total > 0 and not draft.priced().exempt


def finish_draft(work: UnitOfWork, invoice_id: uuid.UUID, taxes: Sequence[int] | None) -> bool:
    """Issue an invoice that waited for its tax, in cents for each line; None: by its own rates.

    False when it was issued before, or called off meanwhile.
    """
    invoice = work.session.get_one(
        Invoice, invoice_id, with_for_update=True, populate_existing=True
    )
    if invoice.status is not InvoiceStatus.DRAFT:
        return False
    quote = taxed(quote_of_invoice(work.session, invoice_id), taxes)
    draft = InvoiceDraft(
        subscription_id=invoice.subscription_id,
        subscriber_id=invoice.subscriber_id,
        cycle=invoice.cycle,
        term_id=invoice.term_id,
        ships_on=invoice.ships_on,
        quote=replace(quote, credit_cents=_credit(work, invoice, quote)),
    )
    rests = waiting_for(work, [invoice.subscription_id]).get(invoice.subscription_id, [])
    how = collected(work, draft, rests)
    row = _invoice_row(work, _Bill(draft, how, rests))
    for name in ISSUED_WITH:
        setattr(invoice, name, row[name])
    invoice.tax_try_at = None
    work.session.execute(delete(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id))
    work.session.flush()
    _complete(work, {invoice_id: _Bill(draft, how, rests if how.brought else ())})
    return True


def drop_draft(work: UnitOfWork, invoice: Invoice) -> None:
    """Call an invoice off whose tax nobody needs to know any more."""
    invoice.status, invoice.tax_try_at = InvoiceStatus.VOID, None
    work.session.flush()


def _credit(work: UnitOfWork, invoice: Invoice, quote: Quote) -> int:
    """Return what the payer's credit pays of a box now that its tax is known."""
    if invoice.term_id is not None:
        return 0
    held = credit_of(work.session, {invoice.subscriber_id}, lock=True)
    return min(held.get(invoice.subscriber_id, 0), quote.total)


def _complete(work: UnitOfWork, issued: Issued) -> None:
    """Write everything that goes with invoices just issued."""
    _insert_lines(work, issued)
    _insert_payments(work, issued)
    note_carried(work, {key: (each.draft, each.how, each.waiting) for key, each in issued.items()})
    note_uses(work, [(key, each.draft) for key, each in issued.items()])
    tell_issued(work, [key for key, each in issued.items() if each.taxed])
    if not all(each.taxed for each in issued.values()):
        work.after_commit(Job.FALL_DUE)


def _insert_invoices(work: UnitOfWork, bills: Sequence[_Bill]) -> dict[BoxKey, uuid.UUID]:
    rows = work.session.execute(
        insert(Invoice)
        .on_conflict_do_nothing()
        .returning(Invoice.id, Invoice.subscription_id, Invoice.cycle),
        [_invoice_row(work, bill) for bill in bills],
    )
    return {(row.subscription_id, row.cycle): row.id for row in rows}


def _invoice_row(work: UnitOfWork, bill: _Bill) -> dict[str, Any]:
    draft, quote, how = bill.draft, bill.draft.priced(), bill.how
    return {
        "subscription_id": draft.subscription_id,
        "subscriber_id": draft.subscriber_id,
        "cycle": draft.cycle,
        "currency": work.shop.currency,
        "net_cents": quote.net,
        "tax_cents": quote.tax,
        "total_cents": quote.total,
        "tax_bp": quote.tax_bp,
        "inclusive": quote.inclusive,
        "credit_cents": quote.credit_cents,
        "carried_cents": how.carried,
        "brought_cents": how.brought,
        "status": _status(bill),
        "ships_on": draft.ships_on,
        "issued_at": work.now,
        "paid_at": work.now if _status(bill) is InvoiceStatus.PAID else None,
        "tax_try_at": None if bill.taxed else AT_ONCE,
    }


def _status(bill: _Bill) -> InvoiceStatus:
    if not bill.taxed:
        return InvoiceStatus.DRAFT
    return InvoiceStatus.OPEN if bill.how.charged else InvoiceStatus.PAID


def _insert_lines(work: UnitOfWork, issued: Issued) -> None:
    rows = [
        {
            "invoice_id": invoice_id,
            "position": position,
            "text": line.text,
            "sku_code": line.sku_code,
            "quantity": line.quantity,
            "unit_cents": line.unit_cents,
            "amount_cents": line.amount_cents,
            "kind": line.kind,
            "tax_bp": line.tax_bp,
            "discount_cents": line.discount_cents,
            "net_cents": line.net_cents,
            "tax_cents": line.tax_cents,
        }
        for invoice_id, bill in issued.items()
        for position, line in enumerate(
            [*bill.draft.priced().lines, *carried_lines(bill.how, bill.waiting)], start=1
        )
    ]
    if rows:
        work.session.execute(insert(InvoiceLine), rows)


def _insert_payments(work: UnitOfWork, issued: Issued) -> None:
    whose = {bill.draft.subscription_id for bill in issued.values()}
    later = first_charges(work.session, whose, work.now)
    rows = [
        {
            "invoice_id": invoice_id,
            "amount_cents": bill.how.charged,
            "currency": work.shop.currency,
            "status": PaymentStatus.DUE,
            "next_try_at": later.get(bill.draft.subscription_id, work.now),
        }
        for invoice_id, bill in issued.items()
        if bill.how.charged
    ]
    if rows:
        work.session.execute(insert(Payment).on_conflict_do_nothing(), rows)
        work.after_commit(Job.CHARGE_DUE)


def _existing(work: UnitOfWork, keys: Sequence[BoxKey]) -> dict[BoxKey, uuid.UUID]:
    """Return which invoices there are; a batch's keys travel as two arrays, side by side."""
    subscription_id, cycle = Invoice.subscription_id, Invoice.cycle
    asked = (
        func.unnest(
            literal([key[0] for key in keys], ARRAY(subscription_id.expression.type)),
            literal([key[1] for key in keys], ARRAY(cycle.expression.type)),
        )
        .table_valued("subscription_id", "cycle")
        .render_derived()
    )
    rows = work.session.execute(
        select(Invoice.id, subscription_id, cycle).join(
            asked, and_(asked.c.subscription_id == subscription_id, asked.c.cycle == cycle)
        )
    )
    return {(row.subscription_id, row.cycle): row.id for row in rows}

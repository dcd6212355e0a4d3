"""Issue the invoices of many boxes at once, each with its one payment; twice is once."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.billing.carry_rules import Collected
from app.billing.models import Invoice, InvoiceLine, Payment
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

BoxKey = tuple[uuid.UUID, int | None]


@dataclass(frozen=True)
class _Bill:
    """A draft, how it is collected, and what earlier invoices left to it."""

    draft: InvoiceDraft
    how: Collected
    waiting: Sequence[Waiting]


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
        rests = waiting.get(draft.subscription_id, [])
        how = collected(work, draft, rests)
        yield _Bill(draft, how, rests if how.brought else ())
        if how.brought:
            del waiting[draft.subscription_id]


def _complete(work: UnitOfWork, issued: Issued) -> None:
    """Write everything that goes with invoices just issued."""
    _insert_lines(work, issued)
    _insert_payments(work, issued)
    note_carried(work, {key: (each.draft, each.how, each.waiting) for key, each in issued.items()})
    note_uses(work, [(key, each.draft) for key, each in issued.items()])
    tell_issued(work, list(issued))


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
        "status": InvoiceStatus.OPEN if how.charged else InvoiceStatus.PAID,
        "ships_on": draft.ships_on,
        "issued_at": work.now,
        "paid_at": None if how.charged else work.now,
    }


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
    rows = [
        {
            "invoice_id": invoice_id,
            "amount_cents": bill.how.charged,
            "currency": work.shop.currency,
            "status": PaymentStatus.DUE,
            "next_try_at": work.now,
        }
        for invoice_id, bill in issued.items()
        if bill.how.charged
    ]
    if rows:
        work.session.execute(insert(Payment).on_conflict_do_nothing(), rows)
        work.after_commit(Job.CHARGE_DUE)


def _existing(work: UnitOfWork, keys: Sequence[BoxKey]) -> dict[BoxKey, uuid.UUID]:
    rows = work.session.execute(
        select(Invoice.id, Invoice.subscription_id, Invoice.cycle).where(
            tuple_(Invoice.subscription_id, Invoice.cycle).in_(keys)
        )
    )
    return {(row.subscription_id, row.cycle): row.id for row in rows}

"""Issue the invoices of many boxes at once, each with its one payment; twice is once."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.billing.models import Invoice, InvoiceLine, Payment
from app.billing.rules import InvoiceDraft, InvoiceStatus, PaymentStatus
from app.billing.services.note_uses import note_uses
from app.billing.services.tell_money import tell_issued
from app.core.job_names import Job
from app.core.unit_of_work import UnitOfWork

BoxKey = tuple[uuid.UUID, int | None]


def issue_invoices(work: UnitOfWork, drafts: Sequence[InvoiceDraft]) -> dict[BoxKey, uuid.UUID]:
    """Return the invoice of each (subscription, cycle), issuing those that do not exist yet.

    An invoice over nothing is paid at once and has no payment.
    """
    if not drafts:
        return {}
    fresh = _insert_invoices(work, drafts)
    wanted = {(draft.subscription_id, draft.cycle): draft for draft in drafts}
    _insert_lines(work, [(fresh[key], draft) for key, draft in wanted.items() if key in fresh])
    _insert_payments(work, [(fresh[key], draft) for key, draft in wanted.items() if key in fresh])
    note_uses(work, [(fresh[key], draft) for key, draft in wanted.items() if key in fresh])
    tell_issued(work, list(fresh.values()))
    return _existing(work, list(wanted))


def issue_term_invoice(work: UnitOfWork, draft: InvoiceDraft) -> uuid.UUID:
    """Return the invoice of a term, issuing it if it does not exist yet."""
    fresh: uuid.UUID | None = work.session.scalar(
        insert(Invoice)
        .values(term_id=draft.term_id, **_invoice_row(work, draft))
        .on_conflict_do_nothing()
        .returning(Invoice.id)
    )
    if fresh is None:
        return work.session.scalars(
            select(Invoice.id).where(Invoice.term_id == draft.term_id)
        ).one()
    _insert_lines(work, [(fresh, draft)])
    _insert_payments(work, [(fresh, draft)])
    note_uses(work, [(fresh, draft)])
    tell_issued(work, [fresh])
    return fresh


def _insert_invoices(work: UnitOfWork, drafts: Sequence[InvoiceDraft]) -> dict[BoxKey, uuid.UUID]:
    rows = work.session.execute(
        insert(Invoice)
        .on_conflict_do_nothing()
        .returning(Invoice.id, Invoice.subscription_id, Invoice.cycle),
        [_invoice_row(work, draft) for draft in drafts],
    )
    return {(row.subscription_id, row.cycle): row.id for row in rows}


def _invoice_row(work: UnitOfWork, draft: InvoiceDraft) -> dict[str, Any]:
    quote = draft.priced()
    owed = quote.due > 0
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
        "status": InvoiceStatus.OPEN if owed else InvoiceStatus.PAID,
        "ships_on": draft.ships_on,
        "issued_at": work.now,
        "paid_at": None if owed else work.now,
    }


def _insert_lines(work: UnitOfWork, issued: Sequence[tuple[uuid.UUID, InvoiceDraft]]) -> None:
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
        for invoice_id, draft in issued
        for position, line in enumerate(draft.priced().lines, start=1)
    ]
    if rows:
        work.session.execute(insert(InvoiceLine), rows)


def _insert_payments(work: UnitOfWork, issued: Sequence[tuple[uuid.UUID, InvoiceDraft]]) -> None:
    rows = [
        {
            "invoice_id": invoice_id,
            "amount_cents": draft.priced().due,
            "currency": work.shop.currency,
            "status": PaymentStatus.DUE,
            "next_try_at": work.now,
        }
        for invoice_id, draft in issued
        if draft.priced().due > 0
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

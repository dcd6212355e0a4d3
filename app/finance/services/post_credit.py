"""Brings credit that was given, given back or used alone into the diary, once a line."""

from sqlalchemy import delete, select

from app.billing.models import Invoice
from app.billing.price_models import CreditEntry, CreditToPost
from app.billing.services.move_credit import CARRIED, GIVEN, PAID_WHOLE
from app.core.database import among
from app.core.unit_of_work import UnitOfWork
from app.finance.credit_rules import (
    back_as_credit,
    carried_by_credit,
    credit_given,
    paid_by_credit,
)
from app.finance.models import Entry
from app.finance.rules import Postings, Source, Split
from app.finance.services.post import EntryDraft, post_all

MOST = 1000


def post_credit(work: UnitOfWork) -> int:
    """Post the next lines of credit that wait; return how many. Whoever comes second waits."""
    rows = work.session.scalars(
        select(CreditEntry)
        .join(CreditToPost, CreditToPost.credit_entry_id == CreditEntry.id)
        .order_by(CreditEntry.id)
        .limit(MOST)
        .with_for_update(of=CreditToPost)
    ).all()
    if not rows:
        return 0
    invoices = {
        each.id: each
        for each in work.session.scalars(
            select(Invoice).where(among(Invoice.id, [row.invoice_id for row in rows]))
        )
    }
    shipped = _shipped(work, [str(key) for key in invoices])
    post_all(
        work,
        [
            _draft(work, row, invoices.get(row.invoice_id) if row.invoice_id else None, shipped)
            for row in rows
        ],
    )
    done = [row.id for row in rows]
    work.session.execute(delete(CreditToPost).where(among(CreditToPost.credit_entry_id, done)))
    return len(rows)


def _draft(
    work: UnitOfWork, row: CreditEntry, invoice: Invoice | None, shipped: set[str]
) -> EntryDraft:
    return EntryDraft(
        source=Source.CREDIT,
        source_id=str(row.id),
        currency=invoice.currency if invoice else work.shop.currency,
        memo=f"Invoice {invoice.number}" if invoice else row.note or "Credit given",
        postings=_postings(row, invoice, shipped),
        subscription_id=invoice.subscription_id if invoice else None,
        invoice_id=row.invoice_id,
        happened_at=row.at,
    )


def _postings(row: CreditEntry, invoice: Invoice | None, shipped: set[str]) -> Postings:
    if row.reason == GIVEN or invoice is None:
        return credit_given(row.amount_cents)
    if row.reason == CARRIED:
        return carried_by_credit(-row.amount_cents)
    if row.reason == PAID_WHOLE:
        return paid_by_credit(Split(invoice.net_cents, invoice.tax_cents))
    split = Split(row.amount_cents - row.tax_cents, row.tax_cents)
    return back_as_credit(split, str(invoice.id) in shipped)


def _shipped(work: UnitOfWork, invoice_ids: list[str]) -> set[str]:
    """Return which invoices' boxes were earned already."""
    return set(
        work.session.scalars(
            select(Entry.source_id).where(
                Entry.source == Source.SHIPMENT.value, among(Entry.source_id, invoice_ids)
            )
        )
    )

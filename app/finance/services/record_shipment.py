"""Earn what was paid for boxes when they ship, once a box, many at a time."""

import uuid
from collections.abc import Sequence

from sqlalchemy import exists, func, select

from app.billing.models import Invoice
from app.billing.queries import net_by_kind
from app.core.database import among
from app.core.unit_of_work import UnitOfWork
from app.finance.models import Entry, Posting
from app.finance.rules import Ledger, Source, shipment
from app.finance.services.post import EntryDraft, post_all
from app.finance.services.post_carried import post_carried
from app.finance.services.post_credit import post_credit
from app.finance.services.settle_term import earn_instalments
from app.fulfilment.models import Box


def record_shipment(work: UnitOfWork, box_ids: Sequence[uuid.UUID]) -> int:
    """Move what is still deferred for shipped boxes to revenue; return how many were new."""
    post_credit(work)
    post_carried(work)
    rows = work.session.execute(
        select(Invoice, Box.shipped_at)
        .join(Box, Box.invoice_id == Invoice.id)
        .where(among(Box.id, box_ids), Box.shipped_at.is_not(None))
        .order_by(Invoice.id)
        .with_for_update(of=Invoice)
    ).all()
    deferred = _deferred(work, [invoice.id for invoice, _ in rows])
    parts = net_by_kind(work.session, list(deferred))
    fresh = post_all(
        work,
        [
            EntryDraft(
                source=Source.SHIPMENT,
                source_id=str(invoice.id),
                currency=invoice.currency,
                memo=f"Invoice {invoice.number}",
                postings=shipment(deferred.get(invoice.id, 0), parts.get(invoice.id)),
                subscription_id=invoice.subscription_id,
                invoice_id=invoice.id,
                happened_at=shipped_at,
            )
            for invoice, shipped_at in rows
        ],
    )
    return len(fresh) + earn_instalments(work, box_ids)


def is_shipped(work: UnitOfWork, invoice_id: uuid.UUID) -> bool:
    """Say whether the box of an invoice was earned already."""
    return bool(
        work.session.scalar(
            select(
                exists().where(
                    Entry.source == Source.SHIPMENT.value, Entry.source_id == str(invoice_id)
                )
            )
        )
    )


def _deferred(work: UnitOfWork, invoice_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return what is owed as boxes for each invoice: paid, not given back, not yet earned."""
    rows = work.session.execute(
        select(Entry.invoice_id, -func.sum(Posting.amount_cents))
        .join(Posting, Posting.entry_id == Entry.id)
        .where(among(Entry.invoice_id, invoice_ids), Posting.account == Ledger.DEFERRED)
        .group_by(Entry.invoice_id)
    )
    return {row[0]: int(row[1]) for row in rows if row[0] is not None}

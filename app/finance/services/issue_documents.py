"""Give paid invoices and settled refunds their papers: the next numbers, without a gap.

A number is taken in the transaction that writes its paper. Whoever takes numbers holds the row of
the series, so that two of them never come by the same and none is lost when one of them fails.
"""

import uuid
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased, selectinload

from app.billing.models import WITHOUT_PAPER, Invoice, Payment, Refund
from app.billing.rules import RefundStatus
from app.core.clock import local_day
from app.core.unit_of_work import UnitOfWork
from app.finance.document_models import Document, DocumentSeries
from app.finance.document_rules import (
    DocumentKind,
    Paper,
    checksum,
    content_of,
    series_of,
    written,
)
from app.finance.services.compose_paper import credit_paper, invoice_paper, reversal_paper
from app.hooks.rules import EventType
from app.hooks.services.tell import tell

AT_ONCE = 200
# Made once: each alias is a table of its own, which every query would have to be put together for.
_PAPER = aliased(Document)


def issue_documents(work: UnitOfWork, limit: int = AT_ONCE) -> int:
    """Write the papers that are missing, the longest paid first; return how many.

    Invoices over nothing have no paper. A credit note waits for the paper of its invoice.
    """
    today = local_day(work.now, work.shop.zone)
    count = _issue_invoices(work, today, limit)
    count += _issue_credit_notes(work, today, limit)
    return count + _issue_reversals(work, today, limit)


def _issue_invoices(work: UnitOfWork, today: date, limit: int) -> int:
    missing = select(Invoice).where(WITHOUT_PAPER).limit(limit)
    if not _any(work, missing):
        return 0
    series = series_of(DocumentKind.INVOICE, today)
    number = _hold(work, series)
    wanted = work.session.scalars(
        missing.order_by(Invoice.paid_at, Invoice.number).options(selectinload(Invoice.lines))
    ).all()
    for place, invoice in enumerate(wanted, start=1):
        invoice.has_paper = True
        paper = invoice_paper(work, invoice, today)
        _write(work, paper, (series, number + place), invoice.id, None)
    _release(work, series, number + len(wanted))
    return len(wanted)


def _issue_credit_notes(work: UnitOfWork, today: date, limit: int) -> int:
    missing = (
        select(Refund, Document)
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Document, Document.invoice_id == Payment.invoice_id)
        .where(
            Refund.status == RefundStatus.SUCCEEDED,
            Document.kind == DocumentKind.INVOICE.value,
            ~has_paper(DocumentKind.CREDIT_NOTE),
        )
        .limit(limit)
    )
    if not _any(work, missing):
        return 0
    series = series_of(DocumentKind.CREDIT_NOTE, today)
    number = _hold(work, series)
    wanted = work.session.execute(missing.order_by(Refund.settled_at, Refund.id)).all()
    for place, (refund, corrected) in enumerate(wanted, start=1):
        paper = credit_paper(work, refund, corrected, today)
        made = _write(work, paper, (series, number + place), corrected.invoice_id, refund.id)
        _tell(work, EventType.CREDIT_NOTE_ISSUED, made, corrected)
    _release(work, series, number + len(wanted))
    return len(wanted)


def _issue_reversals(work: UnitOfWork, today: date, limit: int) -> int:
    """Take credit notes back whose refund bounced after all."""
    missing = (
        select(Refund, Document)
        .join(Document, Document.refund_id == Refund.id)
        .where(
            Refund.status == RefundStatus.FAILED,
            Document.kind == DocumentKind.CREDIT_NOTE.value,
            ~has_paper(DocumentKind.REVERSAL),
        )
        .limit(limit)
    )
    if not _any(work, missing):
        return 0
    series = series_of(DocumentKind.REVERSAL, today)
    number = _hold(work, series)
    wanted = work.session.execute(missing.order_by(Document.issued_at, Document.number)).all()
    for place, (refund, note) in enumerate(wanted, start=1):
        paper = reversal_paper(work, note, today)
        made = _write(work, paper, (series, number + place), note.invoice_id, refund.id)
        _tell(work, EventType.CREDIT_NOTE_REVERSED, made, note)
    _release(work, series, number + len(wanted))
    return len(wanted)


def has_paper(kind: DocumentKind) -> ColumnElement[bool]:
    """Say of a refund in a query whether it has a paper of this kind."""
    of_it = exists().where(_PAPER.refund_id == Refund.id, _PAPER.kind == kind.value)
    return of_it.correlate(Refund)


def _any(work: UnitOfWork, missing: Select[*tuple[Any, ...]]) -> bool:
    """Say whether papers are missing at all; which ones is asked again once the series is held."""
    return bool(work.session.scalar(select(missing.exists())))


def _hold(work: UnitOfWork, series: str) -> int:
    """Hold a series until this transaction ends; return its last number."""
    work.session.execute(
        insert(DocumentSeries).values(series=series, last_number=0).on_conflict_do_nothing()
    )
    return work.session.scalars(
        select(DocumentSeries.last_number).where(DocumentSeries.series == series).with_for_update()
    ).one()


def _release(work: UnitOfWork, series: str, number: int) -> None:
    work.session.execute(
        update(DocumentSeries).where(DocumentSeries.series == series).values(last_number=number)
    )


def _write(
    work: UnitOfWork,
    paper: Paper,
    place: tuple[str, int],
    invoice_id: uuid.UUID,
    refund_id: uuid.UUID | None,
) -> Document:
    content = content_of(paper, written(*place))
    row = Document(
        kind=paper.kind.value,
        series=place[0],
        number=place[1],
        invoice_id=invoice_id,
        refund_id=refund_id,
        currency=paper.currency,
        net_cents=content["net"],
        tax_cents=content["tax"],
        total_cents=content["total"],
        issued_on=paper.days.issued,
        issued_at=work.now,
        content=content,
        sha256=checksum(content),
    )
    work.session.add(row)
    work.session.flush()
    return row


def _tell(work: UnitOfWork, type_: EventType, made: Document, corrected: Document) -> None:
    tell(
        work,
        type_,
        made.id,
        document_id=made.id,
        number=made.content["number"],
        corrects=corrected.content["number"],
        invoice_id=made.invoice_id,
        refund_id=made.refund_id,
        currency=made.currency,
        net_cents=made.net_cents,
        tax_cents=made.tax_cents,
        total_cents=made.total_cents,
        issued_on=made.issued_on,
    )

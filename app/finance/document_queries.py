"""What pages, exports and printers read of invoices and credit notes as papers."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.billing.models import Invoice
from app.core.refusals import Refused
from app.finance.document_models import Document
from app.finance.document_rules import DocumentKind, DocumentRefusal, written
from app.people.models import Person


@dataclass(frozen=True)
class DocumentRow:
    """One paper in a list; amounts of a credit note are what it takes off."""

    id: uuid.UUID
    kind: str
    number: str
    invoice_id: uuid.UUID
    subscriber_id: uuid.UUID
    buyer: str
    email: str
    currency: str
    net_cents: int
    tax_cents: int
    total_cents: int
    issued_on: date


@dataclass(frozen=True)
class PrintedFrom:
    """All that a printer needs; `issued_at` is written into the file as its date."""

    number: str
    issued_at: datetime
    content: dict[str, Any]


COLUMNS = (
    Document.id,
    Document.kind,
    Document.series,
    Document.number,
    Document.invoice_id,
    Invoice.subscriber_id,
    Document.content["buyer"]["name"].astext,
    Person.email,
    Document.currency,
    Document.net_cents,
    Document.tax_cents,
    Document.total_cents,
    Document.issued_on,
)


def documents(
    session: Session, kind: str = "", search: str = "", page: tuple[int, int] = (50, 0)
) -> list[DocumentRow]:
    """Return papers, the newest first; searched are numbers, names and e-mail addresses."""
    query = _query().order_by(Document.issued_at.desc(), Document.series, Document.number.desc())
    if kind:
        query = query.where(Document.kind == kind)
    if search:
        series, _, number = search.rpartition("-")
        if series and number.isdecimal() and len(number) < 10:
            query = query.where(Document.series == series, Document.number == int(number))
        else:
            query = query.where(
                Person.email.icontains(search, autoescape=True)
                | Person.name.icontains(search, autoescape=True)
            )
    return [_row(row) for row in session.execute(query.limit(page[0]).offset(page[1]))]


def documents_of(
    session: Session, invoice_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[DocumentRow]]:
    """Return the papers of some invoices: the invoice first, then its credit notes."""
    found: dict[uuid.UUID, list[DocumentRow]] = {}
    query = _query().where(Document.invoice_id.in_(invoice_ids))
    corrects = Document.kind != DocumentKind.INVOICE.value
    in_order = query.order_by(Document.issued_at, corrects, Document.number, Document.series)
    for row in session.execute(in_order):
        found.setdefault(row[4], []).append(_row(row))
    return found


def documents_between(session: Session, first: date, until: date) -> Iterator[DocumentRow]:
    """Yield the papers issued from one day until before another, by number."""
    query = (
        _query()
        .where(Document.issued_on >= first, Document.issued_on < until)
        .order_by(Document.series, Document.number)
        .execution_options(yield_per=500)
    )
    for row in session.execute(query):
        yield _row(row)


def printed_from(session: Session, document_id: uuid.UUID) -> PrintedFrom:
    """Return what one paper is printed from; refuse an unknown one."""
    row = session.get(Document, document_id)
    if row is None:
        raise Refused(DocumentRefusal.UNKNOWN)
    return PrintedFrom(written(row.series, row.number), row.issued_at, row.content)


def owner_of(session: Session, document_id: uuid.UUID) -> uuid.UUID | None:
    """Return whose paper it is."""
    return session.scalar(
        select(Invoice.subscriber_id)
        .join(Document, Document.invoice_id == Invoice.id)
        .where(Document.id == document_id)
    )


def _query() -> Any:
    return (
        select(*COLUMNS)
        .join(Invoice, Invoice.id == Document.invoice_id)
        .join(Person, Person.id == Invoice.subscriber_id)
    )


def _row(row: Any) -> DocumentRow:
    id_, kind, series, number, *rest = row
    return DocumentRow(id_, kind, written(series, number), *rest)

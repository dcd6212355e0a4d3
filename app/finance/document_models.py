"""Tables of invoices and credit notes as papers: numbered without gaps, never changed."""

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Instant, Json, Key


class DocumentSeries(Base):
    """A row of numbers; whoever takes the next one holds the row until the paper is there."""

    __tablename__ = "document_series"

    series: Mapped[str] = mapped_column(primary_key=True)
    last_number: Mapped[int] = mapped_column(default=0, server_default="0")


class Document(Base):
    """A paper with its content as it was when it got its number; `sha256` is of the content.

    Amounts of a credit note are what it takes off, above zero.
    """

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("series", "number"),
        UniqueConstraint("refund_id", "kind"),
        CheckConstraint("(kind = 'invoice') = (refund_id IS NULL)", name="kind"),
        Index(
            "uq_document_invoice_id_invoice",
            "invoice_id",
            unique=True,
            postgresql_where=text("kind = 'invoice'"),
        ),
        Index("ix_document_invoice_id", "invoice_id"),
        Index("ix_document_issued_on", "issued_on"),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    series: Mapped[str] = mapped_column(ForeignKey("document_series.series"))
    number: Mapped[int]
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invoice.id"))
    refund_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("refund.id"))
    currency: Mapped[str]
    net_cents: Mapped[int]
    tax_cents: Mapped[int]
    total_cents: Mapped[int]
    issued_on: Mapped[date]
    issued_at: Mapped[Instant]
    content: Mapped[Json]
    sha256: Mapped[str]

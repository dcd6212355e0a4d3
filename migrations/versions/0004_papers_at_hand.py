"""Invoices say whether their paper is written, so that looking for one does not grow with them"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

WITHOUT_PAPER = sa.text("NOT has_paper AND total_cents > 0 AND status IN ('paid', 'refunded')")


def upgrade() -> None:
    op.add_column(
        "invoice", sa.Column("has_paper", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.execute(
        "UPDATE invoice SET has_paper = true FROM document"
        " WHERE document.invoice_id = invoice.id AND document.kind = 'invoice'"
    )
    op.create_index(
        "ix_invoice_without_paper",
        "invoice",
        ["paid_at", "number"],
        postgresql_where=WITHOUT_PAPER,
    )


def downgrade() -> None:
    op.drop_index("ix_invoice_without_paper", "invoice")
    op.drop_column("invoice", "has_paper")

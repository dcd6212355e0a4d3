"""Invoices may wait as drafts until the provider has said what tax is due"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

STEPS = ("open", "paid", "void")


def upgrade() -> None:
    op.add_column("invoice", sa.Column("tax_try_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("invoice", sa.Column("tax_calculation_id", sa.String(), nullable=True))
    op.create_index(
        "ix_invoice_tax_try_at",
        "invoice",
        ["tax_try_at"],
        postgresql_where=sa.text("tax_try_at IS NOT NULL"),
    )
    for after in STEPS:
        op.execute(f"INSERT INTO transition VALUES ('invoice', 'draft', '{after}')")


def downgrade() -> None:
    op.execute("DELETE FROM transition WHERE table_name = 'invoice' AND from_status = 'draft'")
    op.drop_index("ix_invoice_tax_try_at", "invoice")
    for name in ("tax_calculation_id", "tax_try_at"):
        op.drop_column("invoice", name)

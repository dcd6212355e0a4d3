"""Boxes may go while a slow bank has not paid yet: their invoices say since when"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("invoice", sa.Column("on_account_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("invoice", "on_account_at")

"""What people say about the coffee that they have at home"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "supply_said",
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column(
            "word",
            sa.Enum("low", "plenty", "fine", name="supplyword", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["person.id"], name="fk_supply_said_subscriber_id"
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "said_on", name="pk_supply_said"),
    )


def downgrade() -> None:
    op.drop_table("supply_said")

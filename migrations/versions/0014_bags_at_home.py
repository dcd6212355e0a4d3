"""How many bags people say are left, and which boxes are near their cut-off"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "bags_told",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("halves", sa.Integer(), nullable=False),
        sa.Column("bag_grams", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("halves >= 0", name="ck_bags_told_halves"),
        sa.CheckConstraint("bag_grams > 0", name="ck_bags_told_bag_grams"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["person.id"], name="fk_bags_told_subscriber_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bags_told"),
    )
    op.create_index("ix_bags_told_subscriber_id_at", "bags_told", ["subscriber_id", "at"])
    op.execute(
        "CREATE TRIGGER bags_told_fixed BEFORE UPDATE OR DELETE ON bags_told"
        " FOR EACH ROW EXECUTE FUNCTION refuse_taste_change()"
    )
    op.create_index(
        "ix_box_cutoff_at", "box", ["cutoff_at"], postgresql_where=sa.text("status = 'planned'")
    )


def downgrade() -> None:
    op.drop_index("ix_box_cutoff_at", table_name="box")
    op.drop_table("bags_told")

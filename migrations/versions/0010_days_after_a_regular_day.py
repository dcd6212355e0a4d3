"""Plans may say by how many days a regular day can be missed"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("plan", sa.Column("start_grace_days", sa.Integer(), nullable=True))
    op.create_check_constraint(
        "ck_plan_start_grace_days", "plan", "start_grace_days BETWEEN 0 AND 60"
    )


def downgrade() -> None:
    op.drop_constraint("ck_plan_start_grace_days", "plan")
    op.drop_column("plan", "start_grace_days")

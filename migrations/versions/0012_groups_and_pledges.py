"""Groups that share a discount, and what people pledge for their boxes"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

AUDITED = {"buying_group": "id", "group_member": "id", "group_span": "id", "pledge": "id"}


def upgrade() -> None:
    op.create_table(
        "buying_group",
        sa.Column("id", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_buying_group_plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_buying_group"),
        sa.UniqueConstraint("code", name="uq_buying_group_code"),
    )
    op.create_index("ix_buying_group_plan_id", "buying_group", ["plan_id"])
    op.create_table(
        "group_member",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("group_id", sa.UUID(), nullable=False),
        sa.Column("subscription_id", sa.UUID(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["group_id"], ["buying_group.id"], name="fk_group_member_group_id"),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name="fk_group_member_subscription_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_group_member"),
    )
    op.create_index("ix_group_member_group_id", "group_member", ["group_id"])
    op.create_index("ix_group_member_subscription_id", "group_member", ["subscription_id"])
    _one_open("group_member", "subscription_id", "left_at")
    op.create_table(
        "group_span",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("group_id", sa.UUID(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("until_at >= from_at", name=op.f("ck_group_span_order")),
        sa.ForeignKeyConstraint(["group_id"], ["buying_group.id"], name="fk_group_span_group_id"),
        sa.PrimaryKeyConstraint("id", name="pk_group_span"),
    )
    op.create_index("ix_group_span_group_id", "group_span", ["group_id"])
    _one_open("group_span", "group_id", "until_at")
    op.create_table(
        "pledge",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("subscription_id", sa.UUID(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("pledged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_pledge_cents")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name="fk_pledge_subscription_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pledge"),
    )
    op.create_index("ix_pledge_subscription_id", "pledge", ["subscription_id"])
    for table, key in AUDITED.items():
        _audit(table, key)


def _one_open(table: str, whose: str, end: str) -> None:
    op.create_index(
        f"uq_{table}_now",
        table,
        [whose],
        unique=True,
        postgresql_where=sa.text(f"{end} IS NULL"),
    )


def _audit(table: str, key: str) -> None:
    views = {
        "INSERT": "NEW TABLE AS fresh",
        "UPDATE": "OLD TABLE AS stale NEW TABLE AS fresh",
        "DELETE": "OLD TABLE AS stale",
    }
    for event, tables in views.items():
        op.execute(
            f"CREATE TRIGGER {table}_audit_{event.lower()} AFTER {event} ON {table}"
            f" REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('{key}')"
        )


def downgrade() -> None:
    for table in reversed(AUDITED):
        op.drop_table(table)

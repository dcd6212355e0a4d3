"""What is too small to charge is carried over to the next invoice"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ZERO = sa.text("'0'")
LEFT = "carried_cents BETWEEN 0 AND total_cents - credit_cents"
EVENTS = {
    "insert": "NEW TABLE AS fresh",
    "update": "OLD TABLE AS stale NEW TABLE AS fresh",
    "delete": "OLD TABLE AS stale",
}


def upgrade() -> None:
    for name in ("carried_cents", "brought_cents"):
        op.add_column("invoice", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_invoice_carried"), "invoice", LEFT)
    op.create_check_constraint(op.f("ck_invoice_brought"), "invoice", "brought_cents >= 0")
    op.create_table(
        "carry",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("carried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_invoice_id", sa.Uuid(), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(24), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_carry_amount")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_carry_invoice_id_invoice")
        ),
        sa.ForeignKeyConstraint(
            ["next_invoice_id"], ["invoice.id"], name=op.f("fk_carry_next_invoice_id_invoice")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_carry_subscription_id_subscription"),
        ),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_carry")),
    )
    op.create_index(
        "ix_carry_waiting",
        "carry",
        ["subscription_id"],
        postgresql_where=sa.text("next_invoice_id IS NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_carry_to_post", "carry", ["invoice_id"], postgresql_where=sa.text("posted_at IS NULL")
    )
    op.create_index("ix_carry_next_invoice_id", "carry", ["next_invoice_id"])
    for event, tables in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER carry_audit_{event} AFTER {event.upper()} ON carry REFERENCING"
            f" {tables} FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('invoice_id')"
        )


def downgrade() -> None:
    op.drop_table("carry")
    for name in ("carried_cents", "brought_cents"):
        op.drop_column("invoice", name)

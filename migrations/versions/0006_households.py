"""People who share a subscriber's boxes: their answers, ratings, and what they rule out"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

WORDS = sa.ARRAY(postgresql.TEXT())
AUDITED = {"household_member": "id", "member_rating": "member_id,product_id"}


def upgrade() -> None:
    op.create_table(
        "household_member",
        sa.Column("id", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("roast", sa.String()),
        sa.Column("style", sa.String()),
        sa.Column("strength", sa.String()),
        sa.Column("brew_methods", WORDS, server_default="{}", nullable=False),
        sa.Column("additions", WORDS, server_default="{}", nullable=False),
        sa.Column("caffeine", sa.String()),
        sa.Column("expertise", sa.String()),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["person.id"], name="fk_household_member_subscriber_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_household_member"),
        sa.UniqueConstraint("subscriber_id", "name", name="uq_household_member_subscriber_id_name"),
    )
    op.create_table(
        "member_rating",
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("liking", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("liking BETWEEN 1 AND 5", name=op.f("ck_member_rating_liking")),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["household_member.id"],
            name="fk_member_rating_member_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_member_rating_product_id"),
        sa.PrimaryKeyConstraint("member_id", "product_id", name="pk_member_rating"),
    )
    for table, key in AUDITED.items():
        _audit(table, key)
    op.add_column("exclusion", sa.Column("member_id", sa.UUID()))
    op.create_foreign_key(
        "fk_exclusion_member_id",
        "exclusion",
        "household_member",
        ["member_id"],
        ["id"],
    )
    op.create_index("ix_exclusion_member_id", "exclusion", ["member_id"])
    op.drop_constraint("uq_exclusion_subscriber_id_kind_value", "exclusion")
    op.create_unique_constraint(
        "uq_exclusion_whose",
        "exclusion",
        ["subscriber_id", "member_id", "kind", "value"],
        postgresql_nulls_not_distinct=True,
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
    op.execute("DELETE FROM exclusion WHERE member_id IS NOT NULL")
    op.drop_constraint("uq_exclusion_whose", "exclusion")
    op.drop_index("ix_exclusion_member_id", "exclusion")
    op.drop_column("exclusion", "member_id")
    op.create_unique_constraint(
        "uq_exclusion_subscriber_id_kind_value", "exclusion", ["subscriber_id", "kind", "value"]
    )
    op.drop_table("member_rating")
    op.drop_table("household_member")

"""What a cycle of a plan takes, who waits for a place, and a guard against one too many"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

AUDITED = {"capacity": "plan_id,size", "wait_entry": "id"}
STATES = ("waiting", "offered", "taken", "lapsed", "left")
STEPS = (
    ("waiting", "offered"),
    ("waiting", "left"),
    ("offered", "taken"),
    ("offered", "lapsed"),
    ("offered", "left"),
)
IN_LINE = sa.text("status IN ('waiting', 'offered')")

# Under a limit a sign-up has `place_until`. Whoever was brought over has not, and is let in; who
# was let in stays when the limit gets lower.
REFUSE_ONE_TOO_MANY = """
CREATE FUNCTION refuse_one_too_many() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  bound capacity;
  boxes bigint;
  cents bigint;
BEGIN
  FOR bound IN SELECT * FROM capacity WHERE plan_id = NEW.plan_id AND size IN (0, NEW.size)
               ORDER BY size FOR UPDATE LOOP
    SELECT count(*), coalesce(sum(price_cents), 0) INTO boxes, cents FROM subscription
    WHERE plan_id = NEW.plan_id AND status IN ('active', 'paused') AND id <> NEW.id
      AND (bound.size = 0 OR size = bound.size);
    IF boxes + 1 > bound.places OR cents + NEW.price_cents > bound.turnover_cents THEN
      RAISE EXCEPTION 'plan % has no place left for size %', NEW.plan_id, NEW.size
        USING ERRCODE = 'check_violation';
    END IF;
  END LOOP;
  RETURN NEW;
END $$"""


def upgrade() -> None:
    op.create_table(
        "capacity",
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("places", sa.Integer()),
        sa.Column("turnover_cents", sa.Integer()),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("size >= 0", name=op.f("ck_capacity_size")),
        sa.CheckConstraint("places >= 0", name=op.f("ck_capacity_places")),
        sa.CheckConstraint("turnover_cents >= 0", name=op.f("ck_capacity_turnover")),
        sa.CheckConstraint(
            "num_nonnulls(places, turnover_cents) > 0", name=op.f("ck_capacity_limit")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_capacity_plan_id"),
        sa.PrimaryKeyConstraint("plan_id", "size", name="pk_capacity"),
    )
    op.create_table(
        "wait_entry",
        sa.Column("id", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(start=1), nullable=False),
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(*STATES, name="waitstatus", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_wait_entry_plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_wait_entry"),
        sa.UniqueConstraint("number", name="uq_wait_entry_number"),
    )
    op.create_index(
        "uq_wait_entry_in_line",
        "wait_entry",
        ["plan_id", "size", "email"],
        unique=True,
        postgresql_where=IN_LINE,
    )
    op.create_index(
        "ix_wait_entry_turn", "wait_entry", ["plan_id", "number"], postgresql_where=IN_LINE
    )
    for table, key in AUDITED.items():
        _audit(table, key)
    for before, after in STEPS:
        op.execute(f"INSERT INTO transition VALUES ('wait_entry', '{before}', '{after}')")
    op.execute(
        "CREATE TRIGGER wait_entry_step BEFORE UPDATE OF status ON wait_entry FOR EACH ROW"
        " WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION guard_step()"
    )
    op.add_column("plan", sa.Column("hold_days", sa.Integer(), server_default="3", nullable=False))
    op.create_check_constraint("ck_plan_hold_days", "plan", "hold_days BETWEEN 1 AND 30")
    op.add_column("subscription", sa.Column("place_until", sa.DateTime(timezone=True)))
    op.execute(REFUSE_ONE_TOO_MANY)
    op.execute(
        "CREATE TRIGGER subscription_place BEFORE UPDATE OF status, plan_id, size ON subscription"
        " FOR EACH ROW WHEN (NEW.place_until IS NOT NULL AND NEW.status IN ('active', 'paused')"
        " AND (OLD.status = 'pending' OR OLD.plan_id <> NEW.plan_id OR OLD.size <> NEW.size))"
        " EXECUTE FUNCTION refuse_one_too_many()"
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
    op.execute("DROP TRIGGER subscription_place ON subscription")
    op.execute("DROP FUNCTION refuse_one_too_many()")
    op.drop_column("subscription", "place_until")
    op.drop_constraint("ck_plan_hold_days", "plan")
    op.drop_column("plan", "hold_days")
    op.execute("DELETE FROM transition WHERE table_name = 'wait_entry'")
    op.drop_table("wait_entry")
    op.drop_table("capacity")

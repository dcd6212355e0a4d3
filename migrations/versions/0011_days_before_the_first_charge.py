"""Plans may give days to think it over; nothing is tried before the first charge is due"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

REFUSE_EARLY_CHARGE = """
CREATE FUNCTION refuse_early_charge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM payment
             JOIN invoice ON invoice.id = payment.invoice_id
             JOIN subscription ON subscription.id = invoice.subscription_id
             WHERE payment.id = NEW.payment_id AND subscription.charged_from > NEW.begun_at) THEN
    RAISE EXCEPTION 'payment % may not be tried before its subscription is charged', NEW.payment_id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$"""


def upgrade() -> None:
    days = sa.Column("cooling_days", sa.Integer(), server_default="0", nullable=False)
    op.add_column("plan", days)
    op.create_check_constraint("ck_plan_cooling_days", "plan", "cooling_days BETWEEN 0 AND 60")
    op.add_column(
        "subscription", sa.Column("charged_from", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute(REFUSE_EARLY_CHARGE)
    op.execute(
        "CREATE TRIGGER attempt_in_time BEFORE INSERT ON attempt"
        " FOR EACH ROW EXECUTE FUNCTION refuse_early_charge()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER attempt_in_time ON attempt")
    op.execute("DROP FUNCTION refuse_early_charge()")
    op.drop_column("subscription", "charged_from")
    op.drop_constraint("ck_plan_cooling_days", "plan")
    op.drop_column("plan", "cooling_days")

"""What the database itself holds of money and boxes: a balanced ledger, closed months, exclusions"""

from alembic import op

revision = "0003"
down_revision = "0002"

BALANCE = """
CREATE FUNCTION guard_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT sum(amount_cents) FROM posting WHERE entry_id = NEW.entry_id) <> 0 THEN
    RAISE EXCEPTION 'entry % does not balance', NEW.entry_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$"""

# A month of the books that is closed takes nothing more; months close one after the other.
PERIOD = """
CREATE FUNCTION guard_period() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE closed date := (SELECT max(month) FROM period);
BEGIN
  IF NEW.effective_on < closed + interval '1 month' THEN
    RAISE EXCEPTION 'the books are closed until the end of %, so nothing can be dated %',
      to_char(closed, 'YYYY-MM'), NEW.effective_on USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$"""

# What subscriptions are worth is noted whoever changes them; thirty days count as a month.
STATE = """
CREATE FUNCTION note_subscription_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' OR (OLD.status, OLD.price_cents, OLD.plan_id, OLD.every)
      IS DISTINCT FROM (NEW.status, NEW.price_cents, NEW.plan_id, NEW.every) THEN
    INSERT INTO subscription_state
      (at, subscription_id, subscriber_id, plan_id, status, mrr_cents)
    SELECT coalesce(nullif(current_setting('boxwright.now', true), '')::timestamptz, now()),
           NEW.id, NEW.subscriber_id, NEW.plan_id, NEW.status,
           round(NEW.price_cents::numeric * 30 / (coalesce(NEW.every, plan.every)
             * CASE plan.unit WHEN 'month' THEN 30 ELSE 7 END))
    FROM plan WHERE plan.id = NEW.plan_id;
  END IF;
  RETURN NULL;
END $$"""

EXCLUSIONS = """
CREATE FUNCTION guard_exclusions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken record;
BEGIN
  SELECT box.id AS box_id, product.code AS product, exclusion.kind, exclusion.value INTO broken
  FROM fresh
  JOIN box ON box.id = fresh.box_id
  JOIN exclusion ON exclusion.subscriber_id = box.subscriber_id
  JOIN product ON product.id = fresh.product_id
  WHERE CASE exclusion.kind
    WHEN 'allergen' THEN product.allergens IS NULL
      OR lower(exclusion.value) = ANY (SELECT lower(each) FROM unnest(product.allergens) AS each)
    WHEN 'decaf' THEN product.decaf
    WHEN 'caffeine' THEN NOT product.decaf
    WHEN 'roast' THEN lower(product.roast) = lower(exclusion.value)
    WHEN 'process' THEN lower(product.process) = lower(exclusion.value)
    WHEN 'origin' THEN lower(product.origin) = lower(exclusion.value)
    WHEN 'product' THEN product.id::text = lower(exclusion.value)
    ELSE true END
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'box % would break the exclusion % % with %',
      broken.box_id, broken.kind, broken.value, broken.product USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$"""

FUNCTIONS = (BALANCE, PERIOD, STATE, EXCLUSIONS)


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    op.execute(
        "CREATE CONSTRAINT TRIGGER posting_balance AFTER INSERT ON posting"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard_balance()"
    )
    op.execute(
        "CREATE TRIGGER entry_period BEFORE INSERT ON entry"
        " FOR EACH ROW EXECUTE FUNCTION guard_period()"
    )
    op.execute(
        "CREATE TRIGGER subscription_state AFTER INSERT OR UPDATE ON subscription"
        " FOR EACH ROW EXECUTE FUNCTION note_subscription_state()"
    )
    op.execute(
        "CREATE TRIGGER box_line_exclusions AFTER INSERT ON box_line"
        " REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION guard_exclusions()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER posting_balance ON posting")
    op.execute("DROP TRIGGER entry_period ON entry")
    op.execute("DROP TRIGGER subscription_state ON subscription")
    op.execute("DROP TRIGGER box_line_exclusions ON box_line")
    for function in (
        "guard_balance()",
        "guard_period()",
        "note_subscription_state()",
        "guard_exclusions()",
    ):
        op.execute(f"DROP FUNCTION {function}")

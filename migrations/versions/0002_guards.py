"""What the database itself holds of every table: declared steps, an audit trail, diaries"""

from alembic import op

revision = "0002"
down_revision = "0001"

STEPS = {
    "subscription": "pending>active pending>cancelled active>paused active>cancelled paused>active"
    " paused>cancelled active>ended paused>ended",
    "term": "due>paid due>cancelled paid>done paid>cancelled",
    "batch": "planned>locked locked>composed",
    "box": "planned>skipped planned>paused planned>missed planned>locked planned>cancelled"
    " skipped>planned skipped>cancelled paused>planned paused>cancelled"
    " locked>composed locked>held locked>cancelled held>composed held>cancelled held>voided"
    " composed>released composed>voided composed>cancelled released>shipped released>cancelled",
    "invoice": "open>paid open>void paid>refunded refunded>paid",
    "payment": "due>created due>cancelled due>succeeded created>processing created>needs_action"
    " created>succeeded created>cancelled processing>created processing>succeeded"
    " processing>needs_action processing>cancelled needs_action>created needs_action>processing"
    " needs_action>succeeded needs_action>cancelled",
    "attempt": "begun>processing begun>needs_action begun>succeeded begun>failed begun>cancelled"
    " processing>succeeded processing>failed processing>needs_action processing>cancelled"
    " needs_action>succeeded needs_action>failed needs_action>processing needs_action>cancelled",
    "refund": "due>pending due>succeeded due>failed pending>succeeded pending>failed"
    " succeeded>failed",
    "dispute": "warning_needs_response>warning_under_review warning_needs_response>needs_response"
    " warning_needs_response>under_review warning_needs_response>warning_closed"
    " warning_needs_response>prevented warning_needs_response>lost warning_needs_response>won"
    " warning_under_review>needs_response warning_under_review>under_review"
    " warning_under_review>warning_closed warning_under_review>prevented"
    " warning_under_review>lost warning_under_review>won needs_response>under_review"
    " needs_response>warning_closed needs_response>prevented needs_response>lost"
    " needs_response>won under_review>warning_closed under_review>prevented under_review>lost"
    " under_review>won warning_closed>lost warning_closed>won prevented>lost prevented>won"
    " lost>won",
    "payout": "pending>in_transit pending>paid pending>canceled pending>failed in_transit>paid"
    " in_transit>canceled in_transit>failed paid>failed paid>canceled",
    "parcel": "ready>shipped ready>cancelled",
    "reservation": "held>shipped held>released",
    "model_version": "shadow>live shadow>retired live>retired retired>live",
}

# Table, columns that name the row. Secrets are named in the function below.
AUDITED = {
    "person": "id",
    "address": "id",
    "api_key": "id",
    "product": "id",
    "sku": "id",
    "stock_count": "id",
    "plan": "id",
    "plan_size": "plan_id,size",
    "dunning": "plan_id",
    "subscription": "id",
    "term": "id",
    "gift": "subscription_id",
    "pause": "id",
    "calendar_exception": "day",
    "taste_profile": "subscriber_id",
    "taste_off": "subscriber_id",
    "model_version": "version",
    "exclusion": "id",
    "curation": "id",
    "curation_rule": "curation_id,product_id",
    "mix_entry": "subscription_id,product_id",
    "account": "subscriber_id",
    "invoice": "id",
    "payment": "id",
    "attempt": "id",
    "refund": "id",
    "tax_rate": "id",
    "tax_exemption": "subscriber_id",
    "shipping_rate": "id",
    "coupon": "id",
    "discount": "id",
    "credit_entry": "id",
    "voucher": "id",
    "voucher_use": "id",
    "price_change": "id",
    "price_notice": "price_change_id,subscription_id",
    "add_on": "id",
    "box_add_on": "box_id,add_on_id",
    "dispute": "id",
    "payout": "id",
    "box_hold": "id",
    "period": "month",
    "account_code": "program,account",
    "batch": "id",
    "box": "id",
    "box_choice": "box_id,product_id",
    "parcel": "id",
    "tracking": "id",
    "sandbox_clock": "id",
    "hook_endpoint": "id",
}
FIXED = (
    "document",
    "entry",
    "posting",
    "period",
    "ledger_month",
    "recurring_month",
    "subscription_state",
    "audit_entry",
    "credit_entry",
    "voucher_use",
    "stock_count",
    "tracking",
    "artefact",
)

GUARD_STEP = """
CREATE FUNCTION guard_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM transition WHERE table_name = TG_TABLE_NAME
                 AND from_status = OLD.status AND to_status = NEW.status) THEN
    RAISE EXCEPTION '% cannot go from % to %', TG_TABLE_NAME, OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$"""

AUDIT = """
CREATE FUNCTION audit_key(columns text, row_json jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT string_agg(row_json ->> name, ' ' ORDER BY position)
  FROM unnest(string_to_array(columns, ',')) WITH ORDINALITY AS part(name, position)
$$;
CREATE FUNCTION audit_public(row_json jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT row_json - '{password,fs_uniquifier,us_totp_secrets,us_phone_number,sha256,secret,old_secret,
                      lease_until,lease_token}'::text[]
$$;
CREATE FUNCTION audit_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moment timestamptz := coalesce(nullif(current_setting('boxwright.now', true), '')::timestamptz,
                                 now());
  who text := coalesce(nullif(current_setting('boxwright.actor', true), ''), 'operator:database');
  request text := coalesce(nullif(current_setting('boxwright.request', true), ''),
                           'transaction ' || txid_current());
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO audit_entry (at, actor, request_id, table_name, row_id, action, change)
    SELECT moment, who, request, TG_TABLE_NAME, audit_key(TG_ARGV[0], row_json), 'insert',
           jsonb_strip_nulls(audit_public(row_json))
    FROM (SELECT to_jsonb(fresh) AS row_json FROM fresh) AS each;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO audit_entry (at, actor, request_id, table_name, row_id, action, change)
    SELECT moment, who, request, TG_TABLE_NAME, audit_key(TG_ARGV[0], row_json), 'delete',
           jsonb_strip_nulls(audit_public(row_json))
    FROM (SELECT to_jsonb(stale) AS row_json FROM stale) AS each;
  ELSE
    INSERT INTO audit_entry (at, actor, request_id, table_name, row_id, action, change)
    SELECT moment, who, request, TG_TABLE_NAME, after.key, 'update', diff.change
    FROM (SELECT audit_key(TG_ARGV[0], to_jsonb(fresh)) AS key,
                 audit_public(to_jsonb(fresh)) AS row_json FROM fresh) AS after
    JOIN (SELECT audit_key(TG_ARGV[0], to_jsonb(stale)) AS key,
                 audit_public(to_jsonb(stale)) AS row_json FROM stale) AS before USING (key)
    CROSS JOIN LATERAL (
      SELECT jsonb_object_agg(name, jsonb_build_array(before.row_json -> name, value)) AS change
      FROM jsonb_each(after.row_json) AS field(name, value)
      WHERE before.row_json -> name IS DISTINCT FROM value) AS diff
    WHERE diff.change IS NOT NULL;
  END IF;
  RETURN NULL;
END $$"""

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is a diary: lines are added, never changed', TG_TABLE_NAME
    USING ERRCODE = 'check_violation';
END $$"""

# The diary of taste is never changed either, but a person may ask to be forgotten as a whole.
REFUSE_TASTE_CHANGE = """
CREATE FUNCTION refuse_taste_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE'
     AND current_setting('boxwright.forgetting', true) = OLD.subscriber_id::text THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is a diary: lines are added, never changed', TG_TABLE_NAME
    USING ERRCODE = 'check_violation';
END $$"""

FUNCTIONS = (
    GUARD_STEP,
    AUDIT,
    REFUSE_CHANGE,
    REFUSE_TASTE_CHANGE,
)


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    for table, steps in STEPS.items():
        for step in steps.split():
            before, after = step.split(">")
            op.execute(f"INSERT INTO transition VALUES ('{table}', '{before}', '{after}')")
        op.execute(
            f"CREATE TRIGGER {table}_step BEFORE UPDATE OF status ON {table} FOR EACH ROW"
            " WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION guard_step()"
        )
    for table, key in AUDITED.items():
        _audit(table, key)
    for table in FIXED:
        op.execute(
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER taste_event_fixed BEFORE UPDATE OR DELETE ON taste_event"
        " FOR EACH ROW EXECUTE FUNCTION refuse_taste_change()"
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
    for table in STEPS:
        op.execute(f"DROP TRIGGER {table}_step ON {table}")
    for table in AUDITED:
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER {table}_audit_{event} ON {table}")
    for table in FIXED:
        op.execute(f"DROP TRIGGER {table}_fixed ON {table}")
    op.execute("DROP TRIGGER taste_event_fixed ON taste_event")
    op.execute("DELETE FROM transition")
    for function in (
        "guard_step()",
        "audit_rows()",
        "audit_key(text, jsonb)",
        "audit_public(jsonb)",
        "refuse_change()",
        "refuse_taste_change()",
    ):
        op.execute(f"DROP FUNCTION {function}")

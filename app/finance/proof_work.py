"""What must hold of events, steps, leases, letters and the audit trail, as questions in SQL."""

from app.finance.rules import Question

# Card numbers, keys of the provider, and secrets by which somebody could act for a subscriber.
# The digits behind a decimal point are no card number.
SECRETS = r"(?<![0-9]\.)\m[3-6][0-9]{12,18}\M|\m(sk|rk|whsec)_[A-Za-z0-9_]{8,}|_secret_"
AUDITED = ("box", "invoice", "payment", "refund", "subscription", "batch")
STEPS = ("box", "invoice", "payment", "refund", "subscription", "batch", "parcel", "attempt")


def _untold(table: str) -> Question:
    return Question(
        "I12",
        f"""SELECT '{table} ' || t.id, 'nobody knows who made it'
            FROM {table} t WHERE NOT EXISTS (SELECT FROM audit_entry a
              WHERE a.table_name = '{table}' AND a.row_id = t.id::text AND a.action = 'insert'
                AND a.actor <> '' AND a.request_id <> '')""",
    )


def _moved_alone(table: str) -> Question:
    return Question(
        "I7",
        f"""SELECT '{table} ' || t.id, 'is ' || t.status || ', but was last seen becoming '
                   || seen.status
            FROM {table} t JOIN (
              SELECT DISTINCT ON (row_id) row_id, coalesce(
                CASE WHEN jsonb_typeof(change -> 'status') = 'array'
                     THEN change -> 'status' ->> 1 END, change ->> 'status') AS status
              FROM audit_entry WHERE table_name = '{table}' AND change ? 'status'
              ORDER BY row_id, id DESC) AS seen ON seen.row_id = t.id::text
            WHERE seen.status <> t.status""",
    )


QUESTIONS = (
    Question(
        "I6",
        """SELECT 'event ' || id, 'dead after ' || attempts || ' tries: '
                  || coalesce(last_error, '') FROM provider_event WHERE status = 'dead'""",
    ),
    Question(
        "I6",
        """SELECT 'event ' || id, 'waits since ' || next_try_at
           FROM provider_event WHERE status = 'waiting'
             AND next_try_at < clock_timestamp() - make_interval(secs => :grace)""",
    ),
    Question(
        "I6",
        """SELECT 'event ' || v.id, 'applied, but payment ' || v.object_id || ' is ' || p.status
           FROM provider_event v JOIN payment p ON p.provider_id = v.object_id
           WHERE v.type = 'payment_intent.succeeded' AND v.status IN ('done', 'ignored')
             AND p.status <> 'succeeded'""",
    ),
    Question(
        "I7",
        """SELECT a.table_name || ' ' || a.row_id, 'went from ' || (a.change -> 'status' ->> 0)
                  || ' to ' || (a.change -> 'status' ->> 1)
           FROM audit_entry a
           WHERE a.action = 'update' AND jsonb_typeof(a.change -> 'status') = 'array'
             AND a.table_name IN (SELECT table_name FROM transition)
             AND NOT EXISTS (SELECT FROM transition t WHERE t.table_name = a.table_name
               AND t.from_status = a.change -> 'status' ->> 0
               AND t.to_status = a.change -> 'status' ->> 1)""",
    ),
    *(_moved_alone(table) for table in STEPS),
    Question(
        "I11",
        """SELECT 'letter ' || kind || ' ' || reference, 'promised at ' || promised_at
                  || ' and not sent'
           FROM letter WHERE sent_at IS NULL AND promised_at <= :settled_by
             AND NOT EXISTS (SELECT FROM gift g WHERE g.recipient_id = letter.person_id
               AND g.revealed_at IS NULL)""",
    ),
    Question(
        "I11",
        """SELECT 'attempt ' || a.idempotency_key, 'its outcome is unknown since '
                  || a.begun_real_at
           FROM attempt a WHERE a.status = 'begun'
             AND a.begun_real_at < clock_timestamp() - make_interval(secs => :grace)""",
    ),
    Question(
        "I11",
        """SELECT 'payment ' || id, 'its lease ran out at ' || lease_until
           FROM payment WHERE status NOT IN ('succeeded', 'cancelled')
             AND lease_until < clock_timestamp() - interval '10 minutes'""",
    ),
    Question(
        "I11",
        """SELECT 'refund ' || id, 'its lease ran out at ' || lease_until
           FROM refund WHERE status = 'due'
             AND lease_until < clock_timestamp() - interval '4 minutes'""",
    ),
    *(_untold(table) for table in AUDITED),
    Question(
        "I12",
        """SELECT 'audit ' || id, 'has no actor or no request' FROM audit_entry
           WHERE actor IN ('', ':') OR request_id = ''""",
    ),
    Question(
        "I12",
        f"""SELECT 'audit ' || id, 'shows a card number or a secret' FROM audit_entry
            WHERE change::text ~ '{SECRETS}'""",
    ),
    Question(
        "I12",
        f"""SELECT 'letter ' || id, 'shows a card number or a secret' FROM letter
            WHERE facts::text ~ '{SECRETS}'""",
    ),
)

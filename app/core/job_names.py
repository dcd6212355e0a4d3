"""The names of all jobs. A job carries database ids only; the database says what is to be done."""

from enum import StrEnum


class Job(StrEnum):
    """What a worker can be asked to do."""

    RUN_BATCH = "run_batch"
    TRY_HELD = "try_held"
    COMPOSE_SHARDS = "compose_shards"
    CHARGE_DUE = "charge_due"
    APPLY_EVENTS = "apply_events"
    FETCH_EVENTS = "fetch_events"
    SEND_MAIL = "send_mail"
    SEND_HOOKS = "send_hooks"
    ISSUE_DOCUMENTS = "issue_documents"
    REFUND_DUE = "refund_due"
    POST_CREDIT = "post_credit"
    FALL_DUE = "fall_due"
    SWEEP = "sweep"
    NIGHTLY = "nightly"
    LEARN_AGAIN = "learn_again"

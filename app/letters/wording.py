"""What a letter is made of: sentences with blanks for facts. A sentence without its fact is left
out, so that a letter never shows a hole."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Each:
    """A line for each item of the list `facts`, under a heading; without items, nothing.

    An item that is no object is called `item`.
    """

    facts: str
    line: str
    heading: str = ""


Part = str | Each


@dataclass(frozen=True)
class Template:
    """The words of one kind of letter: the first subject whose facts are known, and the body."""

    subjects: tuple[str, ...]
    body: tuple[Part, ...]


@dataclass(frozen=True)
class Language:
    """All letters in one language. `locale` writes numbers and dates; `tags` begin its names."""

    locale: str
    tag: str
    moment: str
    greetings: tuple[str, ...]
    closing: tuple[Part, ...]
    reasons: dict[str, str]
    letters: dict[str, Template]


# What every letter may use besides its own facts.
ALWAYS = frozenset({"person_name", "shop_name", "home_path", "card_path", "currency"})
_PAYMENT = frozenset(
    {
        "plan",
        "subscription_number",
        "invoice_number",
        "amount_cents",
        "ships_on",
        "card_last4",
        "reason",
        "pay_path",
        "pay_until",
        "follows",
    }
)
_SUBSCRIPTION = frozenset({"plan", "subscription_number", "reason"})
_GROUP = _SUBSCRIPTION | {"group", "people", "percent", "group_path"}
_BOX = frozenset({"plan", "order_number", "ships_on"})
_WAITING = frozenset({"plan", "waiting_path"})
_GIFT = frozenset({"plan", "boxes", "recipient", "first_on"})

# The facts that each kind of letter knows; all may be missing. Dates are ISO text, amounts cents,
# `plan` and names either text or an object of texts by language.
FACTS: dict[str, frozenset[str]] = {
    "welcome": _SUBSCRIPTION | {"dates", "free_until"},
    "box_skipped": _BOX | {"amount_cents", "next_ships_on"},
    "box_moved": _BOX | {"next_ships_on", "reason"},
    "box_unskipped": _BOX | {"amount_cents", "cutoff_at"},
    "plan_changed": _SUBSCRIPTION | {"amount_cents", "more_cents", "less_cents", "next_ships_on"},
    "subscription_paused": _SUBSCRIPTION | {"resumes_on"},
    "subscription_resumed": _SUBSCRIPTION | {"next_ships_on"},
    "subscription_cancelled": _SUBSCRIPTION | {"last_ships_on"},
    "subscription_ended": _SUBSCRIPTION,
    "subscription_runs_out": _SUBSCRIPTION,
    "term_ordered": _SUBSCRIPTION | {"boxes", "amount_cents", "again"},
    "term_ordered_ahead": _SUBSCRIPTION | {"boxes", "amount_cents", "again", "charged_on"},
    "box_rescheduled": _BOX | {"before_on", "next_ships_on", "cutoff_at"},
    "cut_off_near": _BOX | {"cutoff_at", "left_path"},
    "rhythm_changed": _SUBSCRIPTION | {"next_ships_on", "then_on"},
    "gift_given": _GIFT | {"amount_cents", "reveals_on", "gifts_path"},
    "gift_revealed": _GIFT | {"giver", "message", "claim_path"},
    "gift_address_missing": _GIFT | {"ships_on", "gifts_path"},
    "wait_list_joined": _WAITING | {"hold_days"},
    "place_lost": _WAITING | {"hold_days"},
    "place_free": _WAITING | {"held_until"},
    "plan_full": frozenset({"plan", "size", "boxes", "amount_cents"}),
    "subscription_ended_unpaid": _SUBSCRIPTION,
    "subscription_ended_unpaid_staff": _SUBSCRIPTION,
    "box_changed_substitution": _BOX | {"substitutions", "missing", "credit_cents", "reveals_at"},
    "box_held": _BOX | {"reason"},
    "box_not_filled": _BOX | {"next_ships_on"},
    "box_held_staff": _BOX | {"reason", "subscription_number", "person_email"},
    "card_expiring": frozenset({"card_last4", "expires_on", "plan", "next_ships_on"}),
    "payment_failed": _PAYMENT | {"next_try_at"},
    "payment_last_try": _PAYMENT | {"next_try_at", "final_on"},
    "card_needed": _PAYMENT,
    "payment_action": _PAYMENT,
    "payment_received": _PAYMENT | {"order_number", "invoice_path"},
    "refund_made": _PAYMENT | {"order_number", "refunded_cents", "invoice_path"},
    "refund_credited": _PAYMENT | {"refunded_cents"},
    "refund_failed": _PAYMENT,
    "card_not_saved": frozenset({"plan"}),
    "dispute_opened": _PAYMENT | {"due_by"},
    "box_unpaid": _PAYMENT | {"order_number", "next_ships_on"},
    "box_unpaid_staff": _PAYMENT | {"order_number", "person_email"},
    "box_shipped": _BOX | {"shipped_on", "numbers"},
    "stock_capped": _BOX | {"product", "wanted", "given"},
    "stock_capped_staff": _BOX | {"product", "wanted", "given", "subscription_number"},
    "add_on_dropped": _BOX | {"names"},
    "price_change": _SUBSCRIPTION | {"effective_on", "old_cents", "new_cents"},
    "group_holds": _GROUP,
    "group_short": _GROUP | {"ends_at"},
    "pledge_changed": _SUBSCRIPTION | {"amount_cents"},
    "pledge_asked": _SUBSCRIPTION
    | {"ships_on", "cutoff_at", "missing_cents", "each_cents", "pledge_path"},
    "coupon_ended": _SUBSCRIPTION | {"code"},
    "credit_given": frozenset({"amount_cents", "balance_cents", "note"}),
    "hook_off": frozenset({"endpoint_name", "endpoint_url", "reason"}),
    "books_violated": frozenset({"checked_at", "count", "violations"}),
}
STAFF = "_staff"


def words_for(kind: str, to_staff: bool) -> str:
    """Return the kind of words a letter takes: those for staff where there are such."""
    return f"{kind}{STAFF}" if to_staff and f"{kind}{STAFF}" in FACTS else kind

"""The words of the back office: states as staff see them, reasons, letters, what was changed."""

from datetime import timedelta
from typing import Any

from flask import Flask
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.core.audit_queries import AuditRow
from app.letters.reasons import CHINESE_REASONS, ENGLISH_REASONS
from app.web.i18n import language
from app.web.words import BAD, CALM, GOOD, LIVE, STATES, WARN

# The word and the tone of every state, by what is in it.
BATCH_STATES: dict[str, tuple[object, str]] = {
    "planned": (_("Open"), LIVE),
    "locked": (_("Being composed"), WARN),
    "composed": (_("Composed"), GOOD),
}
BOX_STATES: dict[str, tuple[object, str]] = {
    "planned": (_("Planned"), LIVE),
    "skipped": (_("Skipped"), CALM),
    "paused": (_("Paused"), CALM),
    "missed": (_("Missed"), CALM),
    "locked": (_("Locked"), LIVE),
    "held": (_("Held"), WARN),
    "composed": (_("Awaiting payment"), LIVE),
    "released": (_("To pack"), GOOD),
    "shipped": (_("Shipped"), GOOD),
    "voided": (_("Not paid in time"), BAD),
    "cancelled": (_("Called off"), CALM),
}
MONEY_STATES: dict[str, tuple[object, str]] = {
    "": (_("Not billed"), CALM),
    "paid": (_("Paid"), GOOD),
    "waiting": (_("Waiting"), LIVE),
    "declined": (_("Declined"), BAD),
    "stopped": (_("No longer owed"), CALM),
    "refunded": (_("Refunded"), CALM),
    "pending": (_("On its way"), LIVE),
    "due": (_("Due"), WARN),
    "succeeded": (_("Done"), GOOD),
    "failed": (_("Failed"), BAD),
}
WORDS = {"batch": BATCH_STATES, "box": BOX_STATES, "money": MONEY_STATES, "other": STATES}
ORDER_OF_LIFE = tuple(BOX_STATES)

LINE_SOURCES = {
    "chosen": _("Chosen by the subscriber"),
    "auto": _("Picked by taste"),
    "substitute": _("Substitute"),
}
REASONS = {
    "nothing on sale fits this box": _("Nothing on sale fits this box."),
    "skipped by the subscriber": _("Skipped."),
    "overtaken by the next cycle": _("Overtaken by the next cycle."),
    "subscription cancelled": _("The subscription has ended."),
    "no delivery on this day": _("No delivery on this day."),
    "unpaid": _("Not paid in time."),
    "skipped": _("Skipped."),
    "staff": _("Given back by staff."),
    "wish": _("At the subscriber's wish."),
}
LETTERS = {
    "welcome": _("Welcome"),
    "box_skipped": _("Box skipped"),
    "box_unskipped": _("Box on again"),
    "box_moved": _("Shipping day moved"),
    "box_changed_substitution": _("Substitute in the box"),
    "box_held": _("Box held"),
    "box_unpaid": _("Box not paid"),
    "box_shipped": _("Box shipped"),
    "subscription_paused": _("Paused"),
    "subscription_resumed": _("Resumed"),
    "subscription_cancelled": _("Cancelled"),
    "payment_failed": _("Payment declined"),
    "payment_last_try": _("Last try to charge"),
    "payment_action": _("Payment needs confirmation"),
    "payment_received": _("Payment received"),
    "card_needed": _("Card needed"),
    "refund_made": _("Refund made"),
    "stock_capped": _("Not enough stock for a mix"),
}
TABLES = {
    "box": _("Box"),
    "invoice": _("Invoice"),
    "payment": _("Payment"),
    "refund": _("Refund"),
    "parcel": _("Parcel"),
    "subscription": _("Subscription"),
}
COLUMNS = {
    "status": _("state"),
    "reason": _("reason"),
    "address": _("address"),
    "batch_id": _("batch"),
    "ships_on": _("shipping day"),
    "refunded_cents": _("given back"),
    "amount_cents": _("amount"),
    "missing": _("missing"),
    "note": _("note"),
    "tries": _("tries"),
    "next_try_at": _("next try"),
}
ACTORS = {
    "subscriber": _("Subscriber"),
    "staff": _("Staff"),
    "api": _("A program"),
    "job": _("Boxwright"),
    "system": _("Boxwright"),
    "provider": _("The payment provider"),
    "operator": _("The operator"),
}
ROLES = {
    "owner": _("Owner"),
    "fulfilment": _("Fulfilment"),
    "merchandising": _("Merchandising"),
    "support": _("Support"),
    "finance": _("Finance"),
}
EXCLUDED = {
    "allergen": _("Allergen"),
    "decaf": _("No decaf"),
    "caffeine": _("Decaf only"),
    "roast": _("Roast"),
    "process": _("Process"),
    "origin": _("Origin"),
    "product": _("Coffee"),
}


def init_words(app: Flask) -> None:
    """Give the back office's templates their words."""
    app.jinja_env.globals.update(
        state_words=state_words,
        state_tone=state_tone,
        in_order=in_order,
        line_source=lambda source: LINE_SOURCES.get(source, source),
        reason_words=reason_words,
        decline_words=decline_words,
        letter_words=lambda kind: LETTERS.get(kind, kind.replace("_", " ")),
        table_words=lambda table: TABLES.get(table, table),
        changes=changes,
        actor_words=actor_words,
        role_words=lambda role: ROLES.get(str(role), str(role)),
        excluded_words=lambda kind: EXCLUDED.get(str(kind), str(kind)),
        countdown=countdown,
        gap_words=gap_words,
    )


def state_words(kind: str, state: str) -> str:
    """Return the word for a state of a batch, a box, money or another thing."""
    return str(WORDS[kind].get(state, (state, CALM))[0])


def state_tone(kind: str, state: str) -> str:
    """Return the tone of a state."""
    return WORDS[kind].get(state, (state, CALM))[1]


def in_order(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Return counts of boxes in the order of their lives."""
    return [(state, counts[state]) for state in ORDER_OF_LIFE if counts.get(state)]


def reason_words(reason: str) -> str:
    """Return why something is as it is; what staff typed stays as typed."""
    return str(REASONS.get(reason, reason))


def decline_words(code: str | None) -> str:
    """Return why a card was declined."""
    told = CHINESE_REASONS if language() == "zh-CN" else ENGLISH_REASONS
    return told.get(code or "", code or "")


def actor_words(row: AuditRow, names: dict[str, str]) -> str:
    """Return who did something."""
    who = str(ACTORS.get(row.actor_kind, row.actor_kind))
    name = names.get(row.actor_id)
    return f"{name} ({who})" if name else who


def changes(row: AuditRow) -> list[str]:
    """Return what was changed in a row, in words; a new row tells its state."""
    if row.action != "update":
        state = str(row.change.get("status", ""))
        return [_state(row.table, state)] if state else []
    return [
        f"{COLUMNS[column]}: {_value(row, column, before)} → {_value(row, column, after)}"
        for column, (before, after) in sorted(row.change.items())
        if column in COLUMNS
    ]


def _state(table: str, state: str) -> str:
    if table == "box":
        return state_words("box", state)
    return state_words("money" if state in MONEY_STATES else "other", state)


def _value(row: AuditRow, column: str, value: Any) -> str:
    if value in (None, ""):
        return "–"
    if column == "status":
        return _state(row.table, str(value))
    if column == "reason":
        return reason_words(str(value))
    if isinstance(value, dict):
        return ", ".join(str(each) for each in value.values() if each)
    return str(value)


def countdown(left: timedelta) -> str:
    """Return how long it is until a moment, in its two largest units."""
    minutes = max(0, int(left.total_seconds()) // 60)
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    parts = [
        ngettext("%(num)d day", "%(num)d days", days) if days else "",
        ngettext("%(num)d hour", "%(num)d hours", hours) if hours else "",
        ngettext("%(num)d minute", "%(num)d minutes", minutes) if not days else "",
    ]
    return " ".join([part for part in parts if part][:2])


def gap_words(gap: float) -> str:
    """Say how good a composition is."""
    if gap < 1e-9:
        return str(gettext("Proven: nobody could compose these boxes better."))
    percent = f"{gap * 100:.2g}" if gap >= 0.0001 else "0.01"
    return str(
        gettext(
            "No composition of these boxes can be more than %(percent)s %% better.", percent=percent
        )
    )

"""The words of the back office: states as staff see them, reasons, letters, what was changed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_datetime
from flask import Flask
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.core.audit_queries import AuditRow
from app.letters.reasons import CHINESE_REASONS, ENGLISH_REASONS
from app.web.doors import tools
from app.web.i18n import language, locale, money
from app.web.staff.hook_words import HOOK_STATES
from app.web.staff.letter_words import LETTERS
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
PAYMENT_STATES: dict[str, tuple[object, str]] = {
    "due": (_("due"), WARN),
    "created": (_("told to the provider"), LIVE),
    "processing": (_("in progress"), LIVE),
    "needs_action": (_("waits for the subscriber"), WARN),
    "succeeded": (_("paid"), GOOD),
    "cancelled": (_("stopped"), CALM),
}
WORDS = {
    "hook": HOOK_STATES,
    "batch": BATCH_STATES,
    "box": BOX_STATES,
    "money": MONEY_STATES,
    "payment": PAYMENT_STATES,
    "refund": MONEY_STATES,
    "parcel": {**BOX_STATES, "ready": (_("To pack"), GOOD)},
    "other": STATES,
}
ORDER_OF_LIFE = tuple(BOX_STATES)

LINE_SOURCES = {
    "chosen": _("Chosen by the subscriber"),
    "auto": _("Picked by taste"),
    "substitute": _("Substitute"),
    "hero": _("Hero of the curation"),
    "add_on": _("Added by the subscriber"),
}
METHODS = {"exact": _("Composed exactly"), "priced": _("Composed by prices")}
REASONS = {
    "nothing on sale fits this box": _("Nothing on sale fits this box."),
    "a payment is disputed": _("A payment is disputed."),
    "skipped by the subscriber": _("Skipped."),
    "nothing fitted in time": _("Nothing came in time that fits."),
    "overtaken by the next cycle": _("Overtaken by the next cycle."),
    "subscription cancelled": _("The subscription has ended."),
    "no delivery on this day": _("No delivery on this day."),
    "unpaid": _("Not paid in time."),
    "skipped": _("Skipped."),
    "staff": _("Given back by staff."),
    "wish": _("At the subscriber's wish."),
}
# What a carrier's file may have wrong, as `fulfilment` says it.
FILE_PROBLEMS = {
    "There is no such column.": _("There is no such column."),
    "This must not be blank.": _("This must not be blank."),
    "This is longer than 100 characters.": _("This is longer than 100 characters."),
    "This is not a day such as 2027-03-03.": _("This is not a day such as 2027-03-03."),
    "There is no released box with this number.": _("There is no released box with this number."),
    "This box was cancelled.": _("This box was cancelled."),
    "This day lies ahead.": _("This day lies ahead."),
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
ADDRESS = ("name", "line1", "line2", "city", "region", "postcode", "country")
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
    app.jinja_env.filters["brief"] = brief
    app.jinja_env.globals.update(
        state_words=state_words,
        state_tone=state_tone,
        in_order=in_order,
        line_source=lambda source: LINE_SOURCES.get(source, source),
        reason_words=reason_words,
        decline_words=decline_words,
        letter_words=lambda kind: LETTERS.get(kind, kind.replace("_", " ")),
        problem_words=lambda problem: FILE_PROBLEMS.get(problem, problem),
        table_words=lambda table: TABLES.get(table, table),
        changes=changes,
        actor_words=actor_words,
        role_words=lambda role: ROLES.get(str(role), str(role)),
        excluded_words=lambda kind: EXCLUDED.get(str(kind), str(kind)),
        countdown=countdown,
        gap_words=gap_words,
        closeness_words=closeness_words,
        method_words=lambda method: METHODS.get(method, method),
    )


def brief(value: datetime) -> str:
    """Write an instant briefly, in the shop's zone, which stands at the foot of every page."""
    pattern = "EEE d MMM y, HH:mm" if language() == "en" else "y年M月d日 EEE HH:mm"
    zone = tools().units.shop.zone
    return str(format_datetime(value.astimezone(zone), pattern, tzinfo=zone, locale=locale()))


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
    kind = row.table if row.table in WORDS else "other"
    if row.action != "update":
        state = str(row.change.get("status", ""))
        return [state_words(kind, state)] if state else []
    found = []
    for column in sorted(set(row.change) & set(COLUMNS)):
        before, after = (_value(kind, column, each) for each in row.change[column])
        if before != after:
            found.append(f"{COLUMNS[column]}: {before} → {after}")
    return found


def _value(kind: str, column: str, value: Any) -> str:
    if value in (None, ""):
        return "–"
    readers: dict[str, Callable[[Any], str]] = {
        "status": lambda state: state_words(kind, state),
        "reason": reason_words,
        "address": lambda place: ", ".join(place[name] for name in ADDRESS if place.get(name)),
        "next_try_at": lambda moment: brief(datetime.fromisoformat(moment)),
        "refunded_cents": money,
        "amount_cents": money,
    }
    return readers.get(column, str)(value)


def counted(number: int, one: str, many: str) -> str:
    """Return the words for a number of things; none for zero."""
    if number == 0:
        return ""
    return one if number == 1 else many


def countdown(left: timedelta) -> str:
    """Return how long it is until a moment, in its two largest units."""
    minutes = max(0, int(left.total_seconds()) // 60)
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    parts = [
        counted(days, gettext("1 day"), gettext("%(n)d days", n=days)),
        counted(hours, gettext("1 hour"), gettext("%(n)d hours", n=hours)),
        "" if days else counted(minutes, gettext("1 minute"), gettext("%(n)d minutes", n=minutes)),
    ]
    return " ".join([part for part in parts if part][:2]) or str(gettext("less than a minute"))


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


def closeness_words(gap: float) -> str:
    """Say how close a composition comes to the best there can be."""
    if gap < 1e-9:
        return str(gettext("The best possible: no other composition is worth more."))
    percent = f"{gap * 100:.2g}" if gap >= 0.0001 else "0.01"
    return str(gettext("Within %(percent)s %% of the best possible.", percent=percent))

"""Subscribers of another system as a file brings them, and when their boxes start here. Pure.

One line is one subscription. A blank is a blank, never a zero: what is left open takes the plan's
own value. Nobody is charged before the shop is live for three days, whatever a date says.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.catalog.rules import Grind
from app.core.file_lines import BLANK, Line, LineProblem, read_lines, shown
from app.people.rules import AddressFields
from app.subscriptions.rules import Cadence, ship_date

NEEDED = ("email", "name", "plan", "size", "line1", "city", "postcode", "country")
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
COUNTRY = re.compile(r"[A-Za-z]{2}")
PROVIDER_ID = re.compile(r"[A-Za-z]+_\w+")
STATUSES = ("active", "paused")
ENDED = frozenset({"cancelled", "canceled", "expired", "ended"})
LANGUAGES = {"en": "en", "zh": "zh-CN"}
LONGEST_NOTE = 1_000
SETTLING_IN = timedelta(days=3)
LONG_AGO, FAR_AHEAD = timedelta(days=730), timedelta(days=400)


@dataclass(frozen=True)
class CardGiven:
    """The account and card at the payment provider; brand and dates as far as they are known."""

    customer_id: str
    card_id: str
    brand: str = ""
    last4: str = ""
    exp_month: int = 0
    exp_year: int = 0


@dataclass(frozen=True)
class SubscriberRow:
    """One subscription to bring over; `line` is where it stood, to name what is wrong with it."""

    line: Line
    email: str
    name: str
    plan: str
    size: int
    grind: Grind
    address: AddressFields
    paused: bool
    locale: str
    note: str
    next_ships_on: date | None
    anchor_day: int | None
    card: CardGiven | None

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same subscription when the file comes again."""
        return self.email.lower(), self.plan


@dataclass(frozen=True)
class SubscriberFile:
    """What a file says: subscriptions to bring over, and what is wrong in it.

    The import adds what it finds wrong to `problems`.
    """

    rows: tuple[SubscriberRow, ...]
    problems: list[LineProblem]


class _Wrong(Exception):
    """A row that cannot be taken: the field and the reason."""


def read_subscribers(content: bytes) -> SubscriberFile:
    """Read a CSV file of subscriptions; the second line of one person and plan is left out."""
    problems: list[LineProblem] = []
    return SubscriberFile(tuple(_rows(read_lines(content, NEEDED, problems))), problems)


def first_day(
    wished: date, cadence: Cadence, charged_on: Callable[[date], date], today: date
) -> date:
    """Return the first day of a rhythm, counted from `wished`, whose charge lies far enough ahead.

    A date whose charge would come before the shop has settled in falls to the next of its kind:
    what an old system charged on 5 January is charged here on 5 February.
    """
    step, day = 0, ship_date(cadence, wished, 0)
    while charged_on(day) < today + SETTLING_IN:
        step += 1
        day = ship_date(cadence, wished, step)
    return day


def _rows(lines: Iterator[Line]) -> Iterator[SubscriberRow]:
    seen: dict[tuple[str, str], int] = {}
    for line in lines:
        try:
            row = _row(line)
        except _Wrong as wrong:
            line.drop(*wrong.args)
            continue
        if row.key in seen:
            where = (
                f"{shown(row.email)} has plan {shown(row.plan)} in line {seen[row.key]} already."
            )
            line.drop("email", where)
            continue
        seen[row.key] = line.number
        yield row


def _row(line: Line) -> SubscriberRow:
    for field in NEEDED:
        if not line[field]:
            raise _Wrong(field, BLANK)
    return SubscriberRow(
        line=line,
        email=_matching(line, "email", EMAIL, "no e-mail address"),
        name=line["name"],
        plan=line["plan"],
        size=_whole(line, "size", (1, 100_000)),
        grind=_grind(line),
        address=_address(line),
        paused=_is_paused(line),
        locale=_locale(line),
        note=_note(line),
        next_ships_on=_day(line, "next_ships_on"),
        anchor_day=_whole(line, "anchor_day", (1, 31)) if line["anchor_day"] else None,
        card=_card(line),
    )


def _matching(line: Line, field: str, pattern: re.Pattern[str], what: str) -> str:
    if not pattern.fullmatch(line[field]):
        raise _Wrong(field, f"{shown(line[field])} is {what}.")
    return line[field]


def _whole(line: Line, field: str, bounds: tuple[int, int]) -> int:
    cell = line[field]
    if not (cell.isascii() and cell.isdigit() and bounds[0] <= int(cell) <= bounds[1]):
        raise _Wrong(field, f"{shown(cell)} is no whole number from {bounds[0]} to {bounds[1]}.")
    return int(cell)


def _grind(line: Line) -> Grind:
    cell = line["grind"].lower() or Grind.WHOLE.value
    known = [each.value for each in Grind]
    if cell not in known:
        raise _Wrong("grind", f"{shown(line['grind'])} is none of {', '.join(known)}.")
    return Grind(cell)


def _address(line: Line) -> AddressFields:
    country = _matching(line, "country", COUNTRY, "no country code of two letters")
    return AddressFields(
        name=line["name"],
        line1=line["line1"],
        line2=line["line2"],
        city=line["city"],
        region=line["region"],
        postcode=line["postcode"],
        country=country.upper(),
    )


def _is_paused(line: Line) -> bool:
    status = line["status"].lower() or STATUSES[0]
    if status in ENDED:
        raise _Wrong("status", "This subscription has ended.")
    if status not in STATUSES:
        raise _Wrong("status", f"{shown(line['status'])} is none of {', '.join(STATUSES)}.")
    return status == "paused"


def _locale(line: Line) -> str:
    spoken = line["language"].lower()[:2]
    if spoken and spoken not in LANGUAGES:
        line.drop_value("language", f"{shown(line['language'])} is not spoken here.")
    return LANGUAGES.get(spoken, "en")


def _note(line: Line) -> str:
    if len(line["note"]) > LONGEST_NOTE:
        line.drop_value("note", f"A note can have up to {LONGEST_NOTE} characters.")
        return ""
    return line["note"]


def _day(line: Line, field: str) -> date | None:
    if not line[field]:
        return None
    try:
        return date.fromisoformat(line[field])
    except ValueError:
        raise _Wrong(field, f"{shown(line[field])} is no day such as 2027-03-03.") from None


def _card(line: Line) -> CardGiven | None:
    """Return the card; half of one is none, and the subscription then waits for a card."""
    fields = ("customer_id", "card_id")
    if not any(line[field] for field in fields):
        return None
    for field in fields:
        if not PROVIDER_ID.fullmatch(line[field]):
            line.drop_value(field, f"{shown(line[field])} is no name of the payment provider's.")
            return None
    month, year = line["card_exp_month"], line["card_exp_year"]
    return CardGiven(
        customer_id=line["customer_id"],
        card_id=line["card_id"],
        brand=line["card_brand"],
        last4=line["card_last4"][-4:],
        exp_month=int(month) if month.isdecimal() else 0,
        exp_year=int(year) if year.isdecimal() else 0,
    )


def wrong_day(day: date | None, today: date) -> str | None:
    """Return why a date cannot be the next one of a living subscription."""
    if day is None or today - LONG_AGO <= day <= today + FAR_AHEAD:
        return None
    return "This lies more than two years back." if day < today else "This lies too far ahead."


def wrong_size(size: int, offered: Iterable[int]) -> str | None:
    """Return why a plan does not come in this size."""
    sizes = sorted(offered)
    if size in sizes:
        return None
    return f"This plan does not come in size {size}, but in {', '.join(map(str, sizes))}."

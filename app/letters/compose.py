"""Turns facts into a subject and a plain text, in the reader's language and the shop's zone.

Missing, unknown and broken facts never stop a letter: the sentence that needs one is left out.
"""

import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, get_currency_precision

from app.core.shop import Shop
from app.letters.chinese import CHINESE
from app.letters.english import ENGLISH
from app.letters.links import CARD_PATH, HOME_PATH
from app.letters.wording import Each, Language, Part

_BLANKS = string.Formatter()


class NoWords(LookupError):
    """There are no words for this kind of letter."""


class _Missing(Exception):
    """A sentence lacks its fact."""


@dataclass(frozen=True)
class _Writer:
    """Writes facts in one language for one shop."""

    language: Language
    shop: Shop
    facts: Mapping[str, Any]

    def sentence(self, words: str, item: Mapping[str, Any] | None = None) -> str | None:
        """Fill in the blanks of a sentence; None when a fact is missing or makes no sense."""
        known = {**self.facts, **(item or {})}
        parts = []
        try:
            for literal, name, form, _ in _BLANKS.parse(words):
                parts.append(literal)
                if name is not None:
                    parts.append(self._blank(known, name, form or ""))
        except (_Missing, ValueError, TypeError, ArithmeticError, AttributeError):
            return None
        return "".join(parts)

    def _blank(self, known: Mapping[str, Any], name: str, form: str) -> str:
        fact = known.get(name)
        if fact is None or fact == "" or (form == "" and isinstance(fact, dict | list)):
            raise _Missing(name)
        if form == "money":
            return self._money(int(fact), str(known.get("currency") or self.shop.currency))
        return self._forms()[form](fact)

    def _forms(self) -> dict[str, Callable[[Any], str]]:
        return {
            "": str,
            "date": self._date,
            "moment": self._moment,
            "name": self._name,
            "reason": self._reason,
            "count": self._count,
            "link": lambda path: f"{self.shop.base_url}{path}",
        }

    def _money(self, cents: int, currency: str) -> str:
        amount = Decimal(cents).scaleb(-get_currency_precision(currency))
        return format_currency(amount, currency, locale=self.language.locale)

    def _count(self, fact: int) -> str:
        """Write how many; none at all is not worth a sentence."""
        count = int(fact)
        if count <= 0:
            raise _Missing("count")
        return str(count)

    def _date(self, fact: str) -> str:
        """Write a day; an instant means its day in the shop's zone."""
        if len(fact) <= len("2027-03-03"):
            day = date.fromisoformat(fact)
        else:
            day = _instant(fact).astimezone(self.shop.zone).date()
        return format_date(day, "full", locale=self.language.locale)

    def _moment(self, fact: str) -> str:
        zone = self.shop.zone
        form, locale = self.language.moment, self.language.locale
        return format_datetime(_instant(fact).astimezone(zone), form, tzinfo=zone, locale=locale)

    def _name(self, names: Mapping[str, str] | str) -> str:
        """Return a name in the language of the letter, in English, or else in any."""
        if isinstance(names, str):
            return names
        tags = sorted(names, key=lambda tag: (_tag_rank(tag, self.language.tag), tag))
        found = next((names[tag] for tag in tags if names[tag]), None)
        if found is None:
            raise _Missing("name")
        return str(found)

    def _reason(self, reason: str) -> str:
        """Return the words for a code; what is not a code stands as it is, a strange one not."""
        if reason in self.language.reasons:
            return self.language.reasons[reason]
        if " " not in reason and "_" in reason:
            raise _Missing("reason")
        return reason


def compose_letter(kind: str, locale: str, facts: Mapping[str, Any], shop: Shop) -> tuple[str, str]:
    """Return the subject and text of a letter; `NoWords` for a kind that nobody wrote."""
    language = language_of(locale)
    template = language.letters.get(kind)
    if template is None:
        raise NoWords(kind)
    always = {"home_path": HOME_PATH, "card_path": CARD_PATH, "shop_name": shop.name}
    writer = _Writer(language, shop, {**always, **facts})
    subject = _first(writer, template.subjects)
    greeting = _first(writer, language.greetings)
    lines = _lines(writer, (greeting, "", *template.body, "", *language.closing))
    return " ".join(subject.split()), _tidy(lines)


def language_of(locale: str) -> Language:
    """Return the language for a person's locale; English unless it is Chinese."""
    return CHINESE if locale.casefold().startswith("zh") else ENGLISH


def _first(writer: _Writer, choices: tuple[str, ...]) -> str:
    return next((done for each in choices if (done := writer.sentence(each)) is not None), "")


def _lines(writer: _Writer, parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Each):
            yield from _list(writer, part)
        elif (line := writer.sentence(part)) is not None:
            yield line


def _list(writer: _Writer, part: Each) -> list[str]:
    items = writer.facts.get(part.facts)
    if not isinstance(items, list):
        return []
    found = (
        writer.sentence(part.line, item if isinstance(item, dict) else {"item": item})
        for item in items
    )
    lines = [line for line in found if line is not None]
    return [part.heading, *lines] if lines and part.heading else lines


def _tidy(lines: Iterator[str]) -> str:
    """Join lines, with never more than one blank line in a row."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip() + "\n"


def _instant(fact: str) -> datetime:
    moment = datetime.fromisoformat(fact)
    if moment.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return moment


def _tag_rank(tag: str, wanted: str) -> int:
    tag = tag.casefold()
    return 0 if tag.startswith(wanted) else 1 if tag.startswith("en") else 2

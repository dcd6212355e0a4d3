"""What somebody typed into a form, kept as typed, with a sentence at each field that is wrong.

Promises: readers never raise; after reading, `wrong` names every bad field.
"""

import uuid
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation

from flask_babel import gettext
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from app.core.refusals import Refused

FORM = "form"


class Typed:
    """A form's values and what is wrong with them; `wrong[FORM]` belongs to no single field."""

    def __init__(self, values: MultiDict[str, str] | None = None) -> None:
        self.values: MultiDict[str, str] = values if values is not None else ImmutableMultiDict()
        self.wrong: dict[str, str] = {}

    @property
    def ok(self) -> bool:
        """Say whether nothing is wrong so far."""
        return not self.wrong

    def refuse(self, field: str, sentence: str) -> None:
        """Mark a field; the first sentence about it stays."""
        self.wrong.setdefault(field, sentence)

    def refused(self, refused: Refused) -> None:
        """Mark the field that a use case refused, or the form as a whole."""
        self.refuse(refused.field or FORM, gettext(refused.refusal.value))

    def text(self, name: str, required: bool = False, longest: int = 200) -> str:
        """Return a line of text without the blanks around it."""
        value = self.values.get(name, "").replace("\x00", "").strip()
        if required and not value:
            self.refuse(name, gettext("Please fill this in."))
        if len(value) > longest:
            self.refuse(name, gettext("This is longer than %(n)d characters.", n=longest))
        return value

    def number(self, name: str, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`; `low` where it is wrong."""
        try:
            value = int(self.values.get(name, "").strip())
        except ValueError:
            self.refuse(name, gettext("Please give a whole number."))
            return low
        if not low <= value <= high:
            self.refuse(
                name,
                gettext("Please give a number from %(low)d to %(high)d.", low=low, high=high),
            )
            return low
        return value

    def cents(self, name: str) -> int:
        """Return an amount typed in whole units with at most two decimals, as cents."""
        typed = self.values.get(name, "").strip().replace(",", ".")
        try:
            cents = Decimal(typed) * 100
            if cents != cents.to_integral_value() or not 0 <= cents <= 10_000_000:
                raise InvalidOperation
        except InvalidOperation:
            self.refuse(name, gettext("Please give an amount such as 12.50."))
            return 0
        return int(cents)

    def choice(self, name: str, among: Iterable[str], required: bool = True) -> str | None:
        """Return one of the offered values, or None."""
        value = self.values.get(name, "")
        if value in among:
            return value
        if required or value:
            self.refuse(name, gettext("Please choose one of the answers offered."))
        return None

    def many(self, name: str, among: Iterable[str]) -> tuple[str, ...]:
        """Return the ticked values, in the order in which they are offered."""
        ticked = set(self.values.getlist(name))
        offered = tuple(among)
        if ticked - set(offered):
            self.refuse(name, gettext("Please choose one of the answers offered."))
        return tuple(each for each in offered if each in ticked)

    def ticked(self, name: str) -> bool:
        """Say whether a box is ticked."""
        return bool(self.values.get(name))

    def day(self, name: str, required: bool = False) -> date | None:
        """Return a day typed as 2027-01-31."""
        value = self.values.get(name, "").strip()
        if not value and not required:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.refuse(name, gettext("Please give a day such as 2027-01-31."))
            return None

    def key(self, name: str) -> uuid.UUID | None:
        """Return the id of a thing that was chosen."""
        try:
            return uuid.UUID(self.values.get(name, ""))
        except ValueError:
            self.refuse(name, gettext("Please choose one of the answers offered."))
            return None

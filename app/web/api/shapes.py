"""The words in which the API speaks: strict models, texts without control characters, money.

Every limit stands in the type, so that the OpenAPI document says exactly what is enforced.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    JsonValue,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import core_schema

from app.core.refusals import Refusal, Refused

M = TypeVar("M")
FIRST_YEAR, LAST_YEAR = 2000, 2099
YEARS = "^20[0-9]{2}-"
LARGEST = 2_147_483_647


class InputRefusal(Refusal):
    """Why what a program sent cannot be used, although each part of it reads well."""

    OTHER_CURRENCY = "The shop has another currency."
    WRONG_SIZE = "Please give each size once."
    SAME_DAY = "Boxes of a closed day must go out on another day."
    NO_PORTIONS = "Each size must hold a whole number of portions."
    NO_WEEKDAY = "Weekdays go from 1, Monday, to 7, Sunday."
    NO_BILL_DAY = "A plan that is billed ahead needs the day of the month on which."
    TWICE = "Please name each thing once."
    TOO_FAR = "The clock goes at most 400 days at once."


class ApiRefusal(Refusal):
    """Why something cannot be done that only the API is asked for."""

    COMPOSED = "This batch was composed already."
    UNKNOWN_VERSION = "This batch has no such version of its export."


class Strict(BaseModel):
    """JSON that is taken as it is written: no unknown fields, no silent conversions."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )


class Params(BaseModel):
    """Parts of an address; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def shown(**example: Any) -> ConfigDict:
    """Return the settings of a model that the document shows with this example."""
    return ConfigDict(json_schema_extra={"examples": [example]})


def digits(value: object) -> object:
    """Refuse what a lenient reader would still take for a number."""
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,12}", value):
        raise ValueError("give a whole number")
    return value


def in_utc(moment: datetime) -> datetime:
    """Put an instant into UTC; refuse years that no shop speaks of."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"give a year from {FIRST_YEAR} to {LAST_YEAR}")
    return moment.astimezone(UTC)


def near(day: date) -> date:
    """Refuse days that no shop speaks of."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"give a year from {FIRST_YEAR} to {LAST_YEAR}")
    return day


@dataclass(frozen=True)
class Whole:
    """Marks a whole number from `low` to `high`; in JSON 2.0 is one too."""

    low: int
    high: int

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Return a strict whole number with its limits."""
        number = core_schema.int_schema(ge=self.low, le=self.high, strict=True)
        return core_schema.no_info_before_validator_function(integral, number)


def integral(value: object) -> object:
    """Return a whole number that was written with a point as one without."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def text(longest: int) -> Any:
    """Return the type of a line of text that is not blank."""
    pattern = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
    return StringConstraints(min_length=1, max_length=longest, pattern=pattern)


def prose(longest: int) -> Any:
    """Return the type of text that may be empty and may have several lines."""
    return StringConstraints(max_length=longest, pattern=r"^[^\x00]*$")


Line = Annotated[str, text(200)]
Short = Annotated[str, text(64)]
OptionalLine = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Prose = Annotated[str, prose(1000)]
Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:+-]*$"),
]
TypedCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 _-]{3,60}$")]
Tag = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")]
# Keys that do not fit are refused, which the document has to say beside the ones that do.
CLOSED: dict[str, JsonValue] = {"additionalProperties": False}
Names = Annotated[dict[Tag, Line], Field(min_length=1, max_length=10, json_schema_extra=CLOSED)]
Texts = Annotated[dict[Tag, Prose], Field(max_length=10, json_schema_extra=CLOSED)]
FactName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_ -]{1,64}$")]
Facts = Annotated[dict[FactName, Prose], Field(max_length=50, json_schema_extra=CLOSED)]
Cents = Annotated[int, Whole(0, 10_000_000)]
Count = Annotated[int, Whole(1, 1_000_000)]
Version = Annotated[int, Field(ge=1, le=LARGEST), BeforeValidator(digits)]
Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]
GivenMoment = Annotated[
    AwareDatetime,
    AfterValidator(in_utc),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": YEARS}),
]
GivenDay = Annotated[
    date,
    AfterValidator(near),
    WithJsonSchema({"type": "string", "format": "date", "pattern": YEARS}),
]


class Money(Strict):
    """An amount in the minor unit of its currency: 1500 USD is 15 dollars."""

    model_config = shown(amount=1500, currency="USD")

    amount: int
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


class Price(Strict):
    """A price in the minor unit of the shop's currency; any other currency is refused."""

    model_config = shown(amount=1500, currency="USD")

    amount: Cents
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]

    def cents(self, currency: str, field: str) -> int:
        """Return the amount; refuse it in a currency that is not the shop's."""
        if self.currency != currency:
            raise Refused(InputRefusal.OTHER_CURRENCY, offer=currency, field=f"{field}.currency")
        return self.amount


class Paging(Params):
    """Which part of a list is wanted."""

    page: Annotated[int, Field(ge=1, le=1000), BeforeValidator(digits)] = Field(
        1, description="Which page, from 1."
    )
    limit: Annotated[int, Field(ge=1, le=100), BeforeValidator(digits)] = Field(
        50, description="How many items a page has."
    )

    @property
    def offset(self) -> int:
        """Return how many items come before this page."""
        return (self.page - 1) * self.limit

    @property
    def reach(self) -> int:
        """Return how many items tell whether there is a page after this one."""
        return self.offset + self.limit + 1


class Page(Strict, Generic[M]):
    """One page of a list; `more` says whether another follows."""

    items: list[M]
    page: int
    limit: int
    more: bool


def cut(query: Paging, whole: Sequence[M]) -> dict[str, Any]:
    """Return one page of a list that is here whole, or as far as the page and one item more."""
    part = list(whole[query.offset : query.offset + query.limit + 1])
    return window(query, part)


def window(query: Paging, part: Sequence[M]) -> dict[str, Any]:
    """Return a page from its items and, if there is one, the first of the next page."""
    return {
        "items": list(part[: query.limit]),
        "page": query.page,
        "limit": query.limit,
        "more": len(part) > query.limit,
    }


class Nothing(Strict):
    """An answer that says only that it is done."""

    done: bool = True


Id = uuid.UUID

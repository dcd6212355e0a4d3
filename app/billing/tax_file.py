"""Rates of tax as a file brings them, in per cent and days. Pure: bytes in, rates out."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from app.billing.tax_rules import CATEGORIES, Rate
from app.core.file_lines import Line, LineProblem, read_lines, shown

NEEDED = ("country", "percent", "valid_from")
COUNTRY = re.compile(r"[A-Z]{2}")
YES, NO = frozenset({"yes", "true", "1"}), frozenset({"", "no", "false", "0"})


@dataclass(frozen=True)
class TaxFile:
    """What a file says: rates to take, and what is wrong in it."""

    rates: tuple[Rate, ...]
    problems: tuple[LineProblem, ...]


def read_tax_rates(content: bytes) -> TaxFile:
    """Read a CSV file of rates; a place, category and day that stand twice are dropped."""
    problems: list[LineProblem] = []
    found: dict[tuple[str, str, str, date], Rate] = {}
    for line in read_lines(content, NEEDED, problems):
        rate = _rate(line)
        if rate is None:
            continue
        key = (rate.country, rate.region.casefold(), rate.category, rate.valid_from)
        if key in found:
            line.drop("valid_from", "There is a rate for this place and day already.")
        else:
            found[key] = rate
    return TaxFile(tuple(found.values()), tuple(sorted(problems, key=lambda each: each.line)))


def _rate(line: Line) -> Rate | None:
    country, category = line["country"].upper(), line["category"].casefold()
    percent, first = _percent(line), _day(line, "valid_from")
    last = _day(line, "valid_to") if line["valid_to"] else None
    inclusive = line["inclusive"].casefold()
    for field, fault in (
        ("country", not COUNTRY.fullmatch(country) and "This is no country of two letters."),
        ("category", category not in ("", *CATEGORIES) and "This must be box, add_on or shipping."),
        ("inclusive", inclusive not in YES | NO and "This must be yes or no."),
        ("valid_to", bool(first and last and last < first) and "This lies before valid_from."),
    ):
        if fault:
            line.drop(field, f"{fault} ({shown(line[field])})")
            return None
    if percent is None or first is None or (last is None and line["valid_to"]):
        return None
    return Rate(
        country=country,
        region=line["region"],
        category=category,
        rate_bp=percent,
        valid_from=first,
        valid_to=last,
        inclusive=inclusive in YES,
        label=line["label"] or "Tax",
    )


def _percent(line: Line) -> int | None:
    """Return per cent as basis points; finer than one of those is refused."""
    try:
        points = Decimal(line["percent"].rstrip("% ").replace(",", ".")) * 100
        if points != points.to_integral_value() or not 0 <= points <= 10_000:
            raise InvalidOperation
    except InvalidOperation:
        line.drop("percent", f"This is no rate such as 19 or 6.25: {shown(line['percent'])}.")
        return None
    return int(points)


def _day(line: Line, field: str) -> date | None:
    try:
        return date.fromisoformat(line[field])
    except ValueError:
        line.drop(field, f"This is no day such as 2027-01-31: {shown(line[field])}.")
        return None

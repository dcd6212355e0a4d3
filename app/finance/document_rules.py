"""What stands on an invoice or a credit note. Pure: facts in, the frozen content of a paper out.

The content is all that is needed to print it: whoever prints it again gets the same page.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from app.core.money import share_of
from app.core.refusals import Refusal

LAYOUT = 1
NO_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "XOF", "XAF", "UGX", "PYG", "RWF"})
EUROPE = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
    ]
)
VAT = EUROPE | {"GB", "NO", "CH", "IS", "CN", "ZA", "KR", "TH", "PH", "MX", "CL", "AE", "SA", "TR"}
LETTER = frozenset({"US", "CA", "MX", "PH", "CL", "CO"})
GST = frozenset({"AU", "NZ", "SG", "IN", "CA", "MY"})


class DocumentKind(StrEnum):
    """A credit note corrects one invoice; a reversal takes a credit note back that bounced."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    REVERSAL = "reversal"


class TaxWord(StrEnum):
    """What the law of a country calls the tax on sales."""

    SALES_TAX = "sales_tax"
    VAT = "vat"
    GST = "gst"
    CONSUMPTION_TAX = "consumption_tax"


class DocumentRefusal(Refusal):
    """Why there is no paper."""

    UNKNOWN = "There is no such document."


PREFIX = {
    DocumentKind.INVOICE: "INV",
    DocumentKind.CREDIT_NOTE: "CN",
    DocumentKind.REVERSAL: "RV",
}


@dataclass(frozen=True)
class Party:
    """Who sells or buys: a name, the lines of an address, and a number at the tax office."""

    name: str
    lines: tuple[str, ...]
    tax_id: str = ""


@dataclass(frozen=True)
class RateSum:
    """What is taxed at one rate (in 1/100 %), in cents."""

    tax_bp: int
    net: int
    tax: int

    @property
    def gross(self) -> int:
        return self.net + self.tax


@dataclass(frozen=True)
class PaperLine:
    """One line as it was charged; a reduction has no net and no tax of its own."""

    text: str
    quantity: int
    unit_cents: int
    amount_cents: int
    tax_bp: int | None


@dataclass(frozen=True)
class PaperDays:
    """The days that a paper names."""

    issued: date
    supplied: date | None = None
    paid: date | None = None


@dataclass(frozen=True)
class Paper:
    """A paper before it has its number. `more` are facts that only some papers have."""

    kind: DocumentKind
    locale: str
    country: str
    currency: str
    seller: Party
    buyer: Party
    days: PaperDays
    lines: tuple[PaperLine, ...]
    rates: tuple[RateSum, ...]
    inclusive: bool
    more: Mapping[str, Any]


def series_of(kind: DocumentKind, day: date) -> str:
    """Return the series of a paper: one for each kind and year."""
    return f"{PREFIX[kind]}-{day.year}"


def written(series: str, number: int) -> str:
    """Return a number as people write it, `INV-2027-000042`."""
    return f"{series}-{number:06d}"


def tax_word(country: str) -> TaxWord:
    """Return what the tax is called on papers of a country."""
    if country in VAT:
        return TaxWord.VAT
    if country == "JP":
        return TaxWord.CONSUMPTION_TAX
    return TaxWord.GST if country in GST else TaxWord.SALES_TAX


def by_rate(parts: Sequence[RateSum], whole: RateSum) -> tuple[RateSum, ...]:
    """Add parts up by rate, the highest first; parts that miss the whole are taken as one."""
    sums: dict[int, RateSum] = {}
    for part in parts:
        before = sums.get(part.tax_bp, RateSum(part.tax_bp, 0, 0))
        sums[part.tax_bp] = RateSum(part.tax_bp, before.net + part.net, before.tax + part.tax)
    found = tuple(sums[rate] for rate in sorted(sums, reverse=True) if sums[rate].gross)
    if sum(each.net for each in found) != whole.net or sum(each.tax for each in found) != whole.tax:
        return (whole,)
    return found


def credited(rates: Sequence[RateSum], before: int, cents: int) -> tuple[RateSum, ...]:
    """Return what `cents` given back take off each rate, after `before` was given back already.

    Credit notes over the whole of an invoice add up to its rates exactly.
    """
    whole = sum(each.gross for each in rates)
    if whole == 0:
        return ()
    now, then = _taken(rates, before + cents, whole), _taken(rates, before, whole)
    return tuple(
        RateSum(each.tax_bp, net - old_net, tax - old_tax)
        for each, (net, tax), (old_net, old_tax) in zip(rates, now, then, strict=True)
    )


def _taken(rates: Sequence[RateSum], cents: int, whole: int) -> list[tuple[int, int]]:
    """Return the net and tax of each rate in the first `cents` that are given back."""
    found: list[tuple[int, int]] = []
    reached = used = 0
    for each in rates:
        reached += each.gross
        upto = share_of(cents, reached, whole)
        gross = upto - used
        used = upto
        tax = share_of(gross, each.tax, each.gross) if each.gross else 0
        found.append((gross - tax, tax))
    return found


def with_tax(rates: Sequence[RateSum], tax: int | None) -> tuple[RateSum, ...]:
    """Return sums by rate whose tax is what the books say: cents of rounding go to the largest."""
    missing = 0 if tax is None else tax - sum(each.tax for each in rates)
    if missing == 0 or not rates:
        return tuple(rates)
    largest = max(rates, key=lambda each: (each.tax_bp > 0, each.gross))
    return tuple(
        RateSum(each.tax_bp, each.net - missing, each.tax + missing) if each is largest else each
        for each in rates
    )


def content_of(paper: Paper, number: str) -> dict[str, Any]:
    """Return the content of a paper, as plain JSON: nothing else is asked when it is printed."""
    return {
        "layout": LAYOUT,
        "kind": paper.kind.value,
        "number": number,
        "locale": "zh" if paper.locale.startswith("zh") else "en",
        "currency": paper.currency,
        "digits": 0 if paper.currency in NO_CENTS else 2,
        "page": "us-letter" if paper.country in LETTER else "a4",
        "tax_word": tax_word(paper.country).value,
        "inclusive": paper.inclusive,
        "seller": _party(paper.seller),
        "buyer": _party(paper.buyer),
        "issued_on": paper.days.issued.isoformat(),
        "supplied_on": _day(paper.days.supplied),
        "paid_on": _day(paper.days.paid),
        "lines": [
            {
                "text": line.text,
                "quantity": line.quantity,
                "unit": line.unit_cents,
                "amount": line.amount_cents,
                "tax_bp": line.tax_bp,
            }
            for line in paper.lines
        ],
        "rates": [
            {"tax_bp": each.tax_bp, "net": each.net, "tax": each.tax, "gross": each.gross}
            for each in paper.rates
        ],
        "net": sum(each.net for each in paper.rates),
        "tax": sum(each.tax for each in paper.rates),
        "total": sum(each.gross for each in paper.rates),
        "more": dict(paper.more),
    }


def checksum(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a content, whatever the order in which it was stored."""
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def _party(party: Party) -> dict[str, Any]:
    return {"name": party.name, "lines": list(party.lines), "tax_id": party.tax_id}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None

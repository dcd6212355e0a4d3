"""What is too small to charge, and what becomes of it. Pure: amounts in, a decision out."""

from collections.abc import Mapping
from dataclasses import dataclass

# The least that the provider charges in each currency, in its minor unit.
LEAST_CHARGE: Mapping[str, int] = {
    "AED": 200,
    "AUD": 50,
    "BGN": 100,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "CZK": 1500,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
    "INR": 50,
    "JPY": 50,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "NZD": 50,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "SGD": 50,
    "THB": 1000,
    "USD": 50,
}


@dataclass(frozen=True)
class Collected:
    """How an invoice is collected, in cents.

    `charged` goes to the card and holds `brought` from earlier invoices; `carried` is left for the
    next one. What an invoice is owed besides credit is `charged - brought + carried`.
    """

    charged: int
    brought: int = 0
    carried: int = 0


def least_charge(currency: str, shop_least: int | None = None) -> int:
    """Return the least that is charged: the shop's own figure, or the provider's, else 1 cent."""
    return LEAST_CHARGE.get(currency, 1) if shop_least is None else shop_least


def collect(due: int, waiting: int, least: int) -> Collected:
    """Decide about `due` cents while `waiting` cents of earlier invoices were carried over.

    What stays below `least` together is carried over once more; nothing is charged for an invoice
    on which nothing is due.

    Raises:
        ValueError: An amount is negative.
    """
    if min(due, waiting) < 0:
        raise ValueError("what is due is nothing or more")
    if due == 0:
        return Collected(0)
    if due + waiting < least:
        return Collected(0, carried=due)
    return Collected(due + waiting, brought=waiting)

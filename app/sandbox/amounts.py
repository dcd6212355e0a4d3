"""What amounts can be charged: whole, in a known currency, neither too small nor too large."""

from typing import Any

from app.sandbox.errors import invalid

MINIMUM = {"usd": 50, "eur": 50, "gbp": 30, "jpy": 50, "chf": 50, "aud": 50, "cad": 50}


def amount_of(amount: Any, currency: str) -> int:
    """Return a checked amount, or raise the refusal of it."""
    amount = int(amount)
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        raise invalid(f"Invalid currency: {currency}.", param="currency")
    if amount < 1:
        raise invalid("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount < MINIMUM.get(currency, 1):
        message = f"Amount must be at least {MINIMUM[currency]} {currency} (in its smallest unit)."
        raise invalid(message, code="amount_too_small", param="amount")
    if amount > 99_999_999:
        message = "Amount must be no more than 99999999 in the smallest unit of its currency."
        raise invalid(message, code="amount_too_large", param="amount")
    return int(amount)

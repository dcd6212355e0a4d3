"""Stripe's test cards: what each number does when it is saved, charged or asked to prove itself."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.sandbox.errors import ApiError, Json, card_error


@dataclass(frozen=True)
class Decline:
    """Why a card is refused, in Stripe's words."""

    code: str
    decline_code: str
    message: str = "Your card was declined."

    def error(self, **details: Any) -> ApiError:
        """Build the 402 that tells so."""
        return card_error(self.code, self.message, decline_code=self.decline_code, **details)


GENERIC = Decline("card_declined", "generic_decline")
NO_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = Decline("card_declined", "lost_card")
STOLEN = Decline("card_declined", "stolen_card")
FRAUD = Decline("card_declined", "fraudulent")
EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.")
WRONG_CVC = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
PROCESSING = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
NOT_A_TEST_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card.",
)
AUTHENTICATION = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)


@dataclass(frozen=True)
class Trait:
    """How a number behaves; `asks` says when it wants its owner to authenticate."""

    decline: Decline | None = None
    attaches: bool = True
    asks: str = "never"


TRAITS: dict[str, Trait] = {
    "4242424242424242": Trait(),
    "4000056655665556": Trait(),
    "5555555555554444": Trait(),
    "5200828282828210": Trait(),
    "378282246310005": Trait(),
    "6011111111111117": Trait(),
    "4000000000000002": Trait(GENERIC, attaches=False),
    "4000000000009995": Trait(NO_FUNDS, attaches=False),
    "4000000000009987": Trait(LOST, attaches=False),
    "4000000000009979": Trait(STOLEN, attaches=False),
    "4100000000000019": Trait(FRAUD, attaches=False),
    "4000000000000069": Trait(EXPIRED, attaches=False),
    "4000000000000127": Trait(WRONG_CVC, attaches=False),
    "4000000000000119": Trait(PROCESSING, attaches=False),
    "4000000000000341": Trait(GENERIC),
    "4000002500003155": Trait(asks="until_known"),
    "4000002760003184": Trait(asks="always"),
    "4000008260003178": Trait(NO_FUNDS, asks="until_known"),
}
TOKENS: dict[str, str] = {
    "visa": "4242424242424242",
    "visa_debit": "4000056655665556",
    "mastercard": "5555555555554444",
    "amex": "378282246310005",
    "chargeDeclined": "4000000000000002",
    "visa_chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "chargeDeclinedLostCard": "4000000000009987",
    "visa_chargeDeclinedLostCard": "4000000000009987",
    "chargeDeclinedStolenCard": "4000000000009979",
    "visa_chargeDeclinedStolenCard": "4000000000009979",
    "chargeDeclinedFraudulent": "4100000000000019",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedIncorrectCvc": "4000000000000127",
    "chargeDeclinedProcessingError": "4000000000000119",
    "chargeCustomerFail": "4000000000000341",
    "authenticationRequired": "4000002500003155",
    "authenticationRequiredOnSetup": "4000002500003155",
    "threeDSecure2Required": "4000002760003184",
    "authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
}
BRANDS = {"4": "visa", "5": "mastercard", "3": "amex", "6": "discover"}


def number_of(token: str) -> str | None:
    """Return the number behind `pm_card_visa`, `tok_visa` and their like."""
    for prefix in ("pm_card_", "tok_"):
        if token.startswith(prefix):
            return TOKENS.get(token.removeprefix(prefix))
    return None


def clean(typed: str) -> str:
    """Return the digits of a number as a person types it, or raise `incorrect_number`."""
    number = typed.replace(" ", "").replace("-", "")
    if not number.isascii() or not number.isdigit() or not 13 <= len(number) <= 19:
        raise card_error("invalid_number", "The card number is not a valid credit card number.")
    if not _adds_up(number):
        raise card_error("incorrect_number", "Your card number is incorrect.")
    return number


def _adds_up(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def check_expiry(month: int, year: int, now: int) -> None:
    """Raise Stripe's error for an expiry that is no date or lies in the past."""
    if not 1 <= month <= 12:
        message = "Your card's expiration month is invalid."
        raise card_error("invalid_expiry_month", message, param="exp_month")
    if expired(month, year, now) or year > 2100:
        message = "Your card's expiration year is invalid."
        raise card_error("invalid_expiry_year", message, param="exp_year")


def expired(month: int, year: int, now: int) -> bool:
    """Tell whether the last day of a card has passed."""
    today = datetime.fromtimestamp(now, UTC)
    return (today.year, today.month) > (year, month)


def trait_of(number: str) -> Trait:
    """Return how a test number behaves."""
    return TRAITS[number]


def card_shape(number: str, month: int, year: int) -> Json:
    """Return the `card` part of a payment method."""
    brand = BRANDS.get(number[0], "unknown")
    return {
        "brand": brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "US",
        "display_brand": brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": hashlib.sha256(number.encode()).hexdigest()[:16],
        "funding": "debit" if number == "4000056655665556" else "credit",
        "generated_from": None,
        "last4": number[-4:],
        "networks": {"available": [brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }

"""How charges end and when they are tried again. Pure: facts in, answers out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.money import tax_on
from app.core.refusals import Refusal


class InvoiceStatus(StrEnum):
    """OPEN is owed; PAID is paid; VOID is no longer owed; REFUNDED was given back whole."""

    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    REFUNDED = "refunded"


class PaymentStatus(StrEnum):
    """DUE waits for its next try; CREATED is known to the provider; the last two are final."""

    DUE = "due"
    CREATED = "created"
    PROCESSING = "processing"
    NEEDS_ACTION = "needs_action"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


class AttemptStatus(StrEnum):
    """BEGUN may have reached the provider or not; every other state is known."""

    BEGUN = "begun"
    PROCESSING = "processing"
    NEEDS_ACTION = "needs_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RefundStatus(StrEnum):
    """DUE is not yet asked for; PENDING is on its way."""

    DUE = "due"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DeclineKind(StrEnum):
    """SOFT is tried again; HARD needs another card; ACTION needs the person."""

    SOFT = "soft"
    HARD = "hard"
    ACTION = "action"


class BillingRefusal(Refusal):
    """Why money cannot move."""

    UNKNOWN_INVOICE = "We could not find this invoice."
    NOT_PAID = "This invoice has not been paid."
    NOT_OWED = "Nothing is owed on this invoice."
    TOO_MUCH = "This is more than what was paid and not yet given back."
    BAD_AMOUNT = "The amount must be a whole number of cents above zero."
    NO_CARD = "There is no card on file yet."
    LINK_EXPIRED = "This payment link has expired. Please sign in to pay."
    ALREADY_PAID = "This box has been paid already, so a refund is the way back."


HARD_CODES = frozenset(
    {
        "lost_card",
        "stolen_card",
        "pickup_card",
        "restricted_card",
        "revocation_of_authorization",
        "revocation_of_all_authorizations",
        "incorrect_number",
        "invalid_account",
        "fraudulent",
        "no_payment_method",
    }
)


def decline_kind(code: str) -> DeclineKind:
    """Return what a decline code asks for."""
    if code == "authentication_required":
        return DeclineKind.ACTION
    return DeclineKind.HARD if code in HARD_CODES else DeclineKind.SOFT


def next_try(first_failed_at: datetime, tries: int, days: Sequence[int]) -> datetime | None:
    """Return when a failed payment is tried again, counted from its first failure.

    `tries` is how often it has been tried; None means that was the last.
    """
    if tries - 1 >= len(days):
        return None
    return first_failed_at + timedelta(days=days[tries - 1])


@dataclass(frozen=True)
class InvoiceSum:
    """An invoice's amounts in cents; `total` is `net` plus `tax`."""

    net: int
    tax: int

    @property
    def total(self) -> int:
        return self.net + self.tax


def invoice_sum(line_cents: Sequence[int], tax_bp: int) -> InvoiceSum:
    """Add lines up and tax their sum once, half a cent rounded up."""
    net = sum(line_cents)
    return InvoiceSum(net, tax_on(net, tax_bp))

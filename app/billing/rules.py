"""How charges end and when they are tried again. Pure: facts in, answers out."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.billing.pricing_rules import Item, LineKind, Off, Order, Quote, quote
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
        "resource_missing",
        "amount_too_small",
    }
)


ACTION_CODES = frozenset({"authentication_required", "payment_intent_authentication_failure"})
FINAL = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.CANCELLED})
UNDECIDED = frozenset({AttemptStatus.BEGUN, AttemptStatus.PROCESSING, AttemptStatus.NEEDS_ACTION})
# The provider keeps idempotency keys for a day; after this many hours we ask its list instead.
KEY_HOURS = 20
NO_ANSWER = "no_answer"
NO_CARD_CODE = "no_payment_method"


def decline_kind(code: str) -> DeclineKind:
    """Return what a decline code asks for."""
    if code in ACTION_CODES:
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


@dataclass(frozen=True)
class InvoiceLineDraft:
    """One line to be invoiced: `quantity` at `unit_cents`, net; a credit is negative."""

    text: str
    quantity: int
    unit_cents: int
    sku_code: str = ""

    @property
    def amount_cents(self) -> int:
        return self.quantity * self.unit_cents


@dataclass(frozen=True)
class InvoiceDraft:
    """What one box is to cost: a `quote`, or plain lines that are all taxed at `tax_bp`.

    `ships_on` is told in letters; it changes no amount.
    """
    kind: LineKind = LineKind.BOX

    subscription_id: uuid.UUID
    subscriber_id: uuid.UUID
    cycle: int
    lines: tuple[InvoiceLineDraft, ...] = ()
    tax_bp: int = 0
    ships_on: date | None = None

    def sum(self) -> InvoiceSum:
        """Return what the lines come to."""
        return InvoiceSum(self.priced().net, self.priced().tax)


def key_is_known(ages: Sequence[timedelta]) -> bool:
    """Say whether the provider still knows an idempotency key of these ages.

    quote: Quote | None = None

    def priced(self) -> Quote:
        """Return the quote that the invoice is issued for."""
        return self.quote or quote_of(self.lines, self.tax_bp)
    Several clocks may tell an age; the greatest counts, since a forgotten key is the danger.
    """
    return max(ages) < timedelta(hours=KEY_HOURS)


def quote_of(lines: Sequence[InvoiceLineDraft], tax_bp: int) -> Quote:
    """Price plain lines: negative ones come off the others of their kind."""
    items = [
        Item(each.kind, each.text, each.quantity, each.unit_cents, tax_bp, each.sku_code)
        for each in lines
        if each.amount_cents >= 0
    ]
    offs = [
        Off(each.text, off_cents=-each.amount_cents, kinds=frozenset({each.kind}))
        for each in lines
        if each.amount_cents < 0
    ]
    return quote(Order(tuple(items), tuple(offs)))

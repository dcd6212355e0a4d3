"""How charges end and when they are tried again. Pure: facts in, answers out."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.billing.pricing_rules import Item, LineKind, Off, Order, Quote, quote
from app.core.refusals import Refusal


class InvoiceStatus(StrEnum):
    """DRAFT waits for its tax; OPEN is owed; PAID is paid; VOID is not owed; REFUNDED came back."""

    DRAFT = "draft"
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
    UNKNOWN_LINE = "This invoice has no such line to give back."
    LINE_TOO_MUCH = "This is more than what is left of this line."
    NO_CARD = "There is no card on file yet."
    LINK_EXPIRED = "This payment link has expired. Please sign in to pay."
    TOO_LATE_TO_PAY = "The time to pay for this box is over. Nothing is charged for it."
    NO_DECISION_WANTED = "This payment does not wait for a decision."
    RETRY_TOO_LATE = "At this moment the box could be packed no more."
    NOT_ON_ACCOUNT = "Only what has left and stayed unpaid can be written off."
    STILL_UNDER_WAY = "The bank has not said yet what became of this payment."
    ALREADY_PAID = "This box has been paid already, so a refund is the way back."


class PriceRefusal(Refusal):
    """Why a new price cannot be announced, or not be taken back."""

    UNKNOWN = "We could not find this new price."
    TOO_SOON = "A price that rises needs two weeks' notice. Please choose a later day."
    ANNOUNCED = "A new price for this size is announced for this day already."
    HOLDS = "This price holds already."
    PLEDGED = "People say themselves what they pay for this plan. Change what is suggested instead."


# Trying these again is useless, or forbidden by the card networks: only another card helps.
HARD_CODES = frozenset(
    {
        "lost_card",
        "stolen_card",
        "pickup_card",
        "restricted_card",
        "revocation_of_authorization",
        "revocation_of_all_authorizations",
        "stop_payment_order",
        "incorrect_number",
        "account_closed",
        "no_account",
        "invalid_account_number",
        "bank_account_restricted",
        "debit_not_authorized",
        "recipient_deceased",
        "invalid_number",
        "invalid_account",
        "expired_card",
        "invalid_expiry_month",
        "invalid_expiry_year",
        "card_not_supported",
        "currency_not_supported",
        "not_permitted",
        "transaction_not_allowed",
        "service_not_allowed",
        "security_violation",
        "pin_try_exceeded",
        "merchant_blacklist",
        "highest_risk_level",
        "fraudulent",
        "live_mode_test_card",
        "testmode_decline",
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
WORN_CODE = "too_many_tries"
EXPIRED_CODE = "expired_card"
WRITTEN_OFF = "written_off"


def decline_kind(code: str) -> DeclineKind:
    """Return what a decline code asks for."""
    if code in ACTION_CODES:
        return DeclineKind.ACTION
    return DeclineKind.HARD if code in HARD_CODES else DeclineKind.SOFT


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
    """One line to be invoiced: `quantity` at `unit_cents`; what comes off the box is negative."""

    text: str
    quantity: int
    unit_cents: int
    sku_code: str = ""
    kind: LineKind = LineKind.BOX

    @property
    def amount_cents(self) -> int:
        return self.quantity * self.unit_cents


@dataclass(frozen=True)
class InvoiceDraft:
    """What one box is to cost: a `quote`, or plain lines that are all taxed at `tax_bp`.

    `ships_on` is told in letters; it changes no amount. `discount_ids` are the discounts that the
    quote holds, `credit_of` whose credit it uses where that is not the subscriber's own.
    """

    subscription_id: uuid.UUID
    subscriber_id: uuid.UUID
    cycle: int | None = None
    lines: tuple[InvoiceLineDraft, ...] = ()
    tax_bp: int = 0
    ships_on: date | None = None
    quote: Quote | None = None
    term_id: uuid.UUID | None = None
    discount_ids: tuple[uuid.UUID, ...] = ()
    credit_of: uuid.UUID | None = None

    def priced(self) -> Quote:
        """Return the quote that the invoice is issued for."""
        return self.quote or quote_of(self.lines, self.tax_bp)

    def sum(self) -> InvoiceSum:
        """Return what the lines come to."""
        return InvoiceSum(self.priced().net, self.priced().tax)


def key_is_known(ages: Sequence[timedelta]) -> bool:
    """Say whether the provider still knows an idempotency key of these ages.

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
